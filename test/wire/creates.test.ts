import fc from "fast-check";
import { HeidiTimeoutError } from "heidi-health-sdk";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type ConnectionLog, type FaultServer, type Rule, type Step, startFaultServer } from "./harness.ts";
import { clientOf, closeAll, failureOf, readyUserOf, SECRET, warmUp, withoutBackoff } from "./sdk.ts";

const JSON_TYPE = { "content-type": "application/json" };
const DONE: Step = { do: "respond", status: 201, headers: JSON_TYPE, body: '{"session_id":"1"}' };
const SESSIONS = { method: "POST", path: "/sessions" } as const;

let server: FaultServer;
beforeAll(async () => {
  server = await startFaultServer();
});
beforeEach(withoutBackoff);
afterEach(async () => {
  vi.restoreAllMocks();
  await closeAll();
  await server.reset();
});
afterAll(() => server.close());

/** Nothing more can arrive: the connection is closed, or all that was begun is complete. */
const isAtRest = ({ closedAtMs, requests }: ConnectionLog): boolean =>
  closedAtMs !== undefined || requests.every((one) => one.completedAtMs !== undefined);

/** What the server does with one try at the create. */
interface Fault {
  readonly name: string;
  readonly steps: readonly Step[];
  /** True when the server says, by a status, that it did not act. */
  readonly refuses?: boolean;
}

const ANSWER = '{"session_id":"1","padding":"xxxxxxxxxxxxxxxx"}';
const HEAD = `HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: ${ANSWER.length}\r\n\r\n`;
const status = (code: number): Fault => ({
  name: `status ${code}`,
  steps: [{ do: "respond", status: code, headers: JSON_TYPE, body: "{}" }],
  refuses: [421, 425, 429].includes(code),
});
const byte = fc.integer({ min: 0, max: HEAD.length + ANSWER.length - 1 });
const ending = fc.constantFrom("rst", "fin", "stall");

const faults: fc.Arbitrary<Fault> = fc.oneof(
  fc.constantFrom(400, 401, 404, 408, 409, 421, 425, 429, 500, 502, 503, 504, 524).map(status),
  // The connection ends, or falls silent, after so many bytes of a good answer.
  fc.tuple(byte, ending).map(([at, end]) => ({
    name: `${end} at answer byte ${at}`,
    steps: [
      { do: "write", data: (HEAD + ANSWER).slice(0, at) },
      { do: "wait", ms: 2 },
      { do: end },
    ] as Step[],
  })),
  fc.constantFrom("SSH-2.0-x\r\n", "HTTP/1.1 999\r\n\r\n", "\0\0\0\0").map((data) => ({
    name: `garbage ${JSON.stringify(data)}`,
    steps: [{ do: "write", data }, { do: "fin" }] as Step[],
  })),
  fc.constant<Fault>({ name: "none", steps: [DONE] }),
);

/** What ends a connection before a byte of a request was answered, or read. */
const earlyEnds: fc.Arbitrary<Try> = ending.map((end) => ({
  when: "accept",
  fault: { name: `${end} on accept`, steps: [{ do: end }] as Step[] },
}));

/** One fault, and when in the arrival of the request it comes: at its header, within its body, or after it. */
interface Try {
  readonly when: NonNullable<Rule["when"]>;
  readonly fault: Fault;
}
const moment = fc.constantFrom<Try["when"]>("head", 1, 20_000, "request", "request", "request");
const tries = fc.oneof(
  { weight: 1, arbitrary: earlyEnds },
  { weight: 5, arbitrary: fc.record({ when: moment, fault: faults }) },
);

const schedules = fc.record({
  reused: fc.boolean(),
  tries: fc.array(tries, { minLength: 1, maxLength: 3 }),
  bodyBytes: fc.constantFrom(0, 10, 50_000),
  maxRetries: fc.constantFrom(0, 2, 5),
});

describe("a create, whatever happens to it", () => {
  const { FAULT_SEED } = process.env;
  const seed = Number(FAULT_SEED ?? Date.now() % 2 ** 31);

  it(`arrives once unless the server refused it (seed ${seed}) [C1]`, async () => {
    await fc.assert(
      fc.asyncProperty(schedules, async ({ reused, tries, bodyBytes, maxRetries }) => {
        await server.reset();
        const clinician = readyUserOf(server.url, { timeoutMs: 120, maxRetries });
        if (reused) await warmUp(clinician);
        const rules = tries.map(
          ({ when, fault: { steps } }): Rule => ({
            ...(when === "accept" ? {} : SESSIONS),
            when,
            times: 1,
            steps,
          }),
        );
        await server.script(...rules, { ...SESSIONS, steps: [DONE] });
        const call = clinician.sessions.create({ ehr_appointment_id: "x".repeat(bodyBytes) });
        const outcome = await call.then(
          () => "done",
          (error: { outcome: string }) => error.outcome,
        );
        await server.until((log) => log.every(isAtRest));

        // The server took the tries in order, one for each create that began to arrive.
        const faced = tries.filter(({ when }) => when !== "accept").map(({ fault }) => fault);
        const creates = await server.requests(SESSIONS);
        const acted = creates.filter(
          (one, index) => one.completedAtMs !== undefined && faced[index]?.refuses !== true,
        );
        expect(acted.length).toBeLessThanOrEqual(1);
        if (outcome === "done" || outcome === "processed") expect(creates.length).toBeGreaterThanOrEqual(1);
        if (outcome === "not-sent") expect(acted).toEqual([]);
      }),
      { seed, numRuns: 60 },
    );
  }, 60_000);

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
    await server.script({ ...SESSIONS, steps: [{ do: "wait", ms: 400 }, DONE] });
    const error = await failureOf(readyUserOf(server.url, { timeoutMs: 100 }).sessions.create({}));
    expect(error).toBeInstanceOf(HeidiTimeoutError);
    expect(error).toMatchObject({ outcome: "unknown", attempts: 1 });
    expect(error.requestMayHaveBeenProcessed).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await server.requests(SESSIONS)).toHaveLength(1);
  });

  it("says in its error what to do when its outcome is unknown [C3]", async () => {
    await server.script({ ...SESSIONS, steps: [{ do: "rst" }] });
    const error = await failureOf(readyUserOf(server.url).sessions.create({ ehr_appointment_id: SECRET }));
    expect(error.message).toMatch(/may have acted/);
    expect(error.message).toMatch(/ehr/);
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
