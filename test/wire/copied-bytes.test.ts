import { randomFillSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { useFaultServer } from "./each.ts";
import type { FaultServer, RequestLog } from "./harness.ts";
import { readyUserOf } from "./sdk.ts";
import { hashOfForm, MIB, UPLOAD } from "./upload-support.ts";

const content = new Uint8Array(randomFillSync(Buffer.alloc(6 * MIB + 123)));

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});

const close = { connection: "close" };
const DONE = { do: "respond", status: 200, headers: close, body: "{}" } as const;

/** One piece of memory for all chunks, as readers of sound cards and files have. */
async function* oneBuffer(sizeBytes: number): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(sizeBytes);
  for (let start = 0; start < content.byteLength; start += sizeBytes) {
    const piece = content.subarray(start, start + sizeBytes);
    memory.set(piece);
    yield memory.subarray(0, piece.byteLength);
  }
}

function webStream(sizeBytes: number): ReadableStream<Uint8Array> {
  const chunks = oneBuffer(sizeBytes);
  return new ReadableStream(
    {
      pull: async (controller) => {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    },
    { highWaterMark: 0 },
  );
}

const STREAMS: readonly (readonly [string, () => unknown])[] = [
  ["a generator of small chunks", () => oneBuffer(16_384)],
  ["a generator of chunks of 100 KB", () => oneBuffer(100_000)],
  ["a function that opens one", () => () => oneBuffer(40_000)],
  ["a web stream", () => webStream(40_000)],
];

const BYTES: readonly (readonly [string, (bytes: Uint8Array<ArrayBuffer>) => unknown])[] = [
  ["a Uint8Array", (bytes) => bytes],
  ["a Buffer", (bytes) => Buffer.from(bytes.buffer)],
  ["an ArrayBuffer", (bytes) => bytes.buffer],
  ["a DataView", (bytes) => new DataView(bytes.buffer)],
  ["bytes with facts", (bytes) => ({ data: bytes, filename: "visit.mp3" })],
];

const WAYS = [
  ["its own connections", {}],
  ["the option `fetch`", { fetch: (url: string, init: RequestInit) => fetch(url, init) }],
] as const;

async function expectWhole(): Promise<void> {
  const [request] = await server.requests({ ...UPLOAD, complete: true });
  expect(request?.sha256).toBe(hashOfForm(request as RequestLog, content));
}

describe.each(WAYS)("an upload over %s", (_, options) => {
  it.each(STREAMS)(
    "is what each chunk was when it came, though its memory is used again: %s [R2]",
    async (_, file) => {
      await server.script({ ...UPLOAD, when: "head", steps: [{ do: "sip", everyMs: 1 }, DONE] });
      await readyUserOf(server.url, options).transcription.uploadAudio("1", {
        file: { data: file() as never, contentType: "audio/mpeg" },
      });
      await expectWhole();
    },
  );

  it.each(BYTES)(
    "is what the bytes were at the call, though they are overwritten at once: %s [R2]",
    async (_, file) => {
      await server.script({ ...UPLOAD, steps: [{ do: "drain" }, DONE] });
      const bytes = content.slice();
      const upload = readyUserOf(server.url, options).transcription.uploadAudio("1", {
        file: file(bytes) as never,
      });
      bytes.fill(0);
      await upload;
      await expectWhole();
    },
  );

  it("by `request` is what the bytes were at the call [R2] [R4]", async () => {
    await server.script({ ...UPLOAD, steps: [{ do: "drain" }, DONE] });
    const bytes = content.slice();
    const upload = readyUserOf(server.url, options).request("POST", UPLOAD.path, {
      multipart: { file: { data: bytes, filename: "visit.mp3", contentType: "audio/mpeg" } },
    });
    bytes.fill(0);
    await upload;
    await expectWhole();
  });
});
