import { HeidiUploadError, type RecordingChunk, type RecordingGap } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { brokenOff, chunksOf, fixture, without } from "./segment-support.ts";

const joined = (...parts: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(parts.flatMap((part) => [...part]));
const soundMs = (chunks: readonly RecordingChunk[]): number =>
  chunks.reduce((sum, { durationMs }) => sum + durationMs, 0);

/** A WAV as it is when its recorder has closed it. */
function closedWav(): { wav: Buffer; dataAt: number; size: number } {
  const wav = Buffer.from(fixture("pcm.wav"));
  const dataAt = wav.indexOf("data");
  const size = wav.byteLength - dataAt - 8;
  wav.writeUInt32LE(size, dataAt + 4);
  return { wav, dataAt, size };
}

describe("a recorder that is stopped and started", () => {
  it.each(["opus.ogg", "vorbis.ogg", "opus.webm", "opus.mp4", "aac.aac", "mp3.mp3", "pcm.wav"])(
    "[R7] is cut through, however many recordings it wrote: %s",
    async (name) => {
      const one = fixture(name);
      const alone = soundMs(await chunksOf(one, { chunkMs: 2_000 }));
      const all = soundMs(await chunksOf(joined(one, one, one), { chunkMs: 2_000 }));
      expect(Math.abs(all - 3 * alone)).toBeLessThanOrEqual(150);
    },
  );

  it("[R7] is cut through, however many recordings it wrote: a WAV that knows its size", async () => {
    const { wav } = closedWav();
    expect(soundMs(await chunksOf(joined(wav, wav, wav), { chunkMs: 2_000 }))).toBe(12_000);
  });

  const bytesLost = (bytes: Uint8Array): Uint8Array => without(bytes, bytes.byteLength - 700, 400);
  const overwritten = (bytes: Uint8Array): Uint8Array => bytes.slice().fill(0x20, bytes.byteLength - 700);
  it.each([
    ["opus.ogg", bytesLost],
    ["opus.ogg", overwritten],
    ["opus.webm", bytesLost],
    ["opus.webm", overwritten],
  ])("[R7] goes on after a damaged end, and tells that something is missing: %s", async (name, damage) => {
    const one = fixture(name);
    const gaps: RecordingGap[] = [];
    const torn = damage(one);
    const { chunks, error } = await brokenOff(joined(torn, one), {
      chunkMs: 2_000,
      onGap: (gap) => gaps.push(gap),
    });
    expect(error).toBeUndefined();
    const alone = soundMs(await chunksOf(one, { chunkMs: 2_000 }));
    expect(soundMs(chunks)).toBeGreaterThan(2 * alone - 1_500);
    expect(gaps.length).toBeGreaterThan(0);
  });
});

describe("a recording that holds what would not be heard", () => {
  /** The `ftyp` and `moov` of a fragmented MP4 whose `moov` has samples of its own, and the rest of the file. */
  function withSamplesInMovie(): Uint8Array {
    const bytes = fixture("aac.mp4").slice();
    const at = Buffer.from(bytes).indexOf("stsz");
    bytes[at + 15] = 3; // the count of samples
    return bytes;
  }

  it("[R7] is refused: an MP4 whose first part is in its headers", async () => {
    const { chunks, error } = await brokenOff(withSamplesInMovie());
    expect(chunks).toEqual([]);
    expect(error).toBeInstanceOf(HeidiUploadError);
    expect(String(error)).toMatch(/empty_moov/);
  });

  it.each([
    ["Ogg", fixture("opus.ogg").subarray(0, 47)],
    ["WAV", fixture("pcm.wav").subarray(0, 44)],
    ["an ID3 tag", new TextEncoder().encode("ID3\x03\0\0\0\0\0\0")],
  ])("[R7] is told: nothing but headers, of %s", async (_, bytes) => {
    const { chunks, error } = await brokenOff(bytes);
    expect(chunks).toEqual([]);
    expect(error).toBeInstanceOf(HeidiUploadError);
  });

  it("[R7] ends where the sound of an RF64 ends", async () => {
    const { wav, dataAt: data, size } = closedWav();
    const ds64 = Buffer.alloc(36);
    ds64.write("ds64", 0, "latin1");
    ds64.writeUInt32LE(28, 4);
    ds64.writeUInt32LE(size, 16);
    const head = Buffer.from(wav.subarray(0, data + 8));
    head.write("RF64", 0, "latin1");
    head.writeUInt32LE(0xffff_ffff, 4);
    head.writeUInt32LE(0xffff_ffff, data + 4);
    const note = Buffer.concat([Buffer.from("LIST\0\x20\0\0", "latin1"), Buffer.alloc(8_192)]);
    const rf64 = joined(head.subarray(0, 12), ds64, head.subarray(12), wav.subarray(data + 8), note);
    expect(soundMs(await chunksOf(rf64))).toBe(soundMs(await chunksOf(fixture("pcm.wav"))));
  });
});
