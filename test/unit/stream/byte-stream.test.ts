import { HeidiArgumentError, HeidiConnectionError, HeidiNotFoundError } from "heidi-health-sdk";
import { afterEach, describe, expect, it, vi } from "vitest";
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

/** The chunks that a reader of the bytes gets, as text. */
async function chunksOf(bytes: ReadableStream<Uint8Array>, chunks: string[] = []): Promise<string[]> {
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

  it("takes a status of success and several cookies [R31]", () => {
    const headers: [string, string][] = [
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["x-mine", "1"],
    ];
    const answer = open([A]).stream.toResponse({ status: 201, headers });
    expect(answer.status).toBe(201);
    expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(answer.headers.get("x-mine")).toBe("1");
  });

  const FAILURE = {
    error: {
      name: "HeidiStreamError",
      outcome: "processed",
      fault: "truncated",
      requestId: "req-1",
    },
  };

  it("reports a failure as an event with class, outcome and request id, without patient data [R31]", async () => {
    const chunks = await chunksOf(open([A, CUT]).stream.toByteStream());
    expect(chunks).toEqual(['data: {"data":"a"}\n\n', `event: error\ndata: ${JSON.stringify(FAILURE)}\n\n`]);
  });

  it.each([
    ["ndjson", [A, `${JSON.stringify(FAILURE)}\n`]],
    ["text", ["a"]],
  ] as const)("in the format %s never ends properly after a failure [R31]", async (format, expected) => {
    const chunks: string[] = [];
    const error = await failureOf(chunksOf(open([A, CUT]).stream.toByteStream({ format }), chunks));
    expect(chunks).toEqual(expected);
    expect(error).toMatchObject({ fault: "truncated", partialText: "a" });
    await failureOf(open([A, CUT]).stream.toResponse({ format }).text());
  });

  it("reports a failed request with its status; the report is an error to this SDK too [R31]", async () => {
    const parts = { status: 404, headers: new Headers(), type: "canary", detail: "canary", body: "canary" };
    const refused = new HeidiNotFoundError("canary", parts, { outcome: "rejected", requestId: "request-2" });
    const init = { open: () => Promise.reject(refused), abort: () => undefined };
    const report =
      '{"error":{"name":"HeidiNotFoundError","outcome":"rejected","status":404,"requestId":"request-2"}}';
    const answer = await new JsonStream<Chunk>(init).toResponse().text();
    expect(answer).toBe(`event: error\ndata: ${report}\n\n`);
    expect(decodeBody(answer, "text/event-stream").fault).toBe("error-object");
    const lines: string[] = [];
    const bytes = new JsonStream<Chunk>(init).toByteStream({ format: "ndjson" });
    expect(await failureOf(chunksOf(bytes, lines))).toBe(refused);
    expect(lines).toEqual([`${report}\n`]);
    expect(await failureOf(open(lines).stream.text())).toMatchObject({ fault: "error-object" });
  });

  it("rejects before it sends anything when the headers are awaited first [R31]", async () => {
    const refused = new HeidiConnectionError("refused", { outcome: "not-sent" });
    const stream = new JsonStream<Chunk>({ open: () => Promise.reject(refused), abort: () => undefined });
    await expect(stream.withResponse()).rejects.toBe(refused);
    const { data } = await open([A]).stream.withResponse();
    expect(await data.toResponse({ format: "text" }).text()).toBe("a");
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
    for (const format of ["ndjson", "text"] as const)
      await failureOf(chunksOf(open([CUT]).stream.toByteStream({ format, signal: counted })));
    expect(listeners).toEqual({ added: 5, removed: 5 });
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

  it.each([
    [{ status: 204 }, /`status`.*200 to 203/],
    [{ status: 404 }, /`status`/],
    [{ status: Number.NaN }, /`status`/],
    [{ headers: { "x\n": "1" } }, /`headers`/],
    [{ headers: { x: "1\r\nset-cookie: a" } }, /`headers`/],
    [{ heartbeatMs: 0 }, /`heartbeatMs`/],
    [{ heartbeatMs: 1e12 }, /`heartbeatMs`/],
  ])("is refused with the options %j, and can still be read [R31]", async (options, message) => {
    const { stream } = open([A]);
    const failing = (): unknown => stream.toResponse(options);
    expect(failing).toThrow(HeidiArgumentError);
    expect(failing).toThrow(message);
    expect(await stream.text()).toBe("a");
  });
});

describe("a stream for a browser while nothing arrives", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  /** `vi.waitFor` would move the clock. */
  const untilTimer = async (): Promise<void> => {
    for (let turn = 0; vi.getTimerCount() === 0; turn += 1) {
      if (turn > 100_000) throw new Error("no timer was started");
      await settle();
    }
  };
  const later = <V>(): { readonly value: Promise<V>; readonly give: (value: V) => void } => {
    let give: (value: V) => void = () => undefined;
    const value = new Promise<V>((resolve) => {
      give = resolve;
    });
    return { value, give };
  };
  const textOf = ({ value }: { readonly value?: Uint8Array | undefined }): string =>
    new TextDecoder().decode(value);

  it("gets a comment every 15 seconds as an event stream, and loses no object [R31]", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const slow = later<string>();
    const bytes = open([slow.value, B]).stream.toByteStream().getReader();
    for (let count = 0; count < 3; count += 1) {
      let isRead = false;
      const read = bytes.read().finally(() => {
        isRead = true;
      });
      await untilTimer();
      await vi.advanceTimersByTimeAsync(14_999);
      expect(isRead).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      expect(textOf(await read)).toBe(":\n\n");
    }
    // Nobody waits: no timer, no heartbeats in store.
    expect(vi.getTimerCount()).toBe(0);
    const read = bytes.read();
    await untilTimer();
    slow.give(A);
    expect(textOf(await read)).toBe('data: {"data":"a"}\n\n');
    expect(textOf(await bytes.read())).toBe('data: {"data":" b\\n","more":1}\n\n');
    expect(textOf(await bytes.read())).toBe("data: [DONE]\n\n");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("that is cancelled in a silence, or fails in it while nobody reads, leaves no timer and no rejection [R31]", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const cancelled = open([new Promise(() => undefined)]);
    const bytes = cancelled.stream.toByteStream({ heartbeatMs: 50 }).getReader();
    const read = bytes.read();
    await untilTimer();
    await bytes.cancel();
    expect(await read).toEqual({ done: true, value: undefined });
    await settle();
    expect(vi.getTimerCount()).toBe(0);
    expect(cancelled.reader.cancels).toBeGreaterThan(0);

    let fail: (error: Error) => void = () => undefined;
    const failing = new Promise<string>((_, reject) => {
      fail = reject;
    });
    const failed = open([A, failing]).stream.toByteStream({ heartbeatMs: 50 }).getReader();
    await failed.read();
    const comment = failed.read();
    await untilTimer();
    await vi.advanceTimersByTimeAsync(50);
    expect(textOf(await comment)).toBe(":\n\n");
    fail(CUT);
    await settle();
    expect(textOf(await failed.read())).toContain("event: error");
    expect((await failed.read()).done).toBe(true);
  });

  it.each([
    ["sse", { heartbeatMs: false }],
    ["ndjson", {}],
    ["text", {}],
  ] as const)("gets nothing as %s with %j [R31]", async (format, options) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { stream } = open([new Promise(() => undefined)]);
    const bytes = stream.toByteStream({ format, ...options }).getReader();
    const read = bytes.read();
    await vi.advanceTimersByTimeAsync(600_000);
    await bytes.cancel();
    expect((await read).done).toBe(true);
  });
});
