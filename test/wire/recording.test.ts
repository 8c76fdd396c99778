import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RecordingSummary } from "heidi-health-sdk";
import { directoryStore } from "heidi-health-sdk/node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runChild } from "./child.ts";
import { type FaultServer, startFaultServer } from "./harness.ts";
import { answer, ID } from "./script.ts";
import { closeAll, readyUserOf } from "./sdk.ts";

const CHILD = new URL("children/recording.ts", import.meta.url);
const BASE = `/sessions/${ID}/restful-segment-transcription`;
const COUNT = 4;

interface Printed extends RecordingSummary {
  readonly steps: number;
}

let server: FaultServer;
let folder: string;
beforeAll(async () => {
  server = await startFaultServer();
  folder = await mkdtemp(join(tmpdir(), "heidi-recording-"));
});
beforeEach(restart);
afterEach(closeAll);
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function restart(): Promise<void> {
  await server.reset();
  await server.script(
    { path: BASE, steps: [answer({ recording_id: "recording-1" })] },
    // Long enough for a process to die while its requests are answered.
    { path: `${BASE}/*`, steps: [{ do: "wait", ms: 20 }, answer({ is_success: true })] },
  );
}

/** One life of the process that records; undefined when it was killed. */
async function live(spool: string, killAt: number): Promise<Printed | undefined> {
  const { code, stdout, stderr } = await runChild(CHILD, [server.url, spool, ID, String(killAt)]);
  if (stderr !== "") throw new Error(stderr);
  return code === 0 ? (JSON.parse(stdout) as Printed) : undefined;
}

/** The next life, in this process: it appends what was not taken yet, and finishes. */
async function continued(spool: string): Promise<RecordingSummary> {
  const { transcription } = readyUserOf(server.url);
  const store = directoryStore(spool);
  const recording = await transcription.startRecording(ID, { store, keepJournal: true });
  for (let index = recording.nextIndex; index < COUNT; index += 1) {
    await recording.append(new TextEncoder().encode(`OggSchunk ${index}`));
  }
  return recording.finish();
}

/** The chunks that reached the server whole, in order of arrival: their indexes, each checked against its content. */
async function arrived(): Promise<number[]> {
  const requests = await server.requests({ path: `${BASE}/*`, complete: true });
  return requests
    .filter(({ target }) => target.endsWith(":transcribe"))
    .map(({ text }) => {
      const index = /name="index"\r\n\r\n(\d+)\r\n/.exec(text)?.[1];
      expect(text).toContain(`OggSchunk ${index}\r\n`);
      return Number(index);
    });
}

async function expectNothingLost(
  { chunks, uncertain }: RecordingSummary,
  spool: string,
  when: string,
): Promise<void> {
  const indexes = await arrived();
  expect(chunks, when).toBe(COUNT);
  expect([...new Set(indexes)].sort(), when).toEqual([0, 1, 2, 3]);
  const twice = indexes.filter((index, at) => indexes.indexOf(index) !== at);
  expect(uncertain, when).toEqual(expect.arrayContaining(twice));
  // The sound is gone from the disk; what is left is the journal, as was asked for.
  expect(await readdir(spool), when).toEqual(["journal.json"]);
}

describe("a recording whose process is killed", () => {
  it("between any two steps is continued by the next process, with no chunk lost and none doubled untold", async () => {
    for (let killAt = 1; ; killAt += 1) {
      const spool = join(folder, `step-${killAt}`);
      const survived = await live(spool, killAt);
      if (survived) {
        expect(survived).toMatchObject({ chunks: COUNT, uncertain: [], steps: killAt - 1 });
        expect(await arrived()).toHaveLength(COUNT);
        expect(killAt).toBeGreaterThan(3 * COUNT);
        return;
      }
      await expectNothingLost(await continued(spool), spool, `killed at step ${killAt}`);
      const creates = await server.requests({ path: BASE });
      expect(creates, `killed at step ${killAt}`).toHaveLength(1);
      await restart();
    }
  });

  it("in every one of its lives gets to its end all the same", async () => {
    const spool = join(folder, "again-and-again");
    let last: Printed | undefined;
    // Every life gets a little further: a chunk that was sent is noted before the next step is told.
    for (let life = 1; life <= 8 && !last; life += 1) last = await live(spool, 3);
    await expectNothingLost(last ?? (await continued(spool)), spool, "killed in every life");
  });
});
