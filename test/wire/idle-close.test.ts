import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { HeidiUser } from "heidi-health-sdk";
import { afterEach, describe, expect, it } from "vitest";
import { closeAll, readyUserOf, warmUp } from "./sdk.ts";

const SERVER = fileURLToPath(new URL("children/impatient-server.mjs", import.meta.url));
const children: ChildProcess[] = [];

/** Starts a server that closes what was idle for `idleMs`, over a line with a round trip of `delayMs`. */
async function start(idleMs: number, delayMs: number, hintSeconds = 0): Promise<string> {
  const args = [idleMs, delayMs, hintSeconds].map(String);
  const child = spawn(process.execPath, [SERVER, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return String(line).trim();
}

interface Count {
  readonly connections: number;
  readonly creates: number;
}

const count = (clinician: HeidiUser): PromiseLike<Count> => clinician.request<Count>("GET", "/count");

async function outcomeOf(call: PromiseLike<unknown>): Promise<string> {
  try {
    await call;
    return "done";
  } catch (error) {
    return String(Reflect.get(Object(error), "outcome"));
  }
}

afterEach(async () => {
  await closeAll();
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

describe("a server that closes idle connections", () => {
  it("after 5 s, as uvicorn does, 80 ms away: no create is lost in its closing [R37]", async () => {
    const url = await start(5_000, 80);
    const idleMs = [3_800, 4_300, 4_700, 4_860, 4_900, 4_940, 4_980, 5_000, 5_040, 5_300];
    const outcomes = await Promise.all(
      // Clients of their own: what one has learned of the server must not help another.
      Array.from({ length: 200 }, async (_, index) => {
        const clinician = readyUserOf(url);
        await warmUp(clinician);
        await sleep((idleMs[index % idleMs.length] ?? 0) + (index % 7) * 5);
        return outcomeOf(clinician.sessions.create());
      }),
    );
    expect(outcomes.filter((outcome) => outcome !== "done")).toEqual([]);
    const { creates } = await count(readyUserOf(url));
    expect(creates).toBe(200);
  });

  it("after 1 s: what was seen of it counts from then on [R37]", async () => {
    const url = await start(1_000, 80);
    const clinician = readyUserOf(url);
    await warmUp(clinician);
    await sleep(2_000); // its close is seen
    const outcomes: string[] = [];
    for (let index = 0; index < 12; index += 1) {
      await warmUp(clinician);
      await sleep(860 + index * 15);
      outcomes.push(await outcomeOf(clinician.sessions.create()));
    }
    expect(outcomes.filter((outcome) => outcome !== "done")).toEqual([]);
  });

  it("later than it is asked again: polls keep their connection, and so do creates that come at once [R37]", async () => {
    const url = await start(60_000, 0);
    const clinician = readyUserOf(url);
    await warmUp(clinician);
    for (let index = 0; index < 3; index += 1) await clinician.sessions.create();
    await sleep(4_500);
    expect(await count(clinician)).toMatchObject({ connections: 1, creates: 3 });
    await sleep(4_500);
    expect(await count(clinician)).toMatchObject({ connections: 1 });
  });

  it("and says when: a create takes a connection as long as the server keeps it [R37]", async () => {
    const url = await start(30_000, 0, 30);
    const clinician = readyUserOf(url);
    await warmUp(clinician);
    await sleep(4_500);
    await clinician.sessions.create();
    expect(await count(clinician)).toMatchObject({ connections: 1, creates: 1 });
  });

  it("has as many connections open after a create as before it [R37]", async () => {
    const url = await start(60_000, 0);
    const clinician = readyUserOf(url);
    await warmUp(clinician);
    await sleep(4_100);
    await clinician.sessions.create();
    await sleep(50);
    expect(await count(clinician)).toMatchObject({ connections: 2, creates: 1 });
  });
});
