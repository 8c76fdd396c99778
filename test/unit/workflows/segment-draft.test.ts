import { HeidiArgumentError, type RecordingChunk } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { DiskDouble, RecordingServer, refused, status } from "./recording-support.ts";
import { chunksOf, decode, fixture, hasFfmpeg } from "./segment-support.ts";

/** Of Opus: an end without its last packets has no last granule. */
const REMARKS = /^$/;

describe("a draft of the unfinished chunk", () => {
  it.skipIf(!hasFfmpeg).each(["opus.ogg", "opus.webm", "opus.mp4", "chromium.webm"])(
    "is a complete file with the beginning of the chunk, and changes nothing about it: %s (needs ffmpeg)",
    async (name) => {
      const file = fixture(name);
      const drafts: RecordingChunk[] = [];
      const options = {
        chunkMs: 3_000,
        draftMs: 1_000,
        onDraft: (draft: RecordingChunk) => drafts.push(draft),
      };
      const chunks = await chunksOf(file, options);
      expect(chunks).toEqual(await chunksOf(file, { chunkMs: 3_000 }));
      expect(drafts.length).toBeGreaterThan(0);
      for (const draft of drafts) {
        const chunk = chunks.find(({ startMs }) => startMs === draft.startMs);
        expect(chunk?.contentType).toBe(draft.contentType);
        expect(draft.durationMs).toBeLessThanOrEqual(chunk?.durationMs ?? 0);
        const [begun, whole] = [
          decode(draft.data, REMARKS),
          decode(chunk?.data ?? new Uint8Array(), REMARKS),
        ];
        expect(begun.length).toBeGreaterThan(0);
        expect(begun).toEqual(whole.subarray(0, begun.length));
      }
    },
  );

  it("may fail, and the recording goes on", async () => {
    const chunks = await chunksOf(fixture("opus.ogg"), {
      onDraft: () => {
        throw new Error("full");
      },
    });
    expect(chunks).toHaveLength(1);
    await chunksOf(fixture("opus.ogg"), { onDraft: () => Promise.reject(new Error("full")) });
  });

  it.each([
    ["onDraft", { onDraft: 1 }],
    ["draftMs", { draftMs: 499 }],
    ["draftMs", { draftMs: Number.NaN }],
    ["draftMs", { draftMs: "1000" }],
  ])("is refused with a wrong %s", async (argument, options) => {
    const error = await chunksOf(fixture("opus.ogg"), options as object).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(HeidiArgumentError);
    expect(error).toMatchObject({ argument });
  });
});

describe("a recording with drafts", () => {
  const file = fixture("opus.ogg");

  it("sends none of them, and the chunk that follows in their place", async () => {
    const server = new RecordingServer();
    const disk = new DiskDouble();
    const recording = await server.start({ store: disk });
    await recording.draft(file.slice(0, 2_000));
    await recording.draft(file.slice(0, 3_000));
    expect([recording.nextIndex, disk.chunks.get(0)?.byteLength]).toEqual([0, 3_000]);
    await recording.append(file);
    expect(await recording.finish()).toMatchObject({ chunks: 1, uncertain: [] });
    expect(server.steps).toEqual(["create", "0", "finish"]);
    expect(disk.chunks.size).toBe(0);
  });

  it("accepts the last one when nothing follows, at its end and after a crash", async () => {
    for (const hasCrashed of [false, true]) {
      const server = new RecordingServer();
      const store = new DiskDouble();
      const recording = await server.start({ store });
      await recording.append(file);
      await recording.draft(file);
      const next = hasCrashed ? await server.startElsewhere({ store }) : recording;
      expect(await next.finish()).toMatchObject({ chunks: 2 });
      expect(new Set(server.steps)).toEqual(new Set(["create", "0", "1", "finish"]));
    }
  });

  it("keeps the draft when the chunk in its place cannot be stored", async () => {
    const server = new RecordingServer();
    const disk = new DiskDouble();
    const recording = await server.start({ store: disk });
    await recording.draft(file);
    disk.onChange = (what) => {
      if (what === "before put 0") throw new Error("full");
    };
    await expect(recording.append(file)).rejects.toThrow("store");
    disk.onChange = () => undefined;
    const next = await server.startElsewhere({ store: disk });
    expect(next.nextIndex).toBe(1);
    expect(await next.finish()).toMatchObject({ chunks: 1 });
  });
});

describe("a recording that accepts chunks after a failure", () => {
  it("stores them, and sends all when it is told to", async () => {
    const server = new RecordingServer();
    let isRefused = true;
    server.react = (step) => (step === "transcribe" && isRefused ? status(403) : undefined);
    const events: string[] = [];
    const recording = await server.start({
      ...{ store: new DiskDouble(), acceptAfterFailure: true },
      onProgress: ({ event }) => events.push(event),
    });
    const file = fixture("opus.ogg");
    await recording.append(file);
    await expect.poll(() => events).toContain("failed");
    await recording.append(file);
    isRefused = false;
    recording.retry();
    await expect.poll(() => events.filter((event) => event === "acknowledged")).toHaveLength(2);
    expect(await recording.finish()).toMatchObject({ chunks: 2, uncertain: [] });
    expect(recording.isOpen).toBe(false);
  });

  it("closes its store at the end, and when it does not begin", async () => {
    const server = new RecordingServer();
    const closed: string[] = [];
    const store = Object.assign(new DiskDouble(), { close: () => closed.push("closed") });
    await (await server.start({ store })).finish();
    server.react = () => refused();
    await expect(server.start({ store })).rejects.toThrow();
    expect(closed).toEqual(["closed", "closed"]);
  });
});
