import { HeidiArgumentError } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import type { SerializedPoller } from "../../../src/workflows/polling/types.ts";
import { CANARY, Scene } from "./support.ts";

/** A wait that was saved after its second look, 4 s in, as another process reads it. */
async function saved(): Promise<SerializedPoller> {
  const scene = new Scene(["PENDING"]);
  const wait = scene.wait({ intervalMs: 4_000 });
  const states = wait[Symbol.asyncIterator]();
  await scene.time.run(states.next());
  await scene.time.run(states.next());
  return JSON.parse(JSON.stringify(wait)) as SerializedPoller;
}

describe("a saved wait", () => {
  it("holds how far it was, and neither an id nor anything of a patient", async () => {
    const record = await saved();
    expect(record).toMatchObject({ version: 1, wait: "transcript", polls: 2, elapsedMs: 4_000 });
    expect(JSON.stringify(record)).not.toContain(CANARY);
  });

  it("goes on with what is left of its time, wherever its clock stands", async () => {
    const scene = new Scene(["PENDING"]);
    scene.time.ms = 1e9;
    const error = await scene.failureOf({ resume: await saved(), timeoutMs: 10_000, intervalMs: 1_000 });
    expect(error).toMatchObject({ fault: "deadline", elapsedMs: 9_000 });
    expect(scene.looksAtMs[0]).toBe(1e9);
    expect(scene.looksAtMs.at(-1)).toBe(1e9 + 5_000);
  });

  it("is never written from what was not one: no value of the caller's comes out", () => {
    const broken = { polls: CANARY, elapsedMs: [CANARY] } as unknown as SerializedPoller;
    const throwing = Object.defineProperty({}, "resume", {
      enumerable: true,
      get: () => {
        throw new Error(CANARY);
      },
    });
    for (const options of [{ resume: broken }, throwing]) {
      const record = JSON.stringify(new Scene(["PENDING"]).wait(options));
      expect(record).not.toContain(CANARY);
      expect(JSON.parse(record)).toMatchObject({ polls: 0, elapsedMs: 0 });
    }
  });

  it("looks once although its time was over", async () => {
    const scene = new Scene(["READY"]);
    const resume = { ...(await saved()), elapsedMs: 99_999 };
    expect(await scene.time.run(scene.wait({ resume, timeoutMs: 10_000 }))).toBeDefined();
    const pending = new Scene(["PENDING"]);
    expect(await pending.failureOf({ resume, timeoutMs: 10_000 })).toMatchObject({ fault: "deadline" });
    expect(pending.looksAtMs).toHaveLength(1);
  });

  it("spreads its first look, for many are resumed at once", async () => {
    const scene = new Scene(["READY"]);
    scene.time.draws = [0.5];
    await scene.time.run(scene.wait({ resume: await saved() }));
    expect(scene.looksAtMs).toEqual([500]);
  });

  it.each<[string, Partial<Record<keyof SerializedPoller, unknown>>]>([
    ["another version", { version: 2 }],
    ["another kind", { wait: "document" }],
    ["another session", { subject: "00000000" }],
    ["negative time", { elapsedMs: -1 }],
    ["no number of looks", { polls: "2" }],
    ["a number that is none", { elapsedMs: Number.NaN }],
  ])("of %s is refused before any request", async (_, change) => {
    const scene = new Scene(["READY"]);
    const error = await scene.failureOf({ resume: { ...(await saved()), ...change } as SerializedPoller });
    expect(error).toBeInstanceOf(HeidiArgumentError);
    expect(error).toMatchObject({ argument: "resume" });
    expect(scene.looksAtMs).toEqual([]);
  });

  it("of one patient is refused for another", async () => {
    const scene = new Scene(["READY"]);
    scene.key.push("other");
    expect(await scene.failureOf({ resume: await saved() })).toMatchObject({ argument: "resume" });
  });
});
