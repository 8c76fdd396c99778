import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [, , baseUrl, packageDir, token] = process.argv;
const { Heidi } = await import(pathToFileURL(join(packageDir, "dist", "index.mjs")).href);
const clinician = Heidi.withToken(token, { baseUrl });
await clinician.sessions.get("session-1");
