import fc from "fast-check";
import type { HeidiOptions } from "heidi-health-sdk";
import type { ConnectionLog, FaultServer, RequestLog, Rule, Step } from "./harness.ts";
import { readyUserOf, warmUp } from "./sdk.ts";

const JSON_TYPE = { "content-type": "application/json" };
export const SESSIONS = { method: "POST", path: "/sessions" } as const;
export const DONE: Step = { do: "respond", status: 201, headers: JSON_TYPE, body: '{"session_id":"1"}' };

/** Nothing more can arrive: the connection is closed, or all that was begun is complete. */
const isAtRest = ({ closedAtMs, requests }: ConnectionLog): boolean =>
  closedAtMs !== undefined || requests.every((one) => one.completedAtMs !== undefined);

/** What the server does with one try at the create. */
export interface Fault {
  readonly name: string;
  readonly steps: readonly Step[];
  /** True when the server says, by a status, that it did not act. */
  readonly refuses?: boolean;
}

export const ANSWER = '{"session_id":"1","padding":"xxxxxxxxxxxxxxxx"}';
export const HEAD: string = `HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: ${ANSWER.length}\r\n\r\n`;
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
export interface Try {
  readonly when: NonNullable<Rule["when"]>;
  readonly fault: Fault;
}
const moment = fc.constantFrom<Try["when"]>("head", 1, 20_000, "request", "request", "request");
const tries = fc.oneof(
  { weight: 1, arbitrary: earlyEnds },
  { weight: 5, arbitrary: fc.record({ when: moment, fault: faults }) },
);

/** All that happens to one create. */
export interface Schedule {
  /** The first try goes out on a connection that has served a request before. */
  readonly reused: boolean;
  readonly tries: readonly Try[];
  readonly bodyBytes: number;
  readonly maxRetries: number;
}

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  reused: fc.boolean(),
  tries: fc.array(tries, { minLength: 1, maxLength: 3 }),
  bodyBytes: fc.constantFrom(0, 10, 50_000),
  maxRetries: fc.constantFrom(0, 2, 5),
});

/** What became of the create, as its caller saw it and as the server's log shows it. */
export interface Played {
  readonly outcome: string;
  readonly creates: readonly RequestLog[];
  /** Those that arrived whole and that the server did not refuse. */
  readonly acted: readonly RequestLog[];
}

export async function play(
  server: FaultServer,
  schedule: Schedule,
  options: Pick<HeidiOptions, "fetch">,
): Promise<Played> {
  const { reused, tries, bodyBytes, maxRetries } = schedule;
  await server.reset();
  const clinician = readyUserOf(server.url, { ...options, timeoutMs: 120, maxRetries });
  if (reused) await warmUp(clinician);
  const rules = tries.map(
    ({ when, fault: { steps } }): Rule => ({ ...(when === "accept" ? {} : SESSIONS), when, times: 1, steps }),
  );
  await server.script(...rules, { ...SESSIONS, steps: [DONE] });
  const outcome = await clinician.sessions.create({ ehr_appointment_id: "x".repeat(bodyBytes) }).then(
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
  return { outcome, creates, acted };
}
