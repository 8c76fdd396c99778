import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { HeidiError } from "../../../src/errors.ts";
import type { ByteReader } from "../../../src/stream/byte-reader.ts";
import { BodyDecoder } from "../../../src/stream/decoder.ts";
import { JsonStream } from "../../../src/stream/json-stream.ts";
import { PartialText } from "../../../src/stream/partial-text.ts";
import { split, utf8 } from "./support.ts";

const MIB = 1_048_576;

/** Gives its chunks in one and the same piece of memory, as a reader may, then breaks. */
class ReusingReader implements ByteReader {
  readonly #memory = new Uint8Array(65_536);
  readonly #chunks: Uint8Array[];

  constructor(chunks: readonly Uint8Array[]) {
    this.#chunks = [...chunks];
  }

  read(): Promise<Uint8Array | undefined> {
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return Promise.reject(new Error("broken"));
    this.#memory.set(chunk);
    return Promise.resolve(this.#memory.subarray(0, chunk.length));
  }

  cancel(): void {}
}

/** Gives each chunk away in memory of its own, then breaks. */
class GivingReader implements ByteReader {
  readonly givesChunksAway: boolean = true;
  readonly #chunks: Uint8Array[];

  constructor(chunks: readonly Uint8Array[]) {
    this.#chunks = chunks.map((chunk) => chunk.slice());
  }

  read(): Promise<Uint8Array | undefined> {
    const chunk = this.#chunks.shift();
    return chunk === undefined ? Promise.reject(new Error("broken")) : Promise.resolve(chunk);
  }

  cancel(): void {}
}

const openBroken = (
  chunks: readonly Uint8Array[],
  contentType: string,
  Reader: typeof ReusingReader | typeof GivingReader = ReusingReader,
): JsonStream<{ data?: string }> =>
  new JsonStream({
    open: () =>
      Promise.resolve({
        reader: new Reader(chunks),
        contentType,
        response: () => new Response(null),
        requestId: undefined,
      }),
    abort: () => undefined,
  });

const item = fc.oneof(
  fc.record({ data: fc.string({ unit: "grapheme", maxLength: 60 }) }),
  fc.record({ data: fc.constant(null), note: fc.string({ maxLength: 2_000 }) }),
  fc.record({ data: fc.string({ minLength: 2_000, maxLength: 3_000 }) }),
);

describe("what had arrived", () => {
  it("partialText is the text of exactly the objects that were handed over, in any chunks", async () => {
    const property = fc.asyncProperty(
      fc.array(item, { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 5 }),
      fc.constantFrom("application/x-ndjson", "text/event-stream"),
      fc.constantFrom("loop", "text", "array"),
      fc.constantFrom(ReusingReader, GivingReader),
      async (items, sizes, contentType, way, Reader) => {
        const isEvents = contentType === "text/event-stream";
        const framed = items.map((one) =>
          isEvents ? `data: ${JSON.stringify(one)}\n\n` : `${JSON.stringify(one)}\n`,
        );
        const stream = openBroken(split(utf8(`${framed.join("")}\n`), sizes), contentType, Reader);
        const taken: { data?: string | null }[] = [];
        const reading = async (): Promise<void> => {
          if (way === "text") await stream.text();
          else if (way === "array") await stream.toArray();
          else for await (const one of stream) taken.push(one);
        };
        const error: unknown = await reading().catch((raised: unknown) => raised);
        const expected = items.map(({ data }) => data ?? "").join("");
        expect(error instanceof HeidiError && error.partialText).toBe(expected);
        if (way === "loop") expect(taken.map(({ data }) => data ?? "").join("")).toBe(expected);
      },
    );
    await fc.assert(property, { numRuns: 120 });
  });

  it("an abort in the middle of a chunk leaves what was not handed over out", async () => {
    const stream = openBroken([utf8('{"data":"a"}\n{"data":"b"}\n{"data":"c"}\n')], "application/x-ndjson");
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.next();
    stream.abort();
    const error: unknown = await iterator.next().catch((raised: unknown) => raised);
    expect(error).toMatchObject({ name: "HeidiAbortError", partialText: "ab" });
  });

  it("a stream that goes on for hours without text holds no more than 1 MiB of it, nor does one of short text", () => {
    for (const [line, length] of [
      ['{"data":null,"note":"x"}\n', 0],
      [`{"data":"ab","more":"${"y".repeat(80)}"}\n`, 2],
    ] as const) {
      const arrived = new PartialText(1e9, () => new BodyDecoder("application/x-ndjson"));
      const chunk = utf8(line.repeat(200));
      let mostBytes = 0;
      for (let turn = 0; turn < 1_000; turn++) {
        arrived.keep(chunk);
        for (let count = 0; count < 200; count++) arrived.count(length);
        mostBytes = Math.max(mostBytes, arrived.keptBytes);
      }
      expect(mostBytes).toBeLessThanOrEqual(MIB + 2 * length * 200_000);
      expect(arrived.toString()).toBe("ab".repeat(length * 100_000));
    }
  });

  it("a large chunk is kept as it is when it is given away, and copied otherwise", () => {
    const line = utf8(`${JSON.stringify({ data: "a".repeat(5_000) })}\n`);
    for (const [isOwned, expected] of [
      [true, "b"],
      [false, "a"],
    ] as const) {
      const arrived = new PartialText(1e9, () => new BodyDecoder("application/x-ndjson"));
      const chunk = line.slice();
      arrived.keep(utf8('{"data":"first"}\n'), isOwned);
      arrived.keep(chunk, isOwned);
      arrived.keep(utf8('{"data":"last"}\n'), isOwned);
      for (const length of [5, 5_000, 4]) arrived.count(length);
      chunk.fill(0x62, 9, 5_009);
      expect(arrived.toString()).toBe(`first${expected.repeat(5_000)}last`);
    }
  });

  it("one byte per chunk costs no object per byte", () => {
    const arrived = new PartialText(1e9, () => new BodyDecoder("application/x-ndjson"));
    const bytes = utf8(`${JSON.stringify({ data: "é".repeat(3_000) })}\n`);
    for (const byte of bytes) arrived.keep(Uint8Array.of(byte));
    arrived.count(3_000);
    expect([arrived.keptBytes, arrived.toString()]).toEqual([bytes.length, "é".repeat(3_000)]);
  });
});

describe("without Node", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it.each(["no process", "a process without modules"])(
    "long text beyond ASCII is decoded exactly, and what is not UTF-8 is refused: %s",
    async (kind) => {
      vi.resetModules();
      const found = kind === "no process" ? undefined : { ...process, getBuiltinModule: undefined };
      vi.stubGlobal("process", found);
      const { decodeUtf8 } = await import("../../../src/stream/decode-utf8.ts");
      const text = "\uFEFFa é 漢 \u{1F600}".repeat(2_000);
      const decoded = decodeUtf8(utf8(text));
      const bytes = utf8(text);
      bytes[bytes.length - 1] = 0x20;
      expect(() => decodeUtf8(bytes)).toThrow(TypeError);
      expect(decoded).toBe(text);
    },
  );
});
