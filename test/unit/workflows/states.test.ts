import { HeidiPollError } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import type { PollState } from "../../../src/workflows/polling/types.ts";
import { Scene, sightOf } from "./support.ts";

describe("the states of a wait", () => {
  const collect = async (states: AsyncIterable<PollState<string>>): Promise<(string | undefined)[]> => {
    const seen: (string | undefined)[] = [];
    for await (const { status } of states) seen.push(status);
    return seen;
  };

  it("come one by one, the final one included", async () => {
    const scene = new Scene(["PENDING", "PROCESSING", "READY"]);
    expect(await scene.time.run(collect(scene.wait()))).toEqual(["PENDING", "PROCESSING", "READY"]);
  });

  it("end with the error that the wait ended with, after the state that led to it", async () => {
    const scene = new Scene(["PENDING", "FAILED"]);
    const wait = scene.wait();
    const seen: unknown[] = [];
    const failing = (async () => {
      for await (const { phase } of wait) seen.push(phase);
    })().catch((error: unknown) => error);
    expect(await scene.time.run(failing)).toBeInstanceOf(HeidiPollError);
    expect(seen).toEqual(["pending", "failed"]);
  });

  it("never come from two looks at a time, however many follow", async () => {
    let under = 0;
    const scene = new Scene(async (look) => {
      under += 1;
      expect(under).toBe(1);
      await scene.time.sleep(3_000);
      under -= 1;
      return look === 3 ? "READY" : "PENDING";
    });
    const wait = scene.wait();
    const all = Promise.all([wait, wait, collect(wait), collect(wait)]);
    const [, , ...states] = await scene.time.run(all);
    expect(states).toEqual([
      ["PENDING", "PENDING", "READY"],
      ["PENDING", "PENDING", "READY"],
    ]);
    expect(scene.looksAtMs).toHaveLength(3);
  });

  it("hold back further looks while their consumer is busy, and after a break", async () => {
    const scene = new Scene(["PENDING", "PENDING", "READY"]);
    const wait = scene.wait();
    const first = async (): Promise<void> => {
      for await (const _ of wait) break;
    };
    await scene.time.run(first());
    await scene.time.pass(20_000);
    expect(scene.looksAtMs).toEqual([0]);
    expect(scene.time.pending).toBe(0);
    await scene.time.run(wait);
    expect(scene.looksAtMs).toEqual([0, 20_000, 21_000]);
  });

  it("allow one more look when the deadline passed while nobody followed", async () => {
    const scene = new Scene(["PENDING", "READY"]);
    const wait = scene.wait({ timeoutMs: 5_000 });
    await scene.time.run(wait[Symbol.asyncIterator]().next());
    await scene.time.pass(60_000);
    expect(await scene.time.run(wait)).toBe(sightOf("READY").answer);
    expect(scene.requests[1]?.timeoutMs).toBe(1_000);
  });
});
