import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import {
  HeidiAbortError,
  HeidiConnectionError,
  HeidiError,
  HeidiStreamError,
  HeidiTimeoutError,
} from "../../../src/errors.ts";
import { JsonStream } from "../../../src/stream/json-stream.ts";
import type { StreamSource } from "../../../src/stream/types.ts";
import { type Chunk, failureOf, open, settle, TestReader } from "./support.ts";

const A = '{"data":"a"}\n';
const B = '{"data":" b "}\n';
const NO_TEXT = '{"data":null}\n{"other":1}\n';

const reader = (...steps: ConstructorParameters<typeof TestReader>[0]): TestReader => new TestReader(steps);

describe("reading", () => {
  it("gives objects, strings, all of the text and all objects, untrimmed", async () => {
    const items: Chunk[] = [];
    for await (const item of open(reader(A + B, NO_TEXT)).stream) items.push(item);
    expect(items).toEqual([{ data: "a" }, { data: " b " }, { data: null }, { other: 1 }]);
    const pieces: string[] = [];
    for await (const piece of open(reader(A, NO_TEXT + B)).stream.textStream()) pieces.push(piece);
    expect(pieces).toEqual(["a", " b "]);
    expect(await open(reader(A + NO_TEXT + B)).stream.text()).toBe("a b ");
    expect(await open(reader(A, B)).stream.toArray()).toEqual([{ data: "a" }, { data: " b " }]);
  });

  it("an event stream is read as one", async () => {
    const { stream } = open(reader(`data: ${A}\ndata: ${B}`), { contentType: "text/event-stream" });
    expect(await stream.text()).toBe("a b ");
  });

  it("sends the request on first use, once, and holds nothing before [E18]", async () => {
    const opened = open(reader(A));
    await settle();
    expect(opened.opens).toBe(0);
    await opened.stream[Symbol.asyncDispose]();
    expect([opened.opens, opened.reader.cancels, opened.aborts.length]).toEqual([0, 0, 0]);
    const used = open(reader(A));
    await Promise.all([used.stream.withResponse(), used.stream.toArray(), used.stream.withResponse()]);
    expect(used.opens).toBe(1);
  });

  it("is not a promise and shows nothing of its content", async () => {
    const { stream } = open(reader('{"data":"secret"}\n{"data":"secret"}\n'));
    await stream[Symbol.asyncIterator]().next();
    expect("then" in stream).toBe(false);
    expect(inspect(stream, { depth: 9, showHidden: true }) + JSON.stringify(stream)).not.toContain("secret");
  });

  it("withResponse() has the answer while the stream is still to be read", async () => {
    const { stream } = open(reader(A, B));
    const { data, response, requestId } = await stream.withResponse();
    expect([response.headers.get("x-test"), requestId, data]).toEqual(["yes", "req-1", stream]);
    expect(await data.text()).toBe("a b ");
  });

  it("reads one chunk at a time and only when asked: a slow consumer holds the server back [E19]", async () => {
    const opened = open(reader(A + A + A, A, A));
    const iterator = opened.stream[Symbol.asyncIterator]();
    for (let i = 0; i < 3; i++) {
      await iterator.next();
      await settle();
      expect(opened.reader.reads).toBe(1);
    }
    await iterator.next();
    await settle();
    expect(opened.reader.reads).toBe(2);
  });

  it("toReadableStream() pulls one object at a time and cancelling closes the connection [E17] [E19]", async () => {
    const opened = open(reader(A + A, A, B));
    const web = opened.stream.toReadableStream();
    await settle();
    expect(opened.opens).toBe(0);
    const webReader = web.getReader();
    expect((await webReader.read()).value).toEqual({ data: "a" });
    await settle();
    expect(opened.reader.reads).toBe(1);
    await webReader.cancel();
    expect(opened.reader.cancels).toBeGreaterThan(0);
    const all: Chunk[] = [];
    for await (const item of open(reader(A, B)).stream.toReadableStream()) all.push(item);
    expect(all).toHaveLength(2);
    const failing = open(reader(A, "nope")).stream.toReadableStream().getReader();
    await failing.read();
    await expect(failing.read()).rejects.toBeInstanceOf(HeidiStreamError);
  });

  it("tells the transport about content, not about heartbeats [E14]", async () => {
    const lines = open(reader("\n", " \r\n", '{"data"', "\n", ':"a"}\n', "\n", A + A, "\n"));
    expect(await lines.stream.text()).toBe("aaa");
    expect(lines.reader.contents).toBeGreaterThanOrEqual(3);
    const quiet = open(reader("\n", "\n\n", " ", "\n"));
    await quiet.stream.toArray();
    const pings = open(reader(":\n", ": ping\n\n", "id: 1\n\n", "data:\n\n", "event: x\n\n"), {
      contentType: "text/event-stream",
    });
    await pings.stream.toArray();
    expect([quiet.reader.contents, pings.reader.contents]).toEqual([0, 0]);
    const slow = open(reader("data", ": {", '"data":', '"a"', "}\n", "\n"), {
      contentType: "text/event-stream",
    });
    expect(await slow.stream.text()).toBe("a");
    expect(slow.reader.contents).toBeGreaterThanOrEqual(4);
  });
});

describe("leaving", () => {
  it("break, return and an error in the loop close the connection [E17]", async () => {
    const broken = open(reader(A, A));
    for await (const _ of broken.stream) break;
    expect(broken.reader.cancels).toBe(1);
    const thrown = open(reader(A, A));
    await expect(
      (async () => {
        for await (const _ of thrown.stream) throw new Error("mine");
      })(),
    ).rejects.toThrow("mine");
    expect(thrown.reader.cancels).toBe(1);
    const text = open(reader(A, A));
    for await (const _ of text.stream.textStream()) break;
    expect(text.reader.cancels).toBe(1);
  });

  it("return() ends a read that is pending, and await using closes [E17] [E18]", async () => {
    const silent = reader(A);
    silent.add(silent.silence());
    const opened = open(silent);
    const iterator = opened.stream[Symbol.asyncIterator]();
    await iterator.next();
    const pending = iterator.next();
    await settle();
    await iterator.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(silent.cancels).toBe(1);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    const disposed = open(reader(A, A));
    await disposed.stream[Symbol.asyncIterator]().next();
    await disposed.stream[Symbol.asyncDispose]();
    expect(disposed.reader.cancels).toBe(1);
  });

  it("leaving while the request is being sent aborts it, and closes an answer that still comes", async () => {
    let answer = (): void => undefined;
    const opened = open(reader(A), {
      after: new Promise((resolve) => {
        answer = resolve;
      }),
    });
    const iterator = opened.stream[Symbol.asyncIterator]();
    const pending = iterator.next();
    await settle();
    await iterator.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(opened.aborts).toHaveLength(1);
    answer();
    await settle();
    expect(opened.reader.cancels).toBe(1);
  });

  it("a cancel() that throws or rejects is swallowed [E21]", async () => {
    for (const cancel of [
      () => {
        throw new Error("no");
      },
      () => Promise.reject(new Error("no")),
    ]) {
      const stream = new JsonStream<Chunk>({
        open: async () => ({
          reader: { read: async () => new TextEncoder().encode(A), cancel },
          contentType: undefined,
          response: () => new Response(),
          requestId: undefined,
        }),
        abort: () => undefined,
      });
      for await (const item of stream) {
        expect(item).toEqual({ data: "a" });
        break;
      }
      await settle();
    }
  });
});

describe("abort()", () => {
  const reason = new Error("changed my mind");

  it("before the start sends nothing and rejects with the caller's reason [E20]", async () => {
    const opened = open(reader(A));
    opened.stream.abort(reason);
    const error = await failureOf(opened.stream.text());
    expect(error).toBeInstanceOf(HeidiAbortError);
    expect([error.cause, error.outcome, opened.opens, opened.aborts.length]).toEqual([
      reason,
      "not-sent",
      0,
      0,
    ]);
    await expect(opened.stream.withResponse()).rejects.toBe(error);
  });

  it("while the reader is loaded rejects what waits at once, and sends nothing [E20]", async () => {
    const opened = open(reader(A));
    const iterator = opened.stream[Symbol.asyncIterator]();
    const reads = [iterator.next(), iterator.next()];
    opened.stream.abort("no longer needed");
    for (const read of reads) {
      const error = await failureOf(read);
      expect(error).toBeInstanceOf(HeidiAbortError);
      expect(error).toMatchObject({ outcome: "not-sent", cause: "no longer needed" });
    }
    await settle();
    expect([opened.opens, opened.aborts.length]).toEqual([0, 0]);
  });

  it("while the request is being sent aborts it at once [E20]", async () => {
    const opened = open(reader(A), { after: new Promise(() => undefined) });
    const failure = failureOf(opened.stream.toArray());
    await settle();
    opened.stream.abort(reason);
    const error = await failure;
    expect(error).toBeInstanceOf(HeidiAbortError);
    expect([error.cause, error.outcome, opened.aborts]).toEqual([reason, "unknown", [error]]);
  });

  it("between items rejects the next read, in a pending read that one, and keeps the text [E20]", async () => {
    const between = open(reader(A + A));
    const items: Chunk[] = [];
    const failure = failureOf(
      (async () => {
        for await (const item of between.stream) {
          items.push(item);
          between.stream.abort(reason);
        }
      })(),
    );
    const error = await failure;
    expect([items.length, error.cause, error.partialText, error.outcome]).toEqual([
      1,
      reason,
      "a",
      "processed",
    ]);
    expect(between.reader.cancels).toBe(1);
    const silent = reader(`${A}{"data":`);
    silent.add(silent.silence());
    const inside = open(silent);
    const pending = failureOf(inside.stream.text());
    await settle();
    inside.stream.abort(reason);
    inside.stream.abort(new Error("again"));
    expect(await pending).toMatchObject({ name: "HeidiAbortError", cause: reason, partialText: "a" });
    expect(inside.aborts).toHaveLength(1);
  });

  it("after the end does nothing", async () => {
    const opened = open(reader(A));
    await opened.stream.text();
    opened.stream.abort(reason);
    expect(opened.aborts).toHaveLength(0);
  });
});

describe("using it twice", () => {
  it("a second way of reading is refused with a clear error [E22]", async () => {
    const { stream } = open(reader(A, B));
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    for (const again of [
      () => stream[Symbol.asyncIterator](),
      () => stream.textStream(),
      () => stream.toReadableStream(),
      () => stream.tee(),
    ]) {
      expect(again).toThrow(HeidiError);
      expect(again).toThrow("already read");
    }
    await expect(stream.text()).rejects.toThrow("already read");
    await expect(stream.toArray()).rejects.toThrow("already read");
    expect(await iterator.next()).toEqual({ done: false, value: { data: " b " } });
  });

  it("a stream that was closed unread says so, and that nothing was sent [E18]", async () => {
    const unsent = open(reader(A));
    await unsent.stream[Symbol.asyncDispose]();
    const read = unsent.stream.text();
    await expect(read).rejects.toBeInstanceOf(HeidiAbortError);
    await expect(read).rejects.toMatchObject({
      outcome: "not-sent",
      message: expect.stringContaining("before its request was sent"),
    });
    expect(unsent.opens).toBe(0);
    const answered = open(reader(A));
    await answered.stream.withResponse();
    await answered.stream[Symbol.asyncDispose]();
    await expect(answered.stream.text()).rejects.toMatchObject({ outcome: "processed" });
  });

  it("overlapping next() calls settle in order [E22]", async () => {
    const iterator = open(reader("", A, "\n", B + A, NO_TEXT)).stream[Symbol.asyncIterator]();
    const results = await Promise.all(Array.from({ length: 7 }, () => iterator.next()));
    expect(results.map(({ value }) => value)).toEqual([
      { data: "a" },
      { data: " b " },
      { data: "a" },
      { data: null },
      { other: 1 },
      undefined,
      undefined,
    ]);
    const texts = open(reader(A, NO_TEXT, B)).stream.textStream();
    const pieces = await Promise.all([texts.next(), texts.next(), texts.next()]);
    expect(pieces.map(({ value }) => value)).toEqual(["a", " b ", undefined]);
  });
});

describe("failing", () => {
  it.each([
    ["", "a"],
    ["half ", "ahalf "],
  ])(
    "an object with an error is one beside the text %j too, which is not lost [E7]",
    async (data, partialText) => {
      for (const error of ["secret", { message: "secret" }, true]) {
        const { stream } = open(reader(A, `${JSON.stringify({ data, error })}\n`, B));
        const read = stream.text();
        await expect(read).rejects.toMatchObject({ fault: "error-object", detail: error, partialText });
      }
      for (const error of [null, false, ""]) {
        const { stream } = open(reader(A, `${JSON.stringify({ data, error })}\n`));
        expect(await stream.text()).toBe(partialText);
      }
      const { stream } = open(reader(A, `${JSON.stringify({ data, detail: "brief" })}\n`));
      expect(await stream.text()).toBe(partialText);
    },
  );

  it.each([
    ["truncated", [A, '{"data":"b']],
    ["malformed", [A, "nope\n", B]],
    ["error-object", [A, '{"detail":{"msg":"secret","type":"X"}}\n', B]],
    ["error-object", [A, '{"error":"secret"}\n']],
    ["too-long", [A, `{"data":"${"x".repeat(200)}`]],
    ["truncated", [A, new HeidiConnectionError("The connection broke.")]],
    ["truncated", [A, new TypeError("terminated")]],
  ] as const)(
    "%s: the earlier objects, then a typed error with the partial text, and the connection is closed [E5] [E6] [E7] [E10] [E15]",
    async (fault, steps) => {
      const opened = open(new TestReader(steps), { limits: { maxItemBytes: 100 } });
      const items: Chunk[] = [];
      const iterator = opened.stream[Symbol.asyncIterator]();
      const error = await failureOf(
        (async () => {
          for (let result = await iterator.next(); !result.done; result = await iterator.next())
            items.push(result.value);
        })(),
      );
      expect(items).toEqual([{ data: "a" }]);
      expect(error).toBeInstanceOf(HeidiStreamError);
      expect(error).toMatchObject({
        fault,
        outcome: "processed",
        partialText: "a",
        requestId: "req-1",
        operation: "askHeidi",
        attempts: 2,
      });
      expect(inspect(error) + JSON.stringify(error)).not.toContain("secret");
      expect(opened.reader.cancels).toBe(1);
      // A failed stream is never taken for one that ended.
      await expect(iterator.next()).rejects.toBe(error);
    },
  );

  it("an error object keeps what the API said, out of sight [E7]", async () => {
    const error = await failureOf(open(reader('{"detail":{"msg":"no","type":"X"}}')).stream.text());
    expect(error).toMatchObject({ detail: { msg: "no", type: "X" }, partialText: "" });
  });

  it("a time limit and an abort of the transport pass as they are, with the partial text [E13] [E20]", async () => {
    for (const cause of [
      new HeidiTimeoutError("Too late."),
      new HeidiAbortError("Aborted."),
      new HeidiStreamError("stalled", "Silence."),
    ]) {
      const error = await failureOf(open(reader(A, B, cause)).stream.text());
      expect(error).toBe(cause);
      expect(error).toMatchObject({ partialText: "a b ", outcome: "processed" });
    }
  });

  it("a broken connection is the cause of the stream's error [E15]", async () => {
    const cause = new HeidiConnectionError("The connection broke.");
    expect((await failureOf(open(reader(A, cause)).stream.text())).cause).toBe(cause);
  });

  it("a request that fails rejects as it is, everywhere, and leaves no rejection behind", async () => {
    const fails = new HeidiConnectionError("Refused.", { outcome: "not-sent" });
    const opened = open(reader(), { fails });
    await expect(opened.stream.withResponse()).rejects.toBe(fails);
    await expect(opened.stream.text()).rejects.toBe(fails);
    expect([opened.opens, fails.outcome, fails.partialText]).toEqual([1, "not-sent", undefined]);
  });

  it("a web page, a JSON error and an empty answer fail before the first object [E23]", async () => {
    for (const [body, contentType, fault] of [
      ["<html>", "text/html", "unexpected-content"],
      ['{"detail":"Not now"}', "application/json", "error-object"],
      ["", undefined, "unexpected-content"],
    ] as const) {
      const error = await failureOf(open(reader(body), { contentType }).stream.toArray());
      expect(error).toMatchObject({ name: "HeidiStreamError", fault });
    }
  });

  it("text() stops at its limit, and partialText is kept up to the stream's [E25]", async () => {
    const opened = open(reader(A.repeat(10), A, A));
    const error = await failureOf(opened.stream.text({ maxLength: 5 }));
    expect(error).toMatchObject({ fault: "too-long", partialText: "aaaaa" });
    expect(opened.reader).toMatchObject({ reads: 1, cancels: 1 });
    expect(await open(reader(A.repeat(5))).stream.text({ maxLength: 5 })).toBe("aaaaa");
    const long = open(reader(B + A, A.repeat(9), "nope"), { limits: { maxTextLength: 2 } });
    expect((await failureOf(long.stream.toArray())).partialText).toBe("");
    const many = open(reader(A.repeat(3_000), "nope"));
    expect((await failureOf(many.stream.toArray())).partialText).toBe("a".repeat(3_000));
  });
});

describe("how the end of a stream is known", () => {
  const stream = (
    init: Partial<StreamSource>,
    body: string,
    onEnd?: (framing: string) => void,
  ): JsonStream<Chunk> =>
    new JsonStream<Chunk>({
      open: async () => ({
        reader: new TestReader([body]),
        contentType: "text/event-stream",
        requestId: undefined,
        response: () => new Response(),
        ...init,
      }),
      abort: () => undefined,
      ...(onEnd && { onEnd }),
    });
  const EVENT = 'data: {"data":"a"}\n\n';

  it("is told from the headers on, to its branches too, and once at the end [R34]", async () => {
    const ends: string[] = [];
    const whole = stream({ framing: "close" }, EVENT, (framing) => ends.push(framing));
    expect(whole.framing).toBeUndefined();
    expect((await whole.withResponse()).framing).toBe("close");
    const [first, second] = whole.tee();
    expect(ends).toEqual([]);
    await Promise.all([first.text(), second.toArray()]);
    expect([whole.framing, first.framing, second.framing, ...ends]).toEqual(Array(4).fill("close"));
  });

  it("is the content's own mark where there is one [R34]", async () => {
    const ends: string[] = [];
    const marked = stream({ framing: "close" }, `${EVENT}data: [DONE]\n\n`, (framing) => ends.push(framing));
    await marked.text();
    expect([marked.framing, ...ends]).toEqual(["marked", "marked"]);
  });

  it("is unknown where the transport does not tell; an error or a reader that leaves is no end [R34]", async () => {
    const ends: string[] = [];
    const silent = stream({}, EVENT, (framing) => ends.push(framing));
    await silent.text();
    expect([silent.framing, ...ends]).toEqual(["unknown", "unknown"]);
    const broken = stream({ framing: "close" }, 'data: {"da', (framing) => ends.push(framing));
    await expect(broken.text()).rejects.toMatchObject({ fault: "truncated" });
    for await (const _ of stream({}, EVENT, (framing) => ends.push(framing))) break;
    expect(ends).toEqual(["unknown"]);
  });
});
