import { HeidiArgumentError, HeidiConnectionError, HeidiNotFoundError } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { JsonStream } from "../../../src/stream/json-stream.ts";
import {
  type Chunk,
  decodeBody,
  failureOf,
  type Opened,
  open as openReader,
  settle,
  TestReader,
} from "./support.ts";

const open = (steps: ConstructorParameters<typeof TestReader>[0]): Opened =>
  openReader(new TestReader(steps));

const A = '{"data":"a"}\n';
const B = '{"data":" b\\n","more":1}\n';
const CUT = new HeidiConnectionError("lost");
const FORMATS = ["sse", "ndjson", "text"] as const;

/** What a reader of bytes gets: one string per chunk, then how it ended. */
async function chunksOf(bytes: ReadableStream<Uint8Array>): Promise<string[]> {
  const chunks: string[] = [];
  const reader = bytes.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return chunks;
    chunks.push(new TextDecoder().decode(value));
  }
}

describe("a stream as an answer to a browser", () => {
  it.each([
    ["sse", ['data: {"data":"a"}\n\n', 'data: {"data":" b\\n","more":1}\n\n', "data: [DONE]\n\n"]],
    ["ndjson", [A, B]],
    ["text", ["a", " b\n"]],
  ] as const)("in the format %s has a chunk per object [R31]", async (format, expected) => {
    const { stream } = open([A, B]);
    expect(await chunksOf(stream.toByteStream({ format }))).toEqual(expected);
  });

  it("is Server-Sent Events, never stored or held back, unless told otherwise [R31]", async () => {
    const answer = open([A, B]).stream.toResponse();
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toEqual({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
      "x-content-type-options": "nosniff",
    });
    expect(decodeBody(await answer.text(), "text/event-stream").items).toEqual([
      { data: "a" },
      { data: " b\n", more: 1 },
    ]);
    const headers = new Headers({ "x-mine": "1", "Cache-Control": "no-store, no-transform" });
    const text = open([A, B]).stream.toResponse({ format: "text", headers });
    expect(text.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(text.headers.get("x-mine")).toBe("1");
    expect(text.headers.get("cache-control")).toBe("no-store, no-transform");
    expect(await text.text()).toBe("a b\n");
    const lines = open([A]).stream.toResponse({ format: "ndjson" });
    expect(lines.headers.get("content-type")).toBe("application/x-ndjson; charset=utf-8");
  });

  it("tells of a failure by its class and outcome, and nothing of the patient [R31]", async () => {
    const failure = { error: { name: "HeidiStreamError", outcome: "processed", fault: "truncated" } };
    const [sse, ndjson, text] = FORMATS.map((format) => open([A, CUT]).stream.toByteStream({ format }));
    expect((await chunksOf(sse as ReadableStream<Uint8Array>)).at(-1)).toBe(
      `event: error\ndata: ${JSON.stringify(failure)}\n\n`,
    );
    expect((await chunksOf(ndjson as ReadableStream<Uint8Array>)).at(-1)).toBe(
      `${JSON.stringify(failure)}\n`,
    );
    const error = await failureOf(chunksOf(text as ReadableStream<Uint8Array>));
    expect(error).toMatchObject({ fault: "truncated", partialText: "a" });
  });

  it("that fails before it began tells the status; what it sends is an error to this SDK too [R31]", async () => {
    const parts = { status: 404, headers: new Headers(), type: "canary", detail: "canary", body: "canary" };
    const refused = new HeidiNotFoundError("canary", parts, { outcome: "rejected" });
    const init = { open: () => Promise.reject(refused), abort: () => undefined };
    const answer = await new JsonStream<Chunk>(init).toResponse().text();
    expect(answer).toBe(
      'event: error\ndata: {"error":{"name":"HeidiNotFoundError","outcome":"rejected","status":404}}\n\n',
    );
    expect(decodeBody(answer, "text/event-stream").fault).toBe("error-object");
    const line = await new JsonStream<Chunk>(init).toResponse({ format: "ndjson" }).json();
    expect(line).toEqual({ error: { name: "HeidiNotFoundError", outcome: "rejected", status: 404 } });
  });

  it("reads nothing before it is asked, and one object at a time [R31]", async () => {
    const { stream, reader } = open([A, B, A, B]);
    const bytes = stream.toByteStream().getReader();
    await settle();
    expect(reader.reads).toBe(0);
    await bytes.read();
    await settle();
    expect(reader.reads).toBe(1);
  });

  it("that its reader cancels closes the connection; so does a signal, which is let go of at the end [R31]", async () => {
    const left = open([A, B]);
    const bytes = left.stream.toByteStream().getReader();
    await bytes.read();
    await bytes.cancel();
    expect(left.reader.cancels).toBeGreaterThan(0);

    const controller = new AbortController();
    const aborted = open([A, new Promise(() => undefined)]);
    const answer = aborted.stream.toByteStream({ signal: controller.signal }).getReader();
    await answer.read();
    const next = answer.read();
    controller.abort();
    expect(new TextDecoder().decode((await next).value)).toContain('"name":"HeidiAbortError"');
    expect((await answer.read()).done).toBe(true);
    expect(aborted.reader.cancels).toBeGreaterThan(0);

    const listeners = { added: 0, removed: 0 };
    const counted = {
      aborted: false,
      addEventListener: () => void listeners.added++,
      removeEventListener: () => void listeners.removed++,
    } as unknown as AbortSignal;
    for (const format of FORMATS) await chunksOf(open([A]).stream.toByteStream({ format, signal: counted }));
    await failureOf(chunksOf(open([CUT]).stream.toByteStream({ format: "text", signal: counted })));
    expect(listeners).toEqual({ added: 4, removed: 4 });
    expect(await open([A]).stream.toResponse({ signal: AbortSignal.abort() }).text()).toContain(
      "HeidiAbortError",
    );
  });

  it("keeps characters whole that two objects share [R31]", async () => {
    const halves = ['{"data":"x\\ud83d"}\n', '{"data":"\\ude00y"}\n'];
    expect(await open(halves).stream.toResponse({ format: "text" }).text()).toBe("x😀y");
    expect(await open(halves.slice(0, 1)).stream.toResponse({ format: "text" }).text()).toBe("x\ufffd");
    const { items } = decodeBody(await open(halves).stream.toResponse().text(), "text/event-stream");
    expect(items.map((item) => (item as Chunk).data).join("")).toBe("x😀y");
  });

  it("can be made of a branch, while the other one is read here [R31]", async () => {
    const [answer, kept] = open([A, B]).stream.tee();
    const [sent, text] = await Promise.all([answer.toResponse({ format: "text" }).text(), kept.text()]);
    expect([sent, text]).toEqual(["a b\n", "a b\n"]);
  });

  it("in an unknown format is refused before anything is sent, and the stream is still to be read [R31]", async () => {
    const { stream } = open([A]);
    expect(() => stream.toResponse({ format: "xml" as never })).toThrow(HeidiArgumentError);
    expect(() => stream.toByteStream({ format: "toString" as never })).toThrow(/"sse", "ndjson" or "text"/);
    expect(await stream.text()).toBe("a");
  });
});
