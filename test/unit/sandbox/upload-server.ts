// Run in a process of its own, so that its memory is the sandbox's (and the sender's) alone.
import { request } from "node:http";
import { createSandbox } from "../../../src/sandbox/index.ts";
import { PATH_PREFIX } from "../../../src/sandbox/router.ts";

const CHUNK = Buffer.alloc(64 * 1024, "audio");
const CHUNKS = 200 * 16;
const contentType = "multipart/form-data; boundary=B";

function* body(chunks: number): Generator<Uint8Array> {
  yield Buffer.from(
    '--B\r\nContent-Disposition: form-data; name="file"; filename="a.ogg"\r\nContent-Type: audio/ogg\r\n\r\n',
  );
  for (let index = 0; index < chunks; index += 1) yield CHUNK;
  yield Buffer.from("\r\n--B--\r\n");
}

const sandbox = await createSandbox();
const jwt = await sandbox.fetch(`${sandbox.baseUrl}/jwt?email=a@b.example&third_party_internal_id=1`, {
  headers: { "heidi-api-key": sandbox.apiKey },
});
const authorization = `Bearer ${((await jwt.json()) as { token: string }).token}`;
const created = await sandbox.fetch(`${sandbox.baseUrl}/sessions`, {
  method: "POST",
  headers: { authorization, "content-type": "application/json" },
  body: "{}",
});
const path = `/sessions/${((await created.json()) as { session_id: string }).session_id}/upload-audio`;

async function overHttp(chunks: number): Promise<number> {
  const headers = { authorization, "content-type": contentType };
  const outgoing = request({ port: sandbox.port, path: PATH_PREFIX + path, method: "POST", headers });
  const status = new Promise<number>((resolve, reject) => {
    outgoing.on("error", reject);
    outgoing.on("response", (response) => resolve(response.resume().statusCode ?? 0));
  });
  for (const chunk of body(chunks)) {
    if (!outgoing.write(chunk)) await new Promise((resolve) => outgoing.once("drain", resolve));
  }
  outgoing.end();
  return status;
}

async function inProcess(chunks: number): Promise<number> {
  const source = body(chunks);
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const { value, done } = source.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
  });
  const init = {
    method: "POST",
    headers: { authorization, "content-type": contentType },
    body: stream,
    duplex: "half",
  };
  return (await sandbox.fetch(sandbox.baseUrl + path, init as RequestInit)).status;
}

const results: unknown[] = [];
for (const [door, upload] of [
  ["http", overHttp],
  ["in-process", inProcess],
] as const) {
  await upload(160);
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 5);
  const status = await upload(CHUNKS);
  clearInterval(watch);
  peak = Math.max(peak, process.memoryUsage().rss);
  const audio = sandbox.state().users[0]?.sessions[0]?.audio.at(-1);
  results.push({ door, status, sizeBytes: audio?.size_bytes, grownBytes: peak - before });
}
console.log(JSON.stringify(results));
await sandbox.close();
