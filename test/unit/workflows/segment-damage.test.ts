import fc from "fast-check";
import { HeidiUploadError, type RecordingChunk, type RecordingGap, segmentRecording } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { brokenOff, chunksOf, fixture, withInserted, without } from "./segment-support.ts";

const SOUND = [
  "opus.ogg",
  "vorbis.ogg",
  "opus.webm",
  "vorbis.webm",
  "opus.mp4",
  "aac.mp4",
  "aac.aac",
  "mp3.mp3",
];
const soundMs = (chunks: readonly RecordingChunk[]): number =>
  chunks.reduce((sum, { durationMs }) => sum + durationMs, 0);

/** Places where what was damaged once looked like something whole. */
const LOST_AT: Readonly<Record<string, number[]>> = {
  "opus.webm": [6_986, 6_993, 7_000, 7_007],
  // A header with a damaged size, which reaches to the end of the recording.
  "aac.aac": [8_422],
};
const INSERTED_AT: Readonly<Record<string, number[]>> = {
  "opus.webm": [4_550, 5_271, 5_406, 5_509, 5_994, 6_162, 6_315, 8_771, 8_787, 9_069, 9_131],
  "vorbis.webm": [5_500, 6_150],
  "mp3.mp3": [4_343, 5_279, 10_895],
};
const places = (found: number[] | undefined): [number][] => (found ?? []).map((at) => [at]);

/** The same bytes with one of them changed. */
function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ 0x55;
  return copy;
}

/** Where the blocks of a WebM begin, of the size that the first ones have. */
const firstBlockAfter = (bytes: Uint8Array, from: number): number =>
  bytes.findIndex(
    (byte, at) => at > from && byte === 0xa3 && bytes[at + 2] === 0x81 && bytes[at + 5] === 0x80,
  );

describe("a recording that is damaged in its middle", () => {
  it("[R7] goes on at the next page of Ogg, and tells what is missing", async () => {
    const gaps: RecordingGap[] = [];
    const bytes = fixture("damaged-page.ogg");
    const chunks = await chunksOf(bytes, { chunkMs: 2_000, onGap: (gap) => gaps.push(gap) });
    // One page of six seconds is lost.
    expect(soundMs(chunks)).toBeGreaterThanOrEqual(4_990);
    expect(soundMs(chunks)).toBeLessThanOrEqual(5_010);
    expect(gaps).toHaveLength(1);
    expect(gaps[0]?.durationMs).toBe(1_000);
    expect(gaps[0]?.bytes).toBeGreaterThan(8_000);
    expect(chunks.filter(({ gap }) => gap !== undefined).map(({ gap }) => gap)).toEqual(gaps);
    // The chunks' places are those of the whole.
    const last = chunks.at(-1);
    expect((last?.startMs ?? 0) + (last?.durationMs ?? 0)).toBeGreaterThanOrEqual(5_990);
  });

  it.each(SOUND)("[R7] goes on when 1,000 bytes are lost, and never in silence: %s", async (name) => {
    const bytes = fixture(name);
    const whole = soundMs(await chunksOf(bytes, { chunkMs: 2_000 }));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 4_200, max: bytes.byteLength - 3_500 }), async (at) => {
        const gaps: RecordingGap[] = [];
        const { chunks, error } = await brokenOff(without(bytes, at, 1_000), {
          chunkMs: 2_000,
          onGap: (gap) => gaps.push(gap),
        });
        // A page of Ogg or a fragment of MP4 lasts up to a second here; the last one may be the one that is hit.
        if (error !== undefined) expect(error).toBeInstanceOf(HeidiUploadError);
        else expect(gaps.length).toBeGreaterThan(0);
        expect(soundMs(chunks)).toBeGreaterThan(whole - (name === "vorbis.ogg" ? 4_500 : 2_300));
        expect(soundMs(chunks)).toBeLessThanOrEqual(whole + 50);
      }),
      { numRuns: 12 + places(LOST_AT[name]).length, examples: places(LOST_AT[name]) },
    );
  });

  it.each(["opus.ogg", "opus.webm", "vorbis.webm", "opus.mp4", "mp3.mp3", "aac.aac"])(
    "[R7] passes over foreign bytes between its pieces, and loses next to nothing: %s",
    async (name) => {
      const bytes = fixture(name);
      const whole = soundMs(await chunksOf(bytes, { chunkMs: 2_000 }));
      const foreign = Uint8Array.from({ length: 300 }, (_, index) => (index * 167 + 13) & 0xff);
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 4_200, max: bytes.byteLength - 3_500 }), async (at) => {
          const gaps: RecordingGap[] = [];
          const damaged = withInserted(bytes, at, foreign);
          const { chunks } = await brokenOff(damaged, { chunkMs: 2_000, onGap: (gap) => gaps.push(gap) });
          expect(gaps.length).toBeGreaterThan(0);
          expect(soundMs(chunks)).toBeGreaterThan(whole - 1_300);
        }),
        { numRuns: 12 + places(INSERTED_AT[name]).length, examples: places(INSERTED_AT[name]) },
      );
    },
  );

  it("[R7] goes on at the next block when the head of a block of WebM is damaged", async () => {
    const bytes = fixture("opus.webm");
    const whole = soundMs(await chunksOf(bytes));
    const at = firstBlockAfter(bytes, 6_000);
    expect(at).toBeGreaterThan(0);
    for (const place of [at, at + 1, at + 2]) {
      const gaps: RecordingGap[] = [];
      const chunks = await chunksOf(flipped(bytes, place), { onGap: (gap) => gaps.push(gap) });
      expect(gaps.length).toBeGreaterThan(0);
      expect(soundMs(chunks)).toBeGreaterThanOrEqual(whole - 65);
    }
  });

  it("[R7] drops pages of Ogg that come once more", async () => {
    const bytes = fixture("opus.ogg");
    const whole = await chunksOf(bytes, { chunkMs: 60_000 });
    const gaps: RecordingGap[] = [];
    const again = withInserted(bytes, 6_000, bytes.subarray(1_500, 6_000));
    const chunks = await chunksOf(again, { chunkMs: 60_000, onGap: (gap) => gaps.push(gap) });
    expect(soundMs(chunks)).toBeLessThanOrEqual(soundMs(whole));
    expect(gaps.length).toBeGreaterThan(0);
  });

  it("[R7] has no gap where a recorder writes the header of a fragment twice, as WebKitGTK's does at the end", async () => {
    const gaps: RecordingGap[] = [];
    const options = { chunkMs: 2_000, onGap: (gap: RecordingGap) => gaps.push(gap) };
    const chunks = await chunksOf(fixture("webkit.mp4"), options);
    expect(gaps).toEqual([]);
    expect(chunks.map(({ gap }) => gap)).toEqual([undefined, undefined]);
    expect(soundMs(chunks)).toBe(Math.round((171 * 1_024) / 44.1));
  });

  it("[R7] ends with an error when the damage reaches to its end", async () => {
    for (const name of ["opus.ogg", "opus.webm", "opus.mp4"]) {
      const bytes = fixture(name).slice();
      bytes.fill(0x20, bytes.byteLength - 2_500);
      const { chunks, error } = await brokenOff(bytes, { chunkMs: 2_000 });
      expect(chunks.length).toBeGreaterThan(0);
      expect(error).toBeInstanceOf(HeidiUploadError);
    }
  });

  it("[R7] is not slowed down without measure by bytes that look like beginnings", async () => {
    const bytes = fixture("opus.ogg");
    const page = new TextEncoder().encode("OggS\0\0");
    const noise = new Uint8Array(200_000).map((_, at) => page[at % page.byteLength] ?? 0);
    const gaps: RecordingGap[] = [];
    const damaged = withInserted(bytes, 6_000, noise);
    const chunks = await chunksOf(damaged, { chunkMs: 2_000, onGap: (gap) => gaps.push(gap) });
    expect(chunks.length).toBeGreaterThanOrEqual(3);
    expect(gaps.length).toBeGreaterThan(0);
  });
});

describe("times that are wrong", () => {
  it.each([
    ["time-jumps-back.webm", 3_540],
    ["chromium.webm", 9_960],
  ])("[R9] never make a chunk negative or longer than asked: %s", async (name, lengthMs) => {
    for (const chunkMs of [1_000, 2_000, 60_000]) {
      const chunks = await chunksOf(fixture(name), { chunkMs });
      let atMs = 0;
      for (const { startMs, durationMs } of chunks) {
        expect(durationMs).toBeGreaterThan(0);
        expect(durationMs).toBeLessThanOrEqual(chunkMs);
        expect(Math.abs(startMs - atMs)).toBeLessThanOrEqual(2);
        atMs = startMs + durationMs;
      }
      expect(atMs).toBe(lengthMs);
    }
  });

  it("[R9] of a stream that is tapped late are those of its sound", async () => {
    const bytes = fixture("opus.ogg");
    const pages: number[] = [];
    for (let at = 0; at < bytes.byteLength; at += 1)
      if (String.fromCharCode(...bytes.subarray(at, at + 4)) === "OggS") pages.push(at);
    const [, , , , late = 0] = pages;
    const [, , sound = 0] = pages;
    const whole = soundMs(await chunksOf(bytes, { chunkMs: 2_000 }));
    const tapped = new Uint8Array([...bytes.subarray(0, sound), ...bytes.subarray(late)]);
    const chunks = await chunksOf(tapped, { chunkMs: 2_000 });
    expect(chunks[0]?.startMs).toBe(0);
    expect(chunks.every(({ gap }) => gap === undefined)).toBe(true);
    expect(soundMs(chunks)).toBeLessThan(whole);
    expect(soundMs(chunks)).toBeGreaterThan(whole - 2_100);
  });
});

describe("a recording of two hours", () => {
  it("is cut in constant memory", async () => {
    const bytes = fixture("opus.webm");
    let now = 0;
    let most = 0;
    const source = (async function* () {
      for (let round = 0; round < 1_000; round += 1) {
        yield bytes;
        now += bytes.byteLength;
      }
    })();
    let totalMs = 0;
    let base = 0;
    for await (const { durationMs } of segmentRecording(source)) {
      totalMs += durationMs;
      if (now < bytes.byteLength * 100) base = process.memoryUsage().arrayBuffers;
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    }
    expect(totalMs).toBeGreaterThan(7_200_000);
    expect(most - base).toBeLessThan(32 * 1024 * 1024);
  });
});
