/** `npm run generate` writes `generated/` and the lock; `--check` only reports what would change. */
import { runGenerate } from "./emit/generate.ts";

process.exitCode = await runGenerate(process.argv.slice(2), (line) => console.log(line));
