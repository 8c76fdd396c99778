import { createReadStream, writeFileSync } from "node:fs";
import { PassThrough, Readable } from "node:stream";
import { afterAll, describe, expect, it } from "vitest";
import { HeidiUploadError } from "../../../src/errors.ts";
import {
  audio,
  collect,
  createScratch,
  failure,
  iterate,
  openDescriptors,
  parseStrictly,
  partOf,
} from "./support.ts";

const SOUND = Buffer.from(`OggS${"sound ".repeat(100)}`);
const scratch = createScratch();
afterAll(() => scratch.remove());

/** A stream of the given values that records how it was ended. */
function watched(values: readonly unknown[], end: "done" | "hang" | Error = "done") {
  const events: string[] = [];
  let index = 0;
  const stream = {
    [Symbol.asyncIterator]: () => stream,
    next(): Promise<IteratorResult<Uint8Array>> {
      if (index < values.length)
        return Promise.resolve({ done: false, value: values[index++] as Uint8Array });
      if (end === "hang") return new Promise(() => {});
      return end === "done" ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(end);
    },
    return(): Promise<IteratorResult<Uint8Array>> {
      events.push("return");
      return Promise.resolve({ done: true, value: undefined });
    },
  };
  return { stream, events };
}

function webStream(chunks: readonly Uint8Array[], cancelled: unknown[] = []): ReadableStream<Uint8Array> {
  let index = 0;
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks[index++];
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
    cancel(reason) {
      cancelled.push(reason ?? "cancelled");
    },
  });
}

async function* generated(): AsyncGenerator<Uint8Array> {
  yield SOUND.subarray(0, 10);
  yield new Uint8Array(0);
  yield SOUND.subarray(10);
}

describe("a stream", () => {
  it.each([
    ["a Node stream", () => Readable.from([SOUND.subarray(0, 5), SOUND.subarray(5)])],
    ["a web stream", () => webStream([SOUND.subarray(0, 5), SOUND.subarray(5)])],
    ["an async iterable", () => generated()],
    ["a function giving a stream", () => generated],
    ["a function promising a stream", () => async () => webStream([SOUND])],
    ["a stream of buffers and views", () => watched([new Uint8Array(SOUND).buffer]).stream],
    ["a description around a stream", () => ({ data: generated() })],
  ])("%s arrives whole", async (_name, make) => {
    const body = await audio(make());
    expect(body.sizeBytes).toBeUndefined();
    expect(await partOf(body)).toMatchObject({ content: SOUND, contentType: "audio/ogg" });
  });

  it("is sent once: a second attempt says so and how to make it repeatable [D9]", async () => {
    const body = await audio(generated());
    expect(body.replayable).toBe(false);
    await collect(body);
    const error = await failure(collect(body));
    expect(error).toBeInstanceOf(HeidiUploadError);
    expect(error).toMatchObject({
      outcome: "not-sent",
      message: expect.stringContaining("function that returns a new stream"),
    });
  });

  it("from a function is fresh for each attempt, and the one before is ended [D10]", async () => {
    const streams = [watched([SOUND, SOUND], "hang"), watched([SOUND])];
    let opened = 0;
    const body = await audio(() => (streams[opened++] ?? watched([])).stream);
    expect([body.replayable, opened]).toEqual([true, 0]);

    const first = iterate(body);
    await first.next();
    await first.return?.();
    expect(streams[0]?.events).toEqual(["return"]);
    const [part] = parseStrictly(await collect(body), body.contentType);
    expect([opened, part?.content]).toEqual([2, SOUND]);
  });

  it("that was looked at for its type is the one that the first attempt sends [D10]", async () => {
    let opened = 0;
    const start = (): AsyncIterable<Uint8Array> => {
      opened++;
      return generated();
    };
    const body = await audio({ data: start, sizeBytes: SOUND.byteLength });
    expect(opened).toBe(1);
    for (const count of [1, 2]) {
      expect(parseStrictly(await collect(body), body.contentType)[0]?.content).toEqual(SOUND);
      expect(opened).toBe(count);
    }
  });

  it("that fails midway rejects with its error as the cause [D11]", async () => {
    const cause = new Error("the microphone was unplugged");
    const { stream } = watched([SOUND], cause);
    const error = await failure(collect(await audio(stream)));
    expect(error).toBeInstanceOf(HeidiUploadError);
    expect(error).toMatchObject({ cause, outcome: "unknown" });
  });

  it.each([
    ["a string", "text"],
    ["null", null],
    ["an object", { chunk: 1 }],
    ["a number", 7],
  ])("that gives %s instead of bytes is refused and ended [D11]", async (found, value) => {
    const { stream, events } = watched([SOUND, value]);
    const error = await failure(collect(await audio(stream)));
    expect(error).toBeInstanceOf(HeidiUploadError);
    expect(String(error)).toContain(found);
    expect(events).toEqual(["return"]);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no"))],
    ["returns a string", () => "visit.mp3"],
    ["returns nothing", () => undefined],
  ])("function that %s is an upload error before a byte leaves", async (_name, start) => {
    const error = await failure(collect(await audio(start)));
    expect(error).toMatchObject({ name: "HeidiUploadError", outcome: "not-sent" });
  });

  it("without a byte is refused before a byte leaves", async () => {
    for (const data of [Readable.from([]), webStream([]), () => Readable.from([])]) {
      const error = await failure(collect(await audio(data)));
      expect(error).toMatchObject({
        name: "HeidiUploadError",
        outcome: "not-sent",
        message: expect.stringContaining("empty"),
      });
    }
  });

  it.each([
    ["shorter", 1],
    ["longer", -1],
  ])("that is %s than its declared size never completes the request [D4]", async (_name, difference) => {
    const { stream, events } = watched([SOUND.subarray(0, 100), SOUND.subarray(100)]);
    const sizeBytes = SOUND.byteLength + difference;
    const body = await audio({ data: stream, sizeBytes, filename: "x.ogg" });
    let sent = 0;
    const error = await failure(
      (async () => {
        for await (const chunk of body.open() as AsyncIterable<Uint8Array>) sent += chunk.byteLength;
      })(),
    );
    expect(error).toMatchObject({ name: "HeidiUploadError", outcome: "unknown" });
    expect(String(error)).toContain(String(sizeBytes));
    expect(sent).toBeLessThan(body.sizeBytes ?? 0);
    expect(events).toEqual(["return"]);
  });

  it("whose declared size is not that of its bytes is refused before any request [D4]", async () => {
    expect(await failure(audio({ data: SOUND, sizeBytes: 3 }))).toMatchObject({
      name: "HeidiUploadError",
      outcome: "not-sent",
    });
  });

  it("that hangs is let go at once by an abort [D7]", async () => {
    const node = new PassThrough();
    node.write(SOUND);
    const cancelled: unknown[] = [];
    const web = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(SOUND),
      cancel: () => void cancelled.push("cancelled"),
    });
    const iterable = watched([SOUND], "hang");
    for (const data of [node, web, iterable.stream]) {
      const iterator = iterate(await audio({ data, filename: "x.ogg" }));
      await iterator.next();
      await iterator.next();
      const pending = iterator.next();
      const cutOff = expect(pending).rejects.toMatchObject({ name: "HeidiUploadError", outcome: "unknown" });
      await iterator.return?.();
      await cutOff;
      // Never "done": a chunked request would be ended as if the file were complete.
      await expect(iterator.next()).rejects.toMatchObject({ name: "HeidiUploadError" });
    }
    expect([node.destroyed, cancelled, iterable.events]).toEqual([true, ["cancelled"], ["return"]]);
  });

  it("from a function that is still opening it is ended as soon as it is there [D7]", async () => {
    const { stream, events } = watched([SOUND]);
    let give: (stream: AsyncIterable<Uint8Array>) => void = () => {};
    const iterator = iterate(
      await audio(
        () =>
          new Promise<AsyncIterable<Uint8Array>>((resolve) => {
            give = resolve;
          }),
      ),
    );
    const cutOff = expect(iterator.next()).rejects.toMatchObject({ outcome: "not-sent" });
    await iterator.return?.();
    await cutOff;
    give(stream);
    await new Promise(setImmediate);
    expect(events).toEqual(["return"]);
  });

  it("that hangs is let go when the call ends or tries again, even by a sender that forgot it [D10]", async () => {
    for (const end of ["release", "open"] as const) {
      const first = watched([SOUND], "hang");
      const streams = [first.stream, generated()];
      let opened = 0;
      const body = await audio({ data: () => streams[opened++] ?? generated(), filename: "x.ogg" });
      const iterator = iterate(body);
      await iterator.next();
      await iterator.next();
      const cutOff = expect(iterator.next()).rejects.toMatchObject({ name: "HeidiUploadError" });
      if (end === "open") expect((await partOf(body)).content).toEqual(SOUND);
      else body.release?.();
      await cutOff;
      expect(first.events).toEqual(["return"]);
    }
  });

  it("of an old attempt that is ended late leaves the next attempt's alone [D10]", async () => {
    let give: (stream: AsyncIterable<Uint8Array>) => void = () => {};
    const pending = new Promise<AsyncIterable<Uint8Array>>((resolve) => {
      give = resolve;
    });
    let opened = 0;
    const body = await audio(() => (opened++ === 0 ? watched([SOUND], "hang").stream : pending));
    const old = iterate(body);
    await old.next();
    const next = partOf(body);
    await old.return?.();
    give(generated());
    expect((await next).content).toEqual(SOUND);
  });

  it("that is never sent is let go with the call", async () => {
    const node = new PassThrough();
    const cancelled: unknown[] = [];
    const iterable = watched([SOUND]);
    for (const data of [node, webStream([SOUND], cancelled), iterable.stream])
      (await audio(data)).release?.();
    expect([node.destroyed, cancelled.length, iterable.events]).toEqual([true, 1, ["return"]]);
  });

  it("is let go when another argument is refused", async () => {
    const node = new PassThrough();
    await failure(audio({ data: node, sizeBytes: 0 }));
    expect(node.destroyed).toBe(true);
  });

  it("that was read, locked, closed or had failed is refused before any request", async () => {
    const locked = webStream([SOUND]);
    locked.getReader();
    const ended = Readable.from([]);
    for await (const _ of ended);
    const destroyed = new PassThrough();
    destroyed.destroy();
    for (const stream of [locked, ended, destroyed])
      expect(await failure(audio(stream))).toMatchObject({ argument: "file" });

    const failed = new PassThrough().on("error", () => {});
    failed.destroy(new Error("earlier"));
    await new Promise(setImmediate);
    expect(await failure(audio(failed))).toMatchObject({
      name: "HeidiUploadError",
      cause: { message: "earlier" },
    });
  });
});

describe("a stream of fs.createReadStream", () => {
  it("gets its name and type by its path", async () => {
    const path = scratch.path("dictation.wav");
    writeFileSync(path, "no header");
    expect(await partOf(await audio(createReadStream(path)))).toMatchObject({
      filename: "dictation.wav",
      contentType: "audio/wav",
    });
  });

  it("of a missing file neither ends the process nor shows the file's name", async () => {
    const body = await audio(createReadStream(scratch.path("Jane Doe.mp3")));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const error = await failure(collect(body));
    expect(error).toMatchObject({ name: "HeidiUploadError", outcome: "not-sent", cause: { code: "ENOENT" } });
    const { inspect } = await import("node:util");
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain("Jane");
  });

  it("leaves no descriptor open, sent or not [D8]", async () => {
    const path = scratch.path("leak.ogg");
    writeFileSync(path, Buffer.concat([SOUND, Buffer.alloc(300_000)]));
    const before = openDescriptors();
    for (let round = 0; round < 30; round++) {
      const body = await audio(createReadStream(path));
      const iterator = iterate(body);
      if (round % 3 > 0) await iterator.next();
      if (round % 3 > 1) await iterator.next();
      await iterator.return?.();
    }
    await expect.poll(openDescriptors).toBe(before);
  });
});
