import fc from "fast-check";
import { HeidiTimeoutError } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { ANSWER, DONE, HEAD, play, SESSIONS, schedules } from "./chunk-schedules.ts";
import { useFaultServer } from "./each.ts";
import type { FaultServer, Step } from "./harness.ts";
import { clientOf, failureOf, readyUserOf, SECRET, warmUp } from "./sdk.ts";

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});

describe("a create, whatever happens to it", () => {
  const platformFetch: Fetch = (url, init) => globalThis.fetch(url, init);
  // FAULT_SEED: the seed that a failure reports, to see it again; FAULT_RUNS: more schedules than in every run.
  const { FAULT_SEED, FAULT_RUNS = "60" } = process.env;

  it.each<[string, { fetch?: Fetch }]>([
    ["the SDK's own wire", {}],
    ["the platform's fetch", { fetch: platformFetch }],
  ])(
    "is acted on once, over %s, unless the server refused it [C1]",
    async (_, options) => {
      await fc.assert(
        fc.asyncProperty(schedules, async (schedule) => {
          const { outcome, creates, acted } = await play(server, schedule, options);
          expect(acted.length).toBeLessThanOrEqual(1);
          if (outcome === "done" || outcome === "processed") expect(creates.length).toBeGreaterThanOrEqual(1);
          if (outcome === "not-sent") expect(acted).toEqual([]);
        }),
        { numRuns: Number(FAULT_RUNS), ...(FAULT_SEED === undefined ? {} : { seed: Number(FAULT_SEED) }) },
      );
    },
    90_000,
  );

  it("would be caught by these tests if it were sent again after a reset [C1]", async () => {
    const stubborn: Fetch = (url, init) => platformFetch(url, init).catch(() => platformFetch(url, init));
    const reset = { when: "request", fault: { name: "rst", steps: [{ do: "rst" }] } } as const;
    const schedule = { reused: false, tries: [reset], bodyBytes: 10, maxRetries: 0 };
    expect((await play(server, schedule, { fetch: stubborn })).acted).toHaveLength(2);
  });

  it.each([
    ["first", false],
    ["reused", true],
  ])(
    "arrives at most once for every byte at which the answer can be cut, on a %s connection [C1]",
    async (_, reused) => {
      for (let at = 0; at < HEAD.length + ANSWER.length; at += 7) {
        await server.reset();
        const steps: Step[] = [
          { do: "write", data: (HEAD + ANSWER).slice(0, at) },
          { do: "wait", ms: 2 },
          { do: "rst" },
        ];
        await server.script({ ...SESSIONS, steps });
        const clinician = readyUserOf(server.url);
        if (reused) await warmUp(clinician);
        const error = await failureOf(clinician.sessions.create({ ehr_appointment_id: SECRET }));
        expect(["unknown", "processed"]).toContain(error.outcome);
        if (at < HEAD.indexOf("\r\n\r\n")) expect(error.outcome).toBe("unknown");
        expect(await server.requests({ ...SESSIONS, complete: true })).toHaveLength(1);
      }
    },
  );

  it("is sent once when it times out while the server is at work, and is then unknown [C9]", async () => {
    await server.script({ ...SESSIONS, steps: [{ do: "wait", ms: 1_000 }, DONE] });
    const error = await failureOf(readyUserOf(server.url, { timeoutMs: 500 }).sessions.create({}));
    expect(error).toBeInstanceOf(HeidiTimeoutError);
    expect(error).toMatchObject({ outcome: "unknown", attempts: 1 });
    expect(error.requestMayHaveBeenProcessed).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(await server.requests(SESSIONS)).toHaveLength(1);
  });

  it("says in its error what to do when its outcome is unknown [C3]", async () => {
    await server.script({ ...SESSIONS, steps: [{ do: "rst" }] });
    const error = await failureOf(readyUserOf(server.url).sessions.create({ ehr_appointment_id: SECRET }));
    expect(error.message).toMatch(/may have processed/);
    expect(error.message).toMatch(/EHR id/);
  });

  it("is certain to be done when a 2xx was received, though its body was lost [C10]", async () => {
    await server.script({
      ...SESSIONS,
      steps: [{ ...DONE, sendOnly: 3 } as Step, { do: "wait", ms: 10 }, { do: "rst" }],
    });
    const error = await failureOf(readyUserOf(server.url, { maxRetries: 5 }).sessions.create({}));
    expect(error).toMatchObject({ outcome: "processed", attempts: 1 });
    expect(error.message).toMatch(/succeeded/);
  });

  it("of a user without a token sends nothing when the exchange fails [C1]", async () => {
    await server.script({ path: "/jwt", steps: [{ do: "rst" }] });
    const clinician = clientOf(server.url, { maxRetries: 1 }).forUser({
      email: "a@b.example",
      thirdPartyInternalId: "1",
    });
    const error = await failureOf(clinician.sessions.create({}));
    expect(error.requestMayHaveBeenProcessed).toBe(false);
    expect(await server.requests(SESSIONS)).toEqual([]);
  });
});
