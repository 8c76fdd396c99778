import fc from "fast-check";
import { HeidiArgumentError, HeidiUploadError, type RecordingSummary } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { chunkOf, DiskDouble, RecordingServer, reset, SESSION, status } from "./recording-support.ts";

/** Thrown wherever the process dies: nothing that it was doing goes on. */
class Death extends Error {}

const COUNT = 4;

/** What a worker does, before and after a crash: it appends what was not taken yet, and finishes. */
async function work(server: RecordingServer, disk: DiskDouble): Promise<RecordingSummary> {
  const recording = await server.startElsewhere({ store: disk, concurrency: 2, keepJournal: true });
  for (let index = recording.nextIndex; index < COUNT; index += 1)
    await recording.append(chunkOf(`chunk ${index}`));
  return recording.finish();
}

/** One life that ends at the given step of the disk or of the server, and one that does not. */
async function crashAt(
  step: number,
): Promise<{ server: RecordingServer; disk: DiskDouble; summary: RecordingSummary; died: boolean }> {
  const server = new RecordingServer();
  let steps = 0;
  let isDead = false;
  let onDeath = (): void => {};
  const death = new Promise<void>((resolve) => {
    onDeath = resolve;
  });
  const mortal = new DiskDouble();
  const die = (): void => {
    steps += 1;
    if (steps > step) isDead = true;
    if (!isDead) return;
    onDeath();
    throw new Death("killed");
  };
  mortal.onChange = die;
  // Before it is answered, every request has arrived; whether the answer did is the question.
  server.react = () => {
    if (isDead) return new Promise<never>(() => undefined);
    try {
      die();
      return undefined;
    } catch {
      return new Promise<never>(() => undefined);
    }
  };
  const life = work(server, mortal).then(
    () => "done",
    () => "failed",
  );
  // Nothing of the dead process takes more than turns of the event loop.
  const quiet = death.then(async () => {
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    return "hung";
  });
  const ended = await Promise.race([life, quiet]);
  const arrivedBefore = server.steps.length;
  const next = new DiskDouble();
  next.journal = mortal.journal;
  for (const [index, bytes] of mortal.chunks) next.chunks.set(index, bytes);
  server.react = () => undefined;
  expect(server.steps.length).toBe(arrivedBefore);
  return { server, disk: next, died: ended !== "done", summary: await work(server, next) };
}

describe("a recording that crashed at any step", () => {
  it("is continued without losing a chunk, and doubles none that it does not tell", async () => {
    let isAlive = false;
    for (let step = 0; step < 80 && !isAlive; step += 1) {
      const { server, disk, summary, died } = await crashAt(step);
      isAlive = !died;
      if (isAlive) break;
      const sent = server.steps.filter((one) => /^\d+$/.test(one));
      expect(new Set(sent).size, `died at step ${step}`).toBe(COUNT);
      expect(summary.chunks).toBe(COUNT);
      const twice = [...new Set(sent.filter((index, at) => sent.indexOf(index) !== at))].map(Number);
      expect(summary.uncertain, `died at step ${step}`).toEqual(expect.arrayContaining(twice));
      for (const { index, text } of server.arrived) expect(text).toBe(`OggSchunk ${index}`);
      expect(disk.chunks.size).toBe(0);
      expect(disk.journal).toContain('"finished"');
    }
    expect(isAlive).toBe(true);
  });
});

describe("continuing a recording", () => {
  const interrupted = async (): Promise<{ server: RecordingServer; disk: DiskDouble }> => {
    const server = new RecordingServer();
    const disk = new DiskDouble();
    server.react = (step, index) => (step === "transcribe" && index !== "0" ? status(400) : undefined);
    const recording = await server.start({ store: disk, concurrency: 1 });
    await recording.append(chunkOf("a"));
    await recording.append(chunkOf("b"));
    await recording.finish().catch(() => undefined);
    await recording.abort();
    server.react = () => undefined;
    return { server, disk };
  };

  it("goes on under the same id, sends what is missing, and takes the next chunk under the next index", async () => {
    const { server, disk } = await interrupted();
    const recording = await server.start({ store: disk });
    expect(recording.id).toBe("recording-1");
    expect(recording.nextIndex).toBe(2);
    await recording.append(chunkOf("c"));
    expect(await recording.finish()).toEqual({ recording_id: "recording-1", chunks: 3, uncertain: [] });
    expect(server.steps.filter((step) => step === "create")).toHaveLength(1);
    expect(server.arrived.map(({ index, text }) => index + text).sort()).toEqual([
      "0OggSa",
      "1OggSb",
      "2OggSc",
    ]);
  });

  it("tells what was uncertain before it", async () => {
    const server = new RecordingServer();
    server.time.draws = [1];
    const disk = new DiskDouble();
    server.react = (step) => (step === "transcribe" ? reset() : undefined);
    const first = await server.start({ store: disk, retryForMs: 1 });
    await first.append(chunkOf("a"));
    await server.time.run(first.finish().catch(() => undefined));
    await first.abort();
    server.react = () => undefined;
    const second = await server.start({ store: disk });
    expect(await second.finish()).toMatchObject({ chunks: 1, uncertain: [0] });
  });

  it("keeps no name of a patient, of a file or of the session in its journal", async () => {
    const { disk } = await interrupted();
    expect(disk.journal).not.toContain(SESSION);
    expect(JSON.parse(disk.journal ?? "")).toEqual({
      version: 1,
      session: expect.stringMatching(/^[0-9a-f]{8}$/),
      recording_id: "recording-1",
      phase: "open",
      chunks: [
        { state: "acknowledged", type: "audio/ogg" },
        { state: "stored", type: "audio/ogg" },
      ],
    });
  });

  it("of a finished recording sends nothing, takes nothing, and empties the store", async () => {
    const { server, disk } = await interrupted();
    disk.journal = disk.journal?.replace('"open"', '"finished"').replace('"stored"', '"acknowledged"');
    const recording = await server.start({ store: disk });
    const steps = [...server.steps];
    await expect(recording.append(chunkOf("late"))).rejects.toBeInstanceOf(HeidiUploadError);
    expect(await recording.finish()).toMatchObject({ chunks: 2 });
    expect(server.steps).toEqual(steps);
    expect(disk.journal).toBeUndefined();
    expect(disk.chunks.size).toBe(0);
  });

  it('after an unanswered request to finish takes "there is none" for an answer', async () => {
    const { server, disk } = await interrupted();
    disk.journal = disk.journal?.replace('"open"', '"finishing"');
    server.react = (step) => (step === "finish" ? status(404) : undefined);
    expect(await (await server.start({ store: disk })).finish()).toMatchObject({ chunks: 2 });
  });

  it("is refused for another session, and the first one's chunks stay", async () => {
    const { server, disk } = await interrupted();
    const other = server.startElsewhere({ store: disk }, "another-session");
    await expect(other).rejects.toMatchObject({ argument: "store", outcome: "not-sent" });
    expect(disk.chunks.size).toBe(1);
  });

  it.each([
    ["of another version", (journal: string) => journal.replace('"version":1', '"version":2')],
    ["that is no JSON", () => "{"],
    ["that is null", () => "null"],
    ["without an id", (journal: string) => journal.replace("recording-1", "")],
    ["with an unknown phase", (journal: string) => journal.replace('"open"', '"closed"')],
    ["with an unknown state", (journal: string) => journal.replace('"stored"', '"lost"')],
    ["without its chunks", (journal: string) => journal.replace(/"chunks":.*/, '"chunks":{}}')],
    ["that knows too few chunks", (journal: string) => journal.replace(/"chunks":.*/, '"chunks":[]}')],
  ])("is refused with a journal %s", async (_, change) => {
    const { server, disk } = await interrupted();
    disk.journal = change(disk.journal ?? "");
    const steps = [...server.steps];
    await expect(server.start({ store: disk })).rejects.toBeInstanceOf(HeidiArgumentError);
    expect(server.steps).toEqual(steps);
  });

  it("is refused when chunks are there without a journal, or missing beside one", async () => {
    const { server, disk } = await interrupted();
    const { journal } = disk;
    disk.journal = undefined;
    await expect(server.start({ store: disk })).rejects.toBeInstanceOf(HeidiArgumentError);
    disk.journal = journal?.replace('"stored"', '"sent"');
    disk.chunks.clear();
    await expect(server.start({ store: disk })).rejects.toBeInstanceOf(HeidiArgumentError);
  });

  it("is refused with any damage to its journal, or is the same recording", async () => {
    const { server, disk } = await interrupted();
    const { journal = "" } = disk;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(journal.length - 1),
        fc.string({ minLength: 0, maxLength: 3 }),
        async (at, text) => {
          const copy = new DiskDouble();
          copy.journal = journal.slice(0, at) + text + journal.slice(at + 1);
          copy.chunks.set(1, chunkOf("b"));
          server.react = () => new Promise(() => undefined);
          const outcome = await server.startElsewhere({ store: copy }).catch((error: unknown) => error);
          if (outcome instanceof Error) expect(outcome).toBeInstanceOf(HeidiArgumentError);
          else await (outcome as { abort(): Promise<void> }).abort();
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("a store that fails", () => {
  it("takes no chunk, tells no path, and the recording goes on when it works again", async () => {
    const server = new RecordingServer();
    const disk = new DiskDouble();
    const recording = await server.start({ store: disk });
    await recording.append(chunkOf("a"));
    disk.onChange = (what) => {
      if (what === "before put 1")
        throw Object.assign(new Error("ENOSPC: /spool/karen"), {
          code: "ENOSPC",
          syscall: "write",
          path: "/spool/karen",
        });
    };
    const error = await recording.append(chunkOf("b")).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(HeidiUploadError);
    expect(JSON.stringify(error) + String((error as Error).cause)).not.toContain("karen");
    disk.onChange = () => undefined;
    await recording.append(chunkOf("c"));
    expect(await recording.finish()).toMatchObject({ chunks: 2 });
    expect(server.arrived.map(({ text }) => text).sort()).toEqual(["OggSa", "OggSc"]);
  });
});
