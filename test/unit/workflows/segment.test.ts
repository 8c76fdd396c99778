import fc from "fast-check";
import {
  HeidiArgumentError,
  HeidiUploadError,
  type SegmentOptions,
  segmentRecording,
} from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { brokenOff, chunksOf, fixture, portioned, RECIPES } from "./segment-support.ts";

const NAMES = Object.keys(RECIPES);
const DURATION_MS: Readonly<Record<string, number>> = { "flac.ogg": 2_500, "pcm.wav": 4_000 };
const TYPES: Readonly<Record<string, string>> = {
  ogg: "audio/ogg",
  webm: "audio/webm",
  mp4: "audio/mp4",
  aac: "audio/aac",
  mp3: "audio/mpeg",
  wav: "audio/wav",
};
const durationOf = (name: string): number => DURATION_MS[name] ?? 7_300;

describe("cutting a recording", () => {
  it.each(NAMES)(
    "gives files of their own, none longer than asked, as long together as the whole: %s",
    async (name) => {
      const chunks = await chunksOf(fixture(name), { chunkMs: 2_000 });
      expect(chunks.length).toBe(name === "flac.ogg" || name === "pcm.wav" ? 2 : 4);
      let atMs = 0;
      for (const chunk of chunks) {
        expect(chunk.contentType).toBe(TYPES[name.split(".")[1] ?? ""]);
        expect(chunk.gap).toBeUndefined();
        expect(Math.abs(chunk.startMs - atMs)).toBeLessThanOrEqual(2);
        expect(chunk.durationMs).toBeLessThanOrEqual(2_000);
        atMs += chunk.durationMs;
        // Each is a recording itself: cut again, it is one chunk that sounds as long.
        const [again, ...more] = await chunksOf(chunk.data, { chunkMs: 60_000 });
        expect(more).toEqual([]);
        expect(again?.durationMs).toBeLessThanOrEqual(chunk.durationMs + 120);
        expect(again?.durationMs).toBeGreaterThanOrEqual(chunk.durationMs - 5);
      }
      expect(Math.abs(atMs - durationOf(name))).toBeLessThanOrEqual(150);
    },
  );

  it.each(NAMES)("does not depend on how its stream is portioned: %s", async (name) => {
    const bytes = fixture(name);
    const whole = await chunksOf(bytes, { chunkMs: 1_500 });
    const sizes = fc.array(fc.integer({ min: 20, max: 5_000 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(sizes, async (some) => {
        expect(await chunksOf(portioned(bytes, some), { chunkMs: 1_500 })).toEqual(whole);
      }),
      { numRuns: 8 },
    );
    if (name.startsWith("opus"))
      expect(await chunksOf(portioned(bytes, [1]), { chunkMs: 1_500 })).toEqual(whole);
  });

  it.each(NAMES)("gives a chunk as soon as it is complete, and reads no further: %s", async (name) => {
    const bytes = fixture(name);
    let read = 0;
    const source = (async function* () {
      for await (const portion of portioned(bytes, [100])) {
        read += portion.byteLength;
        yield portion;
      }
    })();
    const cutting = segmentRecording(source, { chunkMs: 1_000 });
    await cutting.next();
    expect(read).toBeLessThan(bytes.byteLength * 0.85);
    const before = read;
    await new Promise((resolve) => setImmediate(resolve));
    expect(read).toBe(before);
    await cutting.return();
  });

  it("ends its stream when it is left", async () => {
    let isClosed = false;
    const source = (async function* () {
      try {
        for (;;) yield* portioned(fixture("opus.ogg"), [500]);
      } finally {
        isClosed = true;
      }
    })();
    for await (const _ of segmentRecording(source, { chunkMs: 1_000 })) break;
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).toBe(true);
  });

  it.each([["opus.ogg"], ["opus.webm"]])(
    "goes on where a recorder was stopped and started again: %s",
    async (name) => {
      const bytes = fixture(name);
      const twice = new Uint8Array([...bytes, ...bytes]);
      const once = await chunksOf(bytes, { chunkMs: 4_000 });
      const both = await chunksOf(twice, { chunkMs: 4_000 });
      expect(both.map(({ data }) => data)).toEqual([...once, ...once].map(({ data }) => data));
      expect(both[2]?.startMs).toBeGreaterThan(7_290);
    },
  );

  it("takes a web stream as well", async () => {
    const chunks = await chunksOf(new Blob([fixture("opus.webm").slice()]).stream(), { chunkMs: 60_000 });
    expect(chunks).toHaveLength(1);
  });
});

describe("a recording that breaks off", () => {
  it.each(NAMES)("is given up to the last whole piece, and then told, wherever that is: %s", async (name) => {
    const bytes = fixture(name);
    const whole = await chunksOf(bytes, { chunkMs: 60_000 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: bytes.byteLength - 1 }), async (size) => {
        const { chunks, error } = await brokenOff(bytes.subarray(0, size), { chunkMs: 60_000 });
        if (error !== undefined) expect(error).toBeInstanceOf(HeidiUploadError);
        expect(chunks.length).toBeLessThanOrEqual(1);
        for (const { data, durationMs } of chunks) {
          expect(durationMs).toBeLessThanOrEqual(whole[0]?.durationMs ?? 0);
          expect(await chunksOf(data)).toHaveLength(1);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("gives what came before the stream failed", async () => {
    const source = (async function* () {
      yield fixture("opus.ogg").subarray(0, 9_000);
      throw new Error("the microphone is gone");
    })();
    const { chunks, error } = await brokenOff(source, { chunkMs: 2_000 });
    expect(chunks.length).toBeGreaterThanOrEqual(2);
    expect(error).toBeInstanceOf(HeidiUploadError);
  });

  it.each(NAMES)(
    "never hangs, fails otherwise or grows when any of its bytes is another: %s",
    async (name) => {
      const bytes = fixture(name);
      const change = fc.tuple(
        fc.integer({ min: 0, max: bytes.byteLength - 1 }),
        fc.integer({ min: 1, max: 255 }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
          const copy = bytes.slice();
          for (const [at, bits] of changes) copy[at] = (copy[at] ?? 0) ^ bits;
          const { chunks, error } = await brokenOff(copy, { chunkMs: 2_000 });
          if (error !== undefined) expect(error).toBeInstanceOf(HeidiUploadError);
          const size = chunks.reduce((sum, { data }) => sum + data.byteLength, 0);
          expect(size).toBeLessThan(20 * bytes.byteLength);
        }),
        { numRuns: 60 },
      );
    },
  );
});

const mp4Box = (type: string, content: string): string =>
  `\0\0\0${String.fromCharCode(content.length + 8)}${type}${content}`;

describe("what cannot be cut", () => {
  it.each([
    ["nothing", new Uint8Array(0), "is empty"],
    ["an MP3 of half a frame", Uint8Array.of(0xff, 0xfb, 0x90, 0x64, 0, 0, 0, 0), "middle of a frame"],
    ["a WAV without sound", new TextEncoder().encode("RIFF....WAVEfmt "), "before its audio data"],
    ["FLAC", new TextEncoder().encode("fLaC...................."), "but it is `audio/flac`"],
    ["a PDF", new TextEncoder().encode("%PDF-1.7 ..............."), "but it is `application/pdf`"],
    ["a slice of WebM", fixture("part.webm"), "a part of a WebM recording"],
    ["a slice of Ogg", fixture("part.ogg"), "its headers are missing"],
    ["a plain MP4", mp4Box("ftyp", "M4A ....") + mp4Box("mdat", "sound"), "a plain MP4"],
    ["a slice of MP4", mp4Box("moof", "...."), "a part of an MP4"],
    [
      "noise after a magic number",
      new TextEncoder().encode("OggS and then words of no meaning at all"),
      "page",
    ],
    ["EBML and nothing else", Uint8Array.of(0x1a, 0x45, 0xdf, 0xa3, 0xff), "no size"],
  ])("%s is refused with a reason", async (_, content, reason) => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const { chunks, error } = await brokenOff(bytes);
    expect(chunks).toEqual([]);
    expect(error).toBeInstanceOf(HeidiUploadError);
    expect(String(error)).toContain(reason);
  });

  it("pictures in WebM are refused", async () => {
    const bytes = fixture("opus.webm").slice();
    const type = bytes.findIndex(
      (byte, at) => byte === 0x83 && bytes[at + 1] === 0x81 && bytes[at + 2] === 2,
    );
    bytes[type + 2] = 1;
    expect(String((await brokenOff(bytes)).error)).toContain("no audio track");
  });

  it.each([
    ["chunkMs", { chunkMs: 999 }],
    ["chunkMs", { chunkMs: 60_001 }],
    ["chunkMs", { chunkMs: Number.NaN }],
    ["chunkMs", { chunkMs: "50000" }],
    ["onGap", { onGap: "log" }],
    ["options", null],
  ])("with a wrong %s: %j", async (argument, options) => {
    const { error } = await brokenOff(fixture("opus.ogg"), options as SegmentOptions);
    expect(error).toBeInstanceOf(HeidiArgumentError);
    expect(error).toMatchObject({ argument });
  });

  it("a path is not taken for a recording", async () => {
    expect((await brokenOff("visit.ogg" as never)).error).toBeInstanceOf(HeidiArgumentError);
  });
});
