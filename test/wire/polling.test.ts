import { getEventListeners } from "node:events";
import {
  type ClinicalCodesResponse,
  HeidiAbortError,
  HeidiNotFoundError,
  HeidiPollError,
  type HeidiUser,
  type Poller,
  type PollOptions,
} from "heidi-health-sdk";
import { createSandbox } from "heidi-health-sdk/sandbox";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { durationMs, stopwatch } from "../stopwatch.ts";
import { type FaultServer, type Step, startFaultServer } from "./harness.ts";
import { answer, ID, inTurn } from "./script.ts";
import { clientOf, closeAll, failureOf, readyUserOf, SECRET, userOf } from "./sdk.ts";

let server: FaultServer;
beforeAll(async () => {
  server = await startFaultServer();
});
afterEach(async () => {
  await closeAll();
  await server.reset();
});
afterAll(() => server.close());

const CODES = `/sessions/${ID}/clinical-codes`;
const codes = (status: string): Step => answer({ coding_system: "SNOMED-CT", status, entities: [] });
const waitForCodes = (
  clinician: HeidiUser,
  options: PollOptions<ClinicalCodesResponse> = {},
): Poller<ClinicalCodesResponse, ClinicalCodesResponse> =>
  clinician.clinicalCoding.waitForCodes(ID, { coding_system: "SNOMED-CT" }, { intervalMs: 20, ...options });

describe("a wait over the wire", () => {
  it("outlives a 500, a reset, a cut answer and a 429, with one request for each look [F6]", async () => {
    const phases: string[] = [];
    await server.script(
      ...inTurn(
        CODES,
        [answer({}, { status: 500 })],
        [{ do: "rst" }],
        [{ ...codes("READY"), sendOnly: 5 } as Step, { do: "wait", ms: 10 }, { do: "rst" }],
        [answer({}, { status: 429, headers: { "retry-after": "0" } })],
        [codes("PROCESSING")],
        [codes("READY")],
      ),
    );
    const ready = await waitForCodes(readyUserOf(server.url), {
      onPoll: ({ phase }) => phases.push(phase),
    });
    expect(ready.status).toBe("READY");
    expect(phases).toEqual(["retrying", "retrying", "retrying", "retrying", "pending", "ready"]);
    expect(await server.requests({ path: CODES })).toHaveLength(6);
  });

  it("keeps its deadline through an outage, and shows nothing of the patient at its end [F6]", async () => {
    await server.script({ path: CODES, steps: [answer({ detail: SECRET }, { status: 503 })] });
    // Long enough for the first answer on a busy machine.
    const wait = waitForCodes(readyUserOf(server.url), { timeoutMs: 5_000 });
    expect(await durationMs(wait)).toBeLessThan(5_300);
    const error = await failureOf(wait);
    expect(error).toBeInstanceOf(HeidiPollError);
    expect(error).toMatchObject({
      fault: "deadline",
      operation: "getSessionClinicalCodes",
      cause: { status: 503 },
    });
  });

  it("waits as long as an answer that is no refusal asks [F11]", async () => {
    const asking = { headers: { "content-type": "application/json", "retry-after": "1" } };
    await server.script(
      ...inTurn(CODES, [answer({ status: "PROCESSING" }, { status: 202, ...asking })], [codes("READY")]),
    );
    const waiting = waitForCodes(readyUserOf(server.url));
    expect(await durationMs(waiting)).toBeLessThan(1_600);
    await waiting;
    const [first, second] = await server.requests({ path: CODES });
    const delayMs = (second?.startedAtMs ?? 0) - (first?.startedAtMs ?? 0);
    expect(delayMs).toBeGreaterThanOrEqual(990);
  });

  it("ends with the 404 of a session that was there and is gone [F7]", async () => {
    await server.script(...inTurn(CODES, [codes("PROCESSING")], [answer({}, { status: 404 })]));
    expect(await failureOf(waitForCodes(readyUserOf(server.url)))).toBeInstanceOf(HeidiNotFoundError);
    expect(await server.requests({ path: CODES })).toHaveLength(2);
  });

  it("gives a look that hangs its own limit, and closes its connection [F10]", async () => {
    await server.script(...inTurn(CODES, [{ do: "stall" }], [codes("READY")]));
    const ready = await waitForCodes(readyUserOf(server.url), { pollTimeoutMs: 500 });
    expect(ready.status).toBe("READY");
    await server.until((log) => log.some(({ closedBy }) => closedBy?.startsWith("peer") === true));
  });

  it("ends at its deadline although a look hangs [F10]", async () => {
    await server.script({ path: CODES, steps: [{ do: "stall" }] });
    const wait = waitForCodes(readyUserOf(server.url), { timeoutMs: 1_000 });
    expect(await durationMs(wait)).toBeLessThan(1_250);
    expect(await failureOf(wait)).toMatchObject({ fault: "deadline", cause: { name: "HeidiTimeoutError" } });
    expect(await server.requests({ path: CODES })).toHaveLength(1);
  });
});

describe("a wait that is aborted", () => {
  it("during a request ends within 20 ms and takes its connection with it [F9]", async () => {
    await server.script({ path: CODES, steps: [{ do: "stall" }] });
    const controller = new AbortController();
    const failed = failureOf(waitForCodes(readyUserOf(server.url), { signal: controller.signal }));
    await server.untilRequest({ path: CODES });
    const watch = stopwatch();
    controller.abort();
    expect(await failed).toBeInstanceOf(HeidiAbortError);
    expect(watch.ms()).toBeLessThan(20);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    await server.until((log) => log.every(({ closedAtMs }) => closedAtMs !== undefined));
  });

  it("between two looks ends within 20 ms and asks no more [F9]", async () => {
    await server.script({ path: CODES, steps: [codes("PROCESSING")] });
    const controller = new AbortController();
    const looked = server.untilRequest({ path: CODES });
    const wait = waitForCodes(readyUserOf(server.url), { intervalMs: 1_000, signal: controller.signal });
    const failed = failureOf(wait);
    await looked;
    while (wait.state === undefined) await new Promise((soon) => setTimeout(soon, 5));
    const watch = stopwatch();
    controller.abort();
    expect(await failed).toBeInstanceOf(HeidiAbortError);
    expect(watch.ms()).toBeLessThan(20);
    await new Promise((after) => setTimeout(after, 1_200));
    expect(await server.requests({ path: CODES })).toHaveLength(1);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  it("by closing its client ends at once too [F9]", async () => {
    await server.script({ path: CODES, steps: [codes("PROCESSING")] });
    const heidi = clientOf(server.url);
    const clinician = heidi.forUser({ email: "a@b.example", thirdPartyInternalId: "1" });
    const failed = failureOf(waitForCodes(clinician, { intervalMs: 10_000, timeoutMs: 60_000 }));
    await server.untilRequest({ path: CODES });
    await heidi.close();
    expect(await durationMs(failed)).toBeLessThan(100);
    expect(await failed).toBeInstanceOf(HeidiAbortError);
  });
});

describe("a wait that outlives its token", () => {
  it("gets a new one and goes on, when the server refuses the old one [F8]", async () => {
    await server.script(
      ...inTurn(
        CODES,
        [codes("PROCESSING")],
        [answer({}, { status: 401 })],
        [codes("PROCESSING")],
        [codes("READY")],
      ),
    );
    const phases: string[] = [];
    await waitForCodes(userOf(server.url), { onPoll: ({ phase }) => phases.push(phase) });
    expect(phases).toEqual(["pending", "pending", "ready"]);
    expect(await server.requests({ path: "/jwt" })).toHaveLength(2);
    const used = (await server.requests({ path: CODES })).map(({ headers }) => headers["authorization"]);
    expect(new Set(used).size).toBe(2);
    expect(used[1]).not.toBe(used[2]);
  });

  it("never shows a token that has expired meanwhile [F8]", async () => {
    await using sandbox = await createSandbox({ tokenLifetimeMs: 5_000 });
    const heidi = clientOf(sandbox.baseUrl, { apiKey: sandbox.apiKey });
    const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "1" });
    const { session_id = "" } = await clinician.sessions.create();
    const wait = clinician.consultNotes.waitForNote(session_id, { intervalMs: 100, timeoutMs: 6_500 });
    expect(await failureOf(wait)).toMatchObject({ fault: "deadline", outcome: "processed" });
    expect(new Set(sandbox.requests.map(({ status }) => status))).toEqual(new Set([200]));
    expect(sandbox.requests.filter(({ path }) => path.endsWith("/jwt")).length).toBeGreaterThanOrEqual(2);
    await heidi.close();
  });
});
