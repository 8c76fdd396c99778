import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { HeidiArgumentError, HeidiConnectionError, HeidiUploadError, isHeidiError } from "heidi-health-sdk";
import {
  type CaptureOptions,
  type CaptureProgress,
  HeidiRecordingError,
  indexedDbStore,
  recordMicrophone,
  recordStream,
  type StreamRecording,
} from "heidi-health-sdk/browser";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { storeContract } from "../../store-contract.ts";
import { FakeRecorder, FakeStream, FakeTrack, fakeBrowser, slowBlob, streamOf } from "./capture-support.ts";
import { DiskDouble, RecordingServer, SESSION, status } from "./recording-support.ts";
import { ffmpegArguments, fixture, hasFfmpeg, record } from "./segment-support.ts";

let server: RecordingServer;
let events: CaptureProgress[];
beforeEach(() => {
  fakeBrowser();
  server = new RecordingServer();
  events = [];
});
afterEach(() => vi.unstubAllGlobals());

const names = (): string[] => events.map(({ event }) => event);

function begin(
  options: CaptureOptions = {},
  stream: FakeStream = new FakeStream(),
): Promise<StreamRecording> {
  const startRecording = (_: string, given?: object) => server.start(given);
  return recordStream({ transcription: { startRecording } }, SESSION, streamOf(stream), {
    onProgress: (progress) => events.push(progress),
    ...options,
  });
}

const recorder = (index = 0): FakeRecorder => {
  const found = FakeRecorder.made[index];
  if (!found) throw new Error("no such recorder");
  return found;
};

/** A file in slices, as a recorder gives them. */
function slicesOf(bytes: Uint8Array, count: number): Uint8Array<ArrayBuffer>[] {
  const size = Math.ceil(bytes.byteLength / count);
  return Array.from(
    { length: count },
    (_, index) => new Uint8Array(bytes.subarray(index * size, (index + 1) * size)),
  );
}

const opus = fixture("opus.ogg");

function plainMp4(): Uint8Array<ArrayBuffer> {
  const folder = mkdtempSync(join(tmpdir(), "heidi-mp4-"));
  try {
    const path = join(folder, "plain.m4a");
    execFileSync("ffmpeg", [...ffmpegArguments("-c:a aac", 2).slice(0, -1), path]);
    return new Uint8Array(readFileSync(path));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("a recorded stream", () => {
  it("is put together in the order of its slices, however long each takes, with the one that comes after stop()", async () => {
    const recording = await begin({ chunkMs: 2_000 });
    const slices = slicesOf(opus, 6);
    const last = slices.pop() ?? new Uint8Array();
    for (const [index, slice] of slices.entries()) recorder().give(slowBlob(slice, 30 - 6 * index));
    recorder().last = slowBlob(last, 5);
    const summary = await recording.finish();
    expect(summary).toMatchObject({ chunks: 4, uncertain: [] });
    expect(server.arrived.map(({ index, type }) => [index, type])).toEqual(
      ["0", "1", "2", "3"].map((index) => [index, "audio/ogg"]),
    );
    expect(server.arrived.every(({ text }) => text.startsWith("OggS"))).toBe(true);
    expect(recording.state).toBe("ended");
  });

  it("is taken from its begin, not only from when Heidi has created the recording", async () => {
    let go = (): void => undefined;
    const created = new Promise<undefined>((resolve) => {
      go = () => resolve(undefined);
    });
    server.react = (step) => (step === "create" ? created : undefined);
    const starting = begin();
    await expect.poll(() => FakeRecorder.made).toHaveLength(1);
    recorder().give(new Blob([new Uint8Array(opus)]));
    go();
    const recording = await starting;
    expect(await recording.finish()).toMatchObject({ chunks: 1 });
  });

  it("has a new recorder for each chunk where the browser writes what cannot be cut", async () => {
    FakeRecorder.types = () => false;
    const now = vi.spyOn(performance, "now").mockReturnValue(0);
    try {
      const recording = await begin({ chunkMs: 2_000 });
      recorder().give(new Blob([new Uint8Array(600)]));
      now.mockReturnValue(2_100);
      recorder().give(new Blob([new Uint8Array(700)]));
      await expect.poll(() => FakeRecorder.made).toHaveLength(2);
      expect(recorder(1).state).toBe("recording");
      // The old one stops when the new one records: nothing is missing between them.
      await expect.poll(() => recorder(0).state).toBe("inactive");
      recorder(1).give(new Blob([new Uint8Array(1_400)]));
      expect(await recording.finish()).toMatchObject({ chunks: 2 });
      expect(server.arrived.map(({ text }) => text.length)).toEqual([1_300, 1_400]);
    } finally {
      now.mockRestore();
    }
  });

  it.skipIf(!hasFfmpeg)(
    "that turns out not to be cut loses nothing, and continues with a recorder for each chunk (needs ffmpeg)",
    async () => {
      // A plain MP4 is complete only when its recorder has stopped.
      FakeRecorder.types = (type) => type === "audio/mp4";
      const file = plainMp4();
      const [begun, ended] = slicesOf(file, 2);
      const recording = await begin({ chunkMs: 2_000 });
      recorder().last = new Blob([ended ?? ""]);
      recorder().give(new Blob([begun ?? ""]));
      await expect.poll(() => FakeRecorder.made).toHaveLength(2);
      recorder(1).give(new Blob([file]));
      expect(await recording.finish()).toMatchObject({ chunks: 2 });
      expect(server.arrived.map(({ text, type }) => [text.length > 1_000, type])).toEqual([
        [true, "audio/mp4"],
        [true, "audio/mp4"],
      ]);
      expect(server.arrived[0]?.text).toBe(server.arrived[1]?.text);
    },
  );

  it("that ends by itself is kept, and another stream can follow", async () => {
    const track = new FakeTrack();
    const recording = await begin({}, new FakeStream([track]));
    recorder().give(new Blob([new Uint8Array(opus)]));
    track.end();
    expect(recording.state).toBe("interrupted");
    const ended = events.find(({ event }) => event === "source-ended");
    expect(ended?.error).toMatchObject({ fault: "source-ended", name: "HeidiRecordingError" });
    await expect.poll(() => server.arrived).toHaveLength(1);
    await recording.useStream(streamOf());
    expect(recording.state).toBe("recording");
    recorder(1).give(new Blob([new Uint8Array(opus)]));
    expect(await recording.finish()).toMatchObject({ chunks: 2 });
    expect(names()).toEqual(expect.arrayContaining(["source-changed", "finished"]));
  });

  it("continues with another recorder when the browser's fails", async () => {
    const now = vi.spyOn(performance, "now").mockReturnValue(0);
    try {
      const recording = await begin();
      recorder().give(new Blob([new Uint8Array(opus)]));
      now.mockReturnValue(5_000);
      recorder().fail("UnknownError");
      await expect.poll(() => FakeRecorder.made).toHaveLength(2);
      recorder(1).give(new Blob([new Uint8Array(opus)]));
      expect(await recording.finish()).toMatchObject({ chunks: 2 });
      expect(events.find(({ event }) => event === "recorder-failed")?.error).toMatchObject({
        fault: "recorder-failed",
        message: expect.stringContaining("UnknownError"),
      });
    } finally {
      now.mockRestore();
    }
  });

  it("records nothing in a pause, and silence when it is muted", async () => {
    const track = new FakeTrack();
    const recording = await begin({}, new FakeStream([track]));
    recording.pause();
    expect([recording.state, recorder().state]).toEqual(["paused", "paused"]);
    recording.resume();
    recording.mute();
    expect([recording.isMuted, track.enabled]).toEqual([true, false]);
    recording.unmute();
    expect([recording.isMuted, track.enabled]).toEqual([false, true]);
    expect(names()).toEqual(["paused", "resumed", "muted", "unmuted"]);
    await recording.abort();
    // The stream is the caller's own.
    expect(track.readyState).toBe("live");
  });

  it("goes on when the API refuses a chunk, and is sent when it is retried", async () => {
    server.react = (step, index, count) =>
      step === "transcribe" && index === "0" && count === 1 ? status(403) : undefined;
    const recording = await begin({ chunkMs: 2_000, store: new DiskDouble() });
    recorder().give(new Blob([new Uint8Array(opus)]));
    await expect.poll(() => names()).toContain("failed");
    await expect.poll(() => names().filter((name) => name === "stored")).toHaveLength(3);
    recording.retry();
    expect(await recording.finish()).toMatchObject({ chunks: 4 });
    expect(server.arrived).toHaveLength(4);
  });

  it("that cannot be saved says so, is held, and is saved as soon as that is possible", async () => {
    const disk = new DiskDouble();
    let isFull = true;
    disk.onChange = (what) => {
      if (isFull && what.startsWith("before put")) throw new HeidiRecordingError("storage-full", "full");
    };
    const recording = await begin({ store: disk });
    recorder().give(new Blob([new Uint8Array(opus)]));
    recorder().last = new Blob([new Uint8Array(opus)]);
    await expect(recording.finish()).rejects.toMatchObject({ fault: "storage-full" });
    expect(events.find(({ event }) => event === "storage-failed")?.error).toMatchObject({
      fault: "storage-full",
    });
    expect(server.arrived).toEqual([]);
    isFull = false;
    expect(await recording.finish()).toMatchObject({ chunks: 2 });
    expect(names()).toContain("storage-recovered");
  });

  it("is not started without a store that can be written", async () => {
    const disk = new DiskDouble();
    disk.onChange = () => {
      throw new HeidiRecordingError("storage-full", "full");
    };
    await expect(begin({ store: disk })).rejects.toMatchObject({ fault: "storage-full" });
    expect(recorder().state).toBe("inactive");
  });

  it("loses two seconds at most in a crash: what was not cut yet is in the store", async () => {
    const disk = new DiskDouble();
    await begin({ store: disk });
    recorder().give(new Blob([new Uint8Array(opus)]));
    // 7.3 seconds are less than a chunk, and nothing was appended.
    await expect.poll(() => disk.chunks.size).toBe(1);
    await expect.poll(() => JSON.parse(disk.journal ?? "{}")).toMatchObject({ chunks: [], draft: {} });
    const next = await server.startElsewhere({ store: disk });
    expect(next.nextIndex).toBe(1);
    expect(await next.finish()).toMatchObject({ chunks: 1, uncertain: [] });
    expect(server.arrived).toHaveLength(1);
    expect(disk.journal).toBeUndefined();
  });

  it("waits where the browser knows that it is offline, and then counts as neither sent nor late", async () => {
    const network = stubNetwork(false);
    const recording = await begin({ store: new DiskDouble(), retryForMs: 1 });
    recorder().give(new Blob([new Uint8Array(opus)]));
    const finishing = recording.finish();
    await expect.poll(() => names()).toContain("waiting");
    expect(server.steps).toEqual(["create"]);
    network.onLine = true;
    network.dispatchEvent(new Event("online"));
    expect(await finishing).toMatchObject({ chunks: 1, uncertain: [] });
  });

  it("waits for the network, without a failure, when a token cannot be fetched because the browser is offline", async () => {
    const network = stubNetwork(true);
    const recording = await begin({ store: new DiskDouble(), retryForMs: 1 });
    server.provideToken = async () => {
      network.onLine = false;
      throw new TypeError("Failed to fetch");
    };
    await delay(1_000);
    recorder().give(new Blob([new Uint8Array(opus)]));
    const finishing = recording.finish();
    await expect.poll(() => names()).toContain("waiting");
    expect(names()).not.toContain("failed");
    server.provideToken = async () => undefined;
    network.onLine = true;
    network.dispatchEvent(new Event("online"));
    expect(await finishing).toMatchObject({ chunks: 1, uncertain: [] });
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ["no stream", () => begin({}, {} as FakeStream), "mediaStream"],
    ["a stream without live audio", () => begin({}, new FakeStream([])), "mediaStream"],
    ["a wrong chunkMs", () => begin({ chunkMs: 999 }), "chunkMs"],
    ["a wrong rate of levels", () => begin({ levelsPerSecond: 61 }), "levelsPerSecond"],
    ["a wrong bitsPerSecond", () => begin({ bitsPerSecond: 1 }), "bitsPerSecond"],
    ["no clinician", () => recordStream(undefined as never, SESSION, streamOf()), "clinician"],
    ["a wrong deviceId", () => recordMicrophone({} as never, SESSION, { deviceId: 1 as never }), "deviceId"],
  ])("is refused with %s, before anything is sent", async (_, start, argument) => {
    const error = await (async () => start())().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(HeidiArgumentError);
    expect(error).toMatchObject({ argument });
    expect(server.steps).toEqual([]);
  });
});

/** A browser's network, whose state the test sets. */
function stubNetwork(onLine: boolean): EventTarget & { onLine: boolean } {
  const network = Object.assign(new EventTarget(), { onLine });
  vi.stubGlobal("navigator", network);
  vi.stubGlobal("addEventListener", network.addEventListener.bind(network));
  vi.stubGlobal("removeEventListener", network.removeEventListener.bind(network));
  return network;
}

describe("a browser without what it takes", () => {
  it("says so: no recorder, no microphone, no HTTPS", async () => {
    vi.stubGlobal("MediaRecorder", undefined);
    await expect((async () => begin())()).rejects.toMatchObject({ fault: "unsupported" });
    await expect(recordMicrophone({} as never, SESSION)).rejects.toMatchObject({ fault: "unsupported" });
    vi.stubGlobal("isSecureContext", false);
    await expect(recordMicrophone({} as never, SESSION)).rejects.toMatchObject({ fault: "insecure-context" });
    await expect(indexedDbStore({ name: "a" }).list()).rejects.toMatchObject({ fault: "insecure-context" });
    vi.stubGlobal("isSecureContext", true);
    await expect(indexedDbStore({ name: "a" }).list()).rejects.toMatchObject({ fault: "unsupported" });
  });

  it.each([
    ["NotAllowedError", "permission-denied"],
    ["SecurityError", "permission-denied"],
    ["NotFoundError", "no-device"],
    ["OverconstrainedError", "no-device"],
    ["NotReadableError", "device-in-use"],
    ["AbortError", "device-in-use"],
    ["TypeError", "device-in-use"],
  ])("names no device when getUserMedia fails with %s", async (name, fault) => {
    const failure = Object.assign(new Error("Karen's headset"), { name, constraint: "deviceId" });
    vi.stubGlobal("navigator", { mediaDevices: { getUserMedia: () => Promise.reject(failure) } });
    const error: unknown = await recordMicrophone({} as never, SESSION).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ fault, outcome: "not-sent" });
    expect(isHeidiError(error) && JSON.stringify(error) + String(error.stack)).not.toContain("Karen");
  });

  it.each([
    [undefined],
    [{}],
    [{ name: " " }],
    [{ name: "a", maxAgeMs: 0 }],
    [{ name: "a", lockTimeoutMs: 0.5 }],
  ])("gets no store from the options %j", (options) => {
    expect(() => indexedDbStore(options as never)).toThrow(HeidiArgumentError);
  });
});

describe("a store in memory that the tests use", () => {
  it.each(Object.entries(storeContract))("%s", async (_, check) => {
    const disk = new DiskDouble();
    await check(() => disk);
  });
});

it.skipIf(!hasFfmpeg)(
  "keeps no more of two hours than of some minutes of a recording (needs ffmpeg)",
  async () => {
    setFlagsFromString("--expose-gc");
    const gc = runInNewContext("gc") as () => void;
    // A minute of audio, again and again: a recorder that is stopped and started begins a new stream.
    const minute = record("-c:a libopus -b:a 6k -frame_duration 60 -f ogg", 60);
    const recording = await begin({ onProgress: undefined });
    const held: number[] = [];
    const seconds = slicesOf(minute, 60);
    const slices = Array.from({ length: 7_200 }, (_, second) => seconds[second % 60] ?? minute.slice());
    for (const [second, slice] of slices.entries()) {
      recorder().give(new Blob([slice]));
      if (second % 600 !== 599) continue;
      const chunks = Math.floor(second / 60);
      await expect.poll(() => server.arrived.length).toBeGreaterThanOrEqual(chunks);
      for (const chunk of server.arrived) Object.assign(chunk, { text: "" });
      gc();
      const { heapUsed, external, arrayBuffers } = process.memoryUsage();
      held.push(heapUsed + external + arrayBuffers);
    }
    expect(await recording.finish()).toMatchObject({ uncertain: [] });
    expect(server.arrived.length).toBeGreaterThan(140);
    const [early = 0, late = 0] = [Math.max(...held.slice(1, 4)), Math.min(...held.slice(-3))];
    expect(late).toBeLessThan(early + 8_000_000);
  },
);

it("has errors that are recognised as the SDK's, and no others' kind", () => {
  const error = new HeidiRecordingError("no-device", "none");
  expect(isHeidiError(error)).toBe(true);
  expect(error instanceof HeidiUploadError || error instanceof HeidiConnectionError).toBe(false);
  expect(JSON.parse(JSON.stringify(error))).toMatchObject({ fault: "no-device", outcome: "not-sent" });
});
