// Measures from its first line of output until a line of input comes, by a stopwatch and by the clock.
import { once } from "node:events";
import { stopwatch } from "../../stopwatch.ts";

const startMs = performance.now();
const watch = stopwatch();
console.log("ready");
await once(process.stdin, "data");
const watchMs = watch.ms();
console.log(JSON.stringify({ watchMs, clockMs: performance.now() - startMs }));
process.stdin.destroy();
