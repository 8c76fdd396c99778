import { createReadStream } from "node:fs";
import { HeidiAbortError, HeidiArgumentError, type RecordingStore } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { chunkOf, DiskDouble, RecordingServer } from "./recording-support.ts";
import { chunksOf, fixture } from "./segment-support.ts";

const LENGTH = chunkOf("0").byteLength;

/** The same memory, filled anew for every chunk. */
const REUSED: Readonly<Record<string, () => { readonly view: Uint8Array; readonly given: unknown }>> = {
  "a Uint8Array": () => {
    const view = new Uint8Array(LENGTH);
    return { view, given: view };
  },
  "an ArrayBuffer": () => {
    const view = new Uint8Array(LENGTH);
    return { view, given: view.buffer };
  },
  "a SharedArrayBuffer": () => {
    const given = new SharedArrayBuffer(LENGTH);
    return { view: new Uint8Array(given), given };
  },
  "a DataView": () => {
    const view = new Uint8Array(LENGTH);
    return { view, given: new DataView(view.buffer) };
  },
  "a slice of Node's pool": () => {
    const given = Buffer.allocUnsafe(LENGTH);
    return { view: given, given };
  },
  "bytes with a type": () => {
    const view = new Uint8Array(LENGTH);
    return { view, given: { data: view, contentType: "audio/ogg" } };
  },
  "a Buffer with a type": () => {
    const view = Buffer.allocUnsafe(LENGTH);
    return { view, given: { data: view, contentType: "audio/ogg" } };
  },
};

describe("a chunk that is appended", () => {
  it.each(Object.keys(REUSED))(
    "[R2] is the recording's from that moment, whatever its owner does with the memory: %s",
    async (kind) => {
      const server = new RecordingServer();
      const recording = await server.start();
      const { view, given } = REUSED[kind]?.() ?? { view: new Uint8Array(0), given: undefined };
      const appended: Promise<void>[] = [];
      for (let index = 0; index < 6; index += 1) {
        view.set(chunkOf(String(index)));
        appended.push(recording.append(given as Uint8Array));
      }
      view.fill(0);
      await Promise.all(appended);
      await recording.finish();
      const texts = server.arrived
        .toSorted((a, b) => Number(a.index) - Number(b.index))
        .map(({ text }) => text);
      expect(texts).toEqual(["OggS0", "OggS1", "OggS2", "OggS3", "OggS4", "OggS5"]);
    },
  );

  it("[R2] keeps its place, Blob or bytes or stream, when nobody waits", async () => {
    const server = new RecordingServer();
    const recording = await server.start({ concurrency: 1 });
    const memory = chunkOf("1");
    const portion = Buffer.allocUnsafe(LENGTH);
    const stream = (async function* () {
      for (const text of ["3", "4"]) {
        portion.set(chunkOf(text));
        yield portion;
      }
    })();
    const appended = [
      recording.append(new Blob([chunkOf("0")], { type: "audio/ogg" })),
      recording.append(memory),
      recording.append({ data: new Blob([chunkOf("2")]), contentType: "audio/ogg" }),
      recording.append(stream),
    ];
    memory.fill(0);
    await Promise.all(appended);
    await recording.finish();
    expect(server.arrived.map(({ text }) => text)).toEqual(["OggS0", "OggS1", "OggS2", "OggS3OggS4"]);
  });

  it("that is a stream without an end is let go of when the recording is aborted", async () => {
    const server = new RecordingServer();
    const recording = await server.start();
    let isOpen = true;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(chunkOf("0")),
      cancel: () => {
        isOpen = false;
      },
    });
    const appended = recording.append(stream);
    const failing = expect(appended).rejects.toThrow(HeidiAbortError);
    await new Promise((resolve) => setImmediate(resolve));
    await recording.abort();
    await failing;
    await expect.poll(() => isOpen).toBe(false);
  });

  it("[R2] is sent as it was kept by a store that uses its memory again", async () => {
    const memory = new Uint8Array(LENGTH);
    class OneBuffer extends DiskDouble {
      override async get(index: number): Promise<Uint8Array | undefined> {
        const kept = await super.get(index);
        if (kept) memory.set(kept);
        return kept && memory;
      }
    }
    const store: RecordingStore = new OneBuffer();
    const server = new RecordingServer();
    server.react = (step, _index, count) =>
      step === "transcribe" && count === 1 ? new Response("{}", { status: 503 }) : undefined;
    const recording = await server.start({ store, concurrency: 3 });
    for (const text of ["0", "1", "2"]) await recording.append(chunkOf(text));
    await server.time.run(recording.finish());
    const texts = server.arrived.map(({ index, text }) => `${index} ${text}`).toSorted();
    expect(texts).toEqual(["0 OggS0", "1 OggS1", "2 OggS2"]);
  });

  it("[R2] that is a stream which fails before its turn breaks the call, not the process", async () => {
    const server = new RecordingServer();
    const recording = await server.start();
    const slow = recording.append(new Blob([chunkOf("0")]));
    const missing = recording.append(createReadStream("/nowhere/visit.ogg"));
    await expect(missing).rejects.toThrow();
    await slow;
    expect(await recording.finish()).toMatchObject({ chunks: 1 });
  });

  it.each([
    ["a slice of a Firefox recording in WebM", fixture("part.webm"), "audio/webm"],
    ["the same without a type", fixture("part.webm"), ""],
    ["a slice of a Firefox recording in Ogg", fixture("part.ogg"), "audio/ogg;codecs=opus"],
    [
      "a slice of a Chromium recording in WebM",
      fixture("chromium.webm").subarray(9_001),
      "audio/webm;codecs=opus",
    ],
    ["the same without a type, after its first slice", fixture("chromium.webm").subarray(9_001), ""],
    ["a slice of a recording in MP4", fixture("chromium-opus.mp4").subarray(641), "audio/mp4"],
    ["the same without a type", fixture("chromium-opus.mp4").subarray(641), ""],
    ["WAV without its header", fixture("pcm.wav").subarray(100), "audio/wav"],
  ])("[R3] is refused when it is %s, and the recording goes on", async (_, bytes, type) => {
    const server = new RecordingServer();
    const recording = await server.start();
    const whole = fixture("opus.webm");
    await recording.append(new Blob([whole.slice()], { type }));
    for (const chunk of [new Blob([bytes.slice()], { type }), { data: bytes, contentType: type }]) {
      const error = await recording.append(chunk).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(HeidiArgumentError);
      expect(String(error)).toContain("segmentRecording");
    }
    await recording.append(whole);
    expect(await recording.finish()).toMatchObject({ chunks: 2 });
    expect(server.steps.filter((step) => step !== "create" && step !== "finish").toSorted()).toEqual([
      "0",
      "1",
    ]);
  });

  it.each([
    ["a PDF", "%PDF-1.7 and so on"],
    ["a JPEG", "\xff\xd8\xff\xe0\0\x10JFIF"],
    ["a ZIP archive", "PK\x03\x04\x14\0\0\0\0\0 word/document.xml"],
    ["a picture of a phone", "\0\0\0\x18ftypheic\0\0\0\0mif1heic"],
    ["text", "The patient reports a cough."],
  ])("[R3] is refused when it is %s", async (_, content) => {
    const server = new RecordingServer();
    const recording = await server.start();
    const bytes = Uint8Array.from(content, (char) => char.charCodeAt(0));
    await expect(recording.append(bytes)).rejects.toBeInstanceOf(HeidiArgumentError);
    expect(server.steps).toEqual(["create"]);
    await recording.abort();
  });

  it.each([
    "opus.ogg",
    "vorbis.webm",
    "aac.mp4",
    "chromium-opus.mp4",
    "aac.aac",
    "mp3.mp3",
    "pcm.wav",
    "flac.ogg",
  ])("[R3] is taken when it is a file, or cut from one: %s", async (name) => {
    const server = new RecordingServer();
    const recording = await server.start();
    await recording.append(fixture(name));
    const chunks = await chunksOf(fixture(name), { chunkMs: 1_000 });
    for (const chunk of chunks) await recording.append(chunk);
    expect(await recording.finish()).toEqual({
      recording_id: "recording-1",
      chunks: chunks.length + 1,
      uncertain: [],
    });
  });

  it("[R3] is taken when nothing is known against it", async () => {
    const server = new RecordingServer();
    const recording = await server.start();
    await recording.append({ data: new Uint8Array(500).fill(3), contentType: "audio/L16" });
    await recording.append(new Uint8Array(500).fill(1));
    expect(await recording.finish()).toMatchObject({ chunks: 2 });
  });

  it("[R7] with a gap is told in the summary, after a crash too", async () => {
    const store = new DiskDouble();
    const server = new RecordingServer();
    const first = await server.start({ store });
    const chunks = await chunksOf(fixture("damaged-page.ogg"), { chunkMs: 2_000 });
    for (const chunk of chunks) await first.append(chunk);
    await first.abort();
    const second = await server.startElsewhere({ store });
    const at = chunks.findIndex(({ gap }) => gap !== undefined);
    expect(await server.time.run(second.finish())).toMatchObject({ chunks: chunks.length, gaps: [at] });
  });
});
