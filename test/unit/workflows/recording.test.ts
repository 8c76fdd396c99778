import { setImmediate as aTurn } from "node:timers/promises";
import { inspect } from "node:util";
import {
  HeidiAbortError,
  HeidiArgumentError,
  HeidiBadRequestError,
  type HeidiError,
  HeidiServerError,
  HeidiUploadError,
  isHeidiError,
  type Recording,
  type RecordingProgress,
} from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import {
  chunkOf,
  DiskDouble,
  gate,
  PATIENT,
  RecordingServer,
  refused,
  reset,
  SESSION,
  status,
} from "./recording-support.ts";

async function failureOf(work: PromiseLike<unknown>): Promise<HeidiError> {
  try {
    await work;
  } catch (error) {
    if (!isHeidiError(error)) throw error;
    const shown = [
      inspect(error, { depth: Infinity, showHidden: true }),
      String(error),
      JSON.stringify(error),
    ];
    expect(shown.join()).not.toContain(PATIENT);
    return error;
  }
  throw new Error("the call succeeded although it had to fail");
}

async function appendAll(recording: Recording, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await recording.append(chunkOf(`chunk ${index}`));
}

const quiet = async (): Promise<void> => {
  for (let turn = 0; turn < 30; turn += 1) await aTurn();
};

describe("a live recording", () => {
  it("sends every chunk under its index, with a type and without its owner's name for it, and then finishes once", async () => {
    const server = new RecordingServer();
    const recording = await server.start({ concurrency: 1 });
    expect(recording.id).toBe("recording-1");
    await recording.append(new File([chunkOf("a")], `${PATIENT}.ogg`));
    await recording.append({ data: chunkOf("b"), contentType: "audio/webm" });
    await recording.append(new Blob([chunkOf("c")]));
    await recording.append(
      (async function* () {
        yield chunkOf("d");
        yield chunkOf("e");
      })(),
    );
    const summary = await server.time.run(recording.finish());
    expect(summary).toEqual({ recording_id: "recording-1", chunks: 4, uncertain: [] });
    expect(server.steps).toEqual(["create", "0", "1", "2", "3", "finish"]);
    expect(server.arrived.map(({ text }) => text)).toEqual(["OggSa", "OggSb", "OggSc", "OggSdOggSe"]);
    expect(server.arrived.map(({ type }) => type)).toEqual([
      "audio/ogg",
      "audio/ogg",
      "audio/ogg",
      "audio/ogg",
    ]);
    expect(server.arrived.map(({ name }) => name)).toEqual(["0.ogg", "1.webm", "2.ogg", "3.ogg"]);
  });

  it("sends a few chunks at once, whichever is done first, and finishes after the last", async () => {
    const server = new RecordingServer();
    const [first, others] = [gate(), gate()];
    server.react = async (_, index) => {
      if (index === "0") await first.opened;
      else if (index !== "") await others.opened;
      return undefined;
    };
    const recording = await server.start({ concurrency: 3 });
    await appendAll(recording, 8);
    const finished = recording.finish();
    await quiet();
    expect(server.inFlight).toBe(3);
    others.open();
    await quiet();
    expect(server.arrived.map(({ index }) => index)).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
    expect(server.steps).not.toContain("finish");
    first.open();
    await finished;
    expect(server.peak).toBe(3);
    expect(server.steps.at(-1)).toBe("finish");
    const texts = server.arrived.map(({ index, text }) => text === `OggSchunk ${index}`);
    expect(texts).toEqual(Array(8).fill(true));
  });

  it("holds the recorder back while there is no room, and never holds more than it may", async () => {
    const server = new RecordingServer();
    const held = gate();
    server.react = async (step) => {
      if (step === "transcribe") await held.opened;
      return undefined;
    };
    const peaks: number[] = [];
    const recording = await server.start({
      maxBufferedBytes: 25,
      onProgress: ({ bufferedBytes }) => peaks.push(bufferedBytes),
    });
    let taken = 0;
    const chunks = Array.from({ length: 6 }, (_, index) =>
      recording.append(chunkOf(`chunk ${index}`)).then(() => {
        taken += 1;
      }),
    );
    await quiet();
    expect(taken).toBe(2);
    held.open();
    await Promise.all(chunks);
    await recording.finish();
    expect(Math.max(...peaks)).toBe(22);
    expect(server.arrived).toHaveLength(6);
  });

  it("keeps the order of calls that nobody waits for", async () => {
    const server = new RecordingServer();
    const recording = await server.start();
    const slow = (async function* () {
      await quiet();
      yield chunkOf("slow");
    })();
    const appends = [recording.append(slow), recording.append(chunkOf("quick"))];
    await recording.finish();
    await Promise.all(appends);
    expect(
      server.arrived.toSorted((a, b) => Number(a.index) - Number(b.index)).map(({ text }) => text),
    ).toEqual(["OggSslow", "OggSquick"]);
  });

  it("takes its own copy, for recorders that use their memory again", async () => {
    const server = new RecordingServer();
    const held = gate();
    server.react = async () => {
      await held.opened;
      return undefined;
    };
    const starting = server.start();
    held.open();
    const recording = await starting;
    const memory = chunkOf("first");
    await recording.append(memory);
    memory.fill(0);
    await recording.finish();
    expect(server.arrived[0]?.text).toBe("OggSfirst");
  });

  it("finishes once, however often it is asked to, and takes nothing after that", async () => {
    const server = new RecordingServer();
    const recording = await server.start();
    await recording.append(chunkOf("a"));
    const [one, two] = await Promise.all([recording.finish(), recording.finish()]);
    expect(two).toEqual(one);
    expect(await recording.finish()).toEqual(one);
    expect(server.steps).toEqual(["create", "0", "finish"]);
    expect(await failureOf(recording.append(chunkOf("late")))).toBeInstanceOf(HeidiUploadError);
    await recording.abort();
    expect(server.arrived).toHaveLength(1);
  });

  it("tells its progress, and is not stopped by a listener that throws", async () => {
    const server = new RecordingServer();
    const seen: RecordingProgress[] = [];
    const recording = await server.start({
      onProgress: (progress) => {
        seen.push(progress);
        throw new Error("a broken progress bar");
      },
    });
    await recording.append(chunkOf("a"));
    await recording.finish();
    expect(seen.map(({ event, index, acknowledged }) => [event, index, acknowledged])).toEqual([
      ["stored", 0, 0],
      ["sending", 0, 0],
      ["acknowledged", 0, 1],
      ["finishing", undefined, 1],
      ["finished", undefined, 1],
    ]);
  });
});

describe("a chunk that fails", () => {
  it.each([
    ["a connection that was not made", refused, []],
    ["429", () => status(429), []],
    ["an answer of is_success: false", () => Response.json({ is_success: false }), []],
    ["a connection that broke", reset, [1]],
    ["500", () => status(500), [1]],
    ["503", () => status(503), [1]],
  ])(
    "after %s is sent again under its index, and told as uncertain only where it may have arrived",
    async (_, fail, uncertain) => {
      const server = new RecordingServer();
      server.react = (_step, index, count) => (index === "1" && count < 3 ? fail() : undefined);
      const recording = await server.start({ concurrency: 1 });
      await appendAll(recording, 3);
      const summary = await server.time.run(recording.finish());
      expect(summary).toMatchObject({ chunks: 3, uncertain });
      expect(server.steps).toEqual(["create", "0", "1", "1", "1", "2", "finish"]);
    },
  );

  it("waits for as long as the server asks", async () => {
    const server = new RecordingServer();
    const atMs: number[] = [];
    server.react = (step, _, count) => {
      if (step !== "transcribe") return undefined;
      atMs.push(server.time.ms);
      return count === 1 ? status(429, { "retry-after": "7" }) : undefined;
    };
    const recording = await server.start();
    await recording.append(chunkOf("a"));
    await server.time.run(recording.finish());
    expect(atMs).toEqual([0, 7_000]);
  });

  it("is not sent again when it was certainly taken, and only the answer was lost [C10]", async () => {
    const server = new RecordingServer();
    server.react = (step) =>
      step === "transcribe"
        ? new Response("{ cut", { headers: { "content-type": "application/json" } })
        : undefined;
    const recording = await server.start();
    await recording.append(chunkOf("a"));
    expect(await recording.finish()).toMatchObject({ chunks: 1, uncertain: [] });
    expect(server.steps).toEqual(["create", "0", "finish"]);
  });

  it("is there when a repetition finds its index taken", async () => {
    const server = new RecordingServer();
    server.react = (step, _, count) =>
      step === "transcribe" ? (count === 1 ? reset() : status(409)) : undefined;
    const recording = await server.start();
    await recording.append(chunkOf("a"));
    expect(await server.time.run(recording.finish())).toMatchObject({ chunks: 1, uncertain: [0] });
    expect(server.steps).toEqual(["create", "0", "0", "finish"]);
  });

  it("that is refused for good is told at once, holds back what follows, and is tried again by finish()", async () => {
    const server = new RecordingServer();
    let isBroken = true;
    server.react = (step, index) =>
      step === "transcribe" && index === "1" && isBroken ? status(400) : undefined;
    const recording = await server.start({ concurrency: 1 });
    await appendAll(recording, 2);
    await quiet();
    const refusal = await failureOf(recording.append(chunkOf("chunk 2")));
    expect(refusal).toBeInstanceOf(HeidiBadRequestError);
    expect(recording.nextIndex).toBe(2);
    expect(await failureOf(recording.finish())).toBeInstanceOf(HeidiBadRequestError);
    isBroken = false;
    expect(await recording.finish()).toMatchObject({ chunks: 2, uncertain: [] });
    expect(server.steps).toEqual(["create", "0", "1", "1", "1", "finish"]);
  });

  it("is given up when its time is over, and the recording is not finished without it", async () => {
    const server = new RecordingServer();
    server.react = (step) => (step === "transcribe" ? status(502) : undefined);
    server.time.draws = [0.5];
    const recording = await server.start({ retryForMs: 60_000 });
    await recording.append(chunkOf("a"));
    expect(await failureOf(server.time.run(recording.finish()))).toBeInstanceOf(HeidiServerError);
    expect(server.time.ms).toBeLessThanOrEqual(60_000);
    expect(server.time.ms).toBeGreaterThan(50_000);
    expect(server.steps).not.toContain("finish");
  });
});

describe("finishing", () => {
  it.each([
    ["succeeds again", undefined],
    ["finds nothing left to finish", () => status(404)],
    ["is refused as done", () => status(409)],
    ["is refused as it is in the sandbox", () => status(400)],
  ])("is repeated after a broken connection, and is done when that %s", async (_, second) => {
    const server = new RecordingServer();
    server.react = (step, _index, count) =>
      step === "finish" ? (count === 1 ? reset() : second?.()) : undefined;
    const recording = await server.start();
    await recording.append(chunkOf("a"));
    expect(await server.time.run(recording.finish())).toMatchObject({ chunks: 1 });
    expect(server.steps).toEqual(["create", "0", "finish", "finish"]);
  });

  it("is not done when it is refused the first time, and can be asked for again", async () => {
    const server = new RecordingServer();
    server.react = (step, _, count) => (step === "finish" && count < 3 ? status(404) : undefined);
    const recording = await server.start();
    await recording.append(chunkOf("a"));
    expect((await failureOf(recording.finish())).outcome).toBe("rejected");
    expect((await failureOf(recording.finish())).outcome).toBe("rejected");
    expect(await recording.finish()).toMatchObject({ chunks: 1 });
  });
});

describe("the end of a recording", () => {
  const stopped = (): { server: RecordingServer; disk: DiskDouble } => {
    const server = new RecordingServer();
    server.react = (step) => (step === "transcribe" ? new Promise(() => undefined) : undefined);
    return { server, disk: new DiskDouble() };
  };

  it("by abort() ends what is under way, rejects those who wait, and keeps what was not sent", async () => {
    const { server, disk } = stopped();
    const recording = await server.start({ store: disk });
    await appendAll(recording, 3);
    const finished = failureOf(recording.finish());
    await quiet();
    await recording.abort("the patient left");
    const error = await finished;
    expect(error).toBeInstanceOf(HeidiAbortError);
    expect(error.cause).toBe("the patient left");
    expect([...disk.chunks.keys()]).toEqual([0, 1, 2]);
    expect(server.steps).toEqual(["create", "0", "1"]);
  });

  it.each(["signal", "dispose", "close"])("by %s is the same", async (way) => {
    const { server, disk } = stopped();
    const abort = new AbortController();
    const recording = await server.start({ store: disk, signal: abort.signal });
    await appendAll(recording, 2);
    await quiet();
    if (way === "signal") abort.abort();
    if (way === "dispose") await recording[Symbol.asyncDispose]();
    if (way === "close") server.time.inFlight.abortAll(() => new HeidiAbortError("closed"));
    expect(await failureOf(recording.append(chunkOf("c")))).toBeInstanceOf(HeidiAbortError);
    expect(await failureOf(recording.finish())).toBeInstanceOf(HeidiAbortError);
    expect(disk.chunks.size).toBe(2);
    expect(server.time.pending).toBe(0);
  });

  it("frees its store for the next one, and not before", async () => {
    const { server, disk } = stopped();
    const recording = await server.start({ store: disk });
    expect((await failureOf(server.start({ store: disk }))).message).toContain("in use");
    await recording.abort();
    server.react = () => undefined;
    const next = await server.start({ store: disk });
    await next.finish();
    await (await server.start({ store: disk })).finish();
  });

  it("before it began sends nothing", async () => {
    const server = new RecordingServer();
    expect(await failureOf(server.start({ signal: AbortSignal.abort() }))).toBeInstanceOf(HeidiAbortError);
    expect(server.steps).toEqual([]);
  });
});

describe("bad input of a recording", () => {
  it.each([
    ["concurrency", { concurrency: 0 }],
    ["concurrency", { concurrency: 9 }],
    ["concurrency", { concurrency: 1.5 }],
    ["maxBufferedBytes", { maxBufferedBytes: 0 }],
    ["maxBufferedBytes", { maxBufferedBytes: Number.NaN }],
    ["retryForMs", { retryForMs: -1 }],
    ["retryForMs", { retryForMs: Number.POSITIVE_INFINITY }],
    ["timeoutMs", { timeoutMs: 0 }],
    ["signal", { signal: {} }],
    ["onProgress", { onProgress: "log" }],
    ["keepJournal", { keepJournal: "yes" }],
    ["store", { store: {} }],
    ["store", { store: null }],
    ["options", null],
    ["options", "fast"],
  ])("is refused before a request, by the name of the option %s: %j", async (argument, options) => {
    const server = new RecordingServer();
    const error = await failureOf(server.start(options as never));
    expect(error).toBeInstanceOf(HeidiArgumentError);
    expect(error).toMatchObject({ argument });
    expect(server.steps).toEqual([]);
  });

  it.each([
    ["a string", () => PATIENT],
    ["nothing", () => undefined],
    ["no bytes", () => new Uint8Array(0)],
    ["too many bytes", () => new Uint8Array(101)],
    [
      "a stream that fails",
      () => new ReadableStream({ start: (controller) => controller.error(new Error("gone")) }),
    ],
    [
      "a stream of words",
      async function* () {
        yield PATIENT;
      },
    ],
  ])("as a chunk, %s is refused and takes no index", async (_, make) => {
    const server = new RecordingServer();
    const recording = await server.start({ maxBufferedBytes: 100 });
    await recording.append(chunkOf("a"));
    const bad = typeof make === "function" ? make() : make;
    await failureOf(recording.append(bad as never));
    await recording.append(chunkOf("b"));
    expect(await recording.finish()).toMatchObject({ chunks: 2 });
    expect(server.arrived.map(({ index, text }) => [index, text])).toEqual([
      ["0", "OggSa"],
      ["1", "OggSb"],
    ]);
  });

  it("of a session id is refused without a request", async () => {
    const server = new RecordingServer();
    expect(await failureOf(server.startElsewhere({}, ""))).toBeInstanceOf(HeidiArgumentError);
    expect(server.steps).toEqual([]);
  });

  it("of the server, a recording without an id, is an error and not a recording", async () => {
    const server = new RecordingServer();
    server.react = () => Response.json({});
    expect(await failureOf(server.start())).toMatchObject({
      operation: "createRecording",
      outcome: "processed",
    });
    expect(SESSION).toContain(PATIENT);
  });
});
