/**
 * Run in its own process: sends a file to a sink that only counts, and prints what memory that took.
 * Arguments: path, "recycle" or "fresh".
 */
import { fileFromPath } from "../../../src/node.ts";
import { createMultipart } from "../../../src/upload/multipart.ts";

const [path = "", mode] = process.argv.slice(2);

async function send(from: string): Promise<number> {
  const body = await createMultipart(
    { file: fileFromPath(from) },
    { file: { type: "file" } },
    { audio: false },
  );
  let sent = 0;
  for await (const chunk of body.open({ recycle: mode === "recycle" }) as AsyncIterable<Uint8Array>) {
    sent += chunk.byteLength;
    peak = Math.max(peak, process.memoryUsage.rss());
  }
  if (sent !== body.sizeBytes) throw new Error("incomplete");
  return sent;
}

let peak = 0;
// Loads what the first upload loads, so that only the file's own cost is measured.
await send(process.argv[1] ?? "");
const idle = process.memoryUsage.rss();
const sent = await send(path);
process.stdout.write(JSON.stringify({ sent, growthBytes: peak - idle }));
