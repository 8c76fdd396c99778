// Uploads a file to a server that stops reading, and prints how that ended and what it took.
import { readdirSync } from "node:fs";
import { Heidi, isHeidiError } from "../../../src/index.ts";
import { fileFromPath } from "../../../src/node.ts";
import { stopwatch } from "../../stopwatch.ts";

const [baseUrl = "", path = "", timeoutMs = "1000"] = process.argv.slice(2);
const clinician = Heidi.withToken("jwt", { baseUrl });
await clinician.templates.list();

const descriptors = (): number => readdirSync("/proc/self/fd").length;
const openBefore = descriptors();
const idleBytes = process.memoryUsage.rss();
let peakBytes = idleBytes;
const memory = setInterval(() => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
}, 5);

const startMs = performance.now();
const watch = stopwatch();
const error: unknown = await clinician.transcription
  .uploadAudio("1", { file: fileFromPath(path) }, { timeoutMs: Number(timeoutMs) })
  .catch((reason: unknown) => reason);
const watchMs = watch.ms();
const tookMs = performance.now() - startMs;
clearInterval(memory);
await clinician.close();
await new Promise((resolve) => setTimeout(resolve, 50));
if (!isHeidiError(error)) throw error;
const { name, outcome, attempts } = error;
const newDescriptors = Math.max(0, descriptors() - openBefore);
console.log(
  JSON.stringify({
    name,
    outcome,
    attempts,
    tookMs,
    watchMs,
    growthBytes: peakBytes - idleBytes,
    newDescriptors,
  }),
);
