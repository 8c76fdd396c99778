// Uploads a file, and prints what memory that took and how progress was told.
import { Heidi, type UploadProgress } from "../../../src/index.ts";
import { fileFromPath } from "../../../src/node.ts";

const [baseUrl = "", path = ""] = process.argv.slice(2);
const clinician = Heidi.withToken("jwt", { baseUrl });
// Loads what the first upload loads, so that only the file's own cost is measured.
await clinician.transcription.uploadAudio("warm-up", { file: new Blob([new Uint8Array(4096)]) });

const idleBytes = process.memoryUsage.rss();
let peakBytes = idleBytes;
let rises = true;
let last: UploadProgress = { sentBytes: 0, totalBytes: 0 };
await clinician.transcription.uploadAudio(
  "1",
  { file: fileFromPath(path) },
  {
    onProgress: (progress) => {
      peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
      rises &&= progress.sentBytes > last.sentBytes && progress.sentBytes <= (progress.totalBytes ?? 0);
      last = progress;
    },
  },
);
await clinician.close();
console.log(JSON.stringify({ growthBytes: peakBytes - idleBytes, rises, last }));
