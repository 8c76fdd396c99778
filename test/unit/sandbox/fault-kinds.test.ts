import { Heidi, type HeidiUser } from "heidi-health-sdk";
import { createSandbox, type FaultRule, type Sandbox } from "heidi-health-sdk/sandbox";
import { describe, expect, it } from "vitest";
import { faultKinds } from "../../../src/sandbox/faults/check.ts";
import { doors } from "./door.ts";

type Kind = FaultRule["kind"];

interface Case {
  readonly rule: FaultRule;
  readonly operation: string;
  /** What the user does; its result or its error is what is looked at. */
  act(user: HeidiUser, id: string): PromiseLike<unknown>;
  /** What the SDK makes of it: an error, or a result in spite of the fault. */
  readonly seen: Readonly<Record<string, unknown>> | "a result";
  /** How often the operation was asked for. */
  readonly requests: number;
  /** How many sessions there are afterwards, beside the one with the recording. */
  readonly sessions?: number;
}

const note = { generation_method: "TEMPLATE", addition: "", voice_style: "BRIEF", brain: "LEFT" } as const;
const list = (user: HeidiUser) => user.templates.list();
const create = (user: HeidiUser) => user.sessions.create({});
const write = (user: HeidiUser, id: string) => user.consultNotes.generate(id, note).text();
const hurriedWrite = (user: HeidiUser, id: string) =>
  user.consultNotes.generate(id, note, { timeoutMs: 1_000 }).text();
const file = { data: new Uint8Array(8_000_000), contentType: "audio/ogg" };
const upload = (user: HeidiUser, id: string) =>
  user.transcription.uploadAudio(id, { file }, { timeoutMs: 1_000, maxRetries: 0 });

const reading = { operation: "templates.list", act: list } as const;
const creating = { operation: "sessions.create", act: create } as const;
const writing = { operation: "consultNotes.generate", act: write, requests: 1 } as const;
const streamError = (fault: string) => ({ name: "HeidiStreamError", fault, partialText: "## " });

/** By the kind of fault: the compiler asks for a new kind's cases here, and so does the first test. */
const cases: Readonly<Record<Kind, readonly Case[]>> = {
  latency: [
    {
      rule: { kind: "latency", latencyMs: 600_000 },
      operation: "templates.list",
      act: (user) => user.templates.list({ timeoutMs: 500, maxRetries: 0 }),
      seen: { name: "HeidiTimeoutError", outcome: "unknown" },
      requests: 1,
    },
    { rule: { kind: "latency", latencyMs: 5 }, ...reading, seen: "a result", requests: 1 },
  ],
  status: [
    {
      rule: { kind: "status", status: 429, retryAfterMs: 0, times: 2 },
      ...creating,
      seen: "a result",
      requests: 3,
      sessions: 1,
    },
    {
      rule: { kind: "status", status: 429, retryAfterMs: 600_000 },
      operation: "sessions.create",
      act: (user) => user.sessions.create({}, { maxRetries: 0 }),
      seen: { name: "HeidiRateLimitError", status: 429, retryAfterMs: 600_000, outcome: "rejected" },
      requests: 1,
      sessions: 0,
    },
    { rule: { kind: "status", status: 503, retryAfterMs: 0 }, ...reading, seen: "a result", requests: 2 },
    {
      rule: { kind: "status", status: 500, processed: true },
      ...creating,
      seen: { name: "HeidiServerError", status: 500, outcome: "unknown", attempts: 1 },
      requests: 1,
      sessions: 1,
    },
    {
      rule: { kind: "status", status: 403, type: "PlanError", msg: "No such plan" },
      ...reading,
      seen: { name: "HeidiPermissionError", type: "PlanError", detail: "No such plan" },
      requests: 1,
    },
  ],
  reset: [
    { rule: { kind: "reset", when: "before" }, ...reading, seen: "a result", requests: 2 },
    {
      rule: { kind: "reset", when: "before" },
      ...creating,
      seen: { name: "HeidiConnectionError", outcome: "unknown" },
      requests: 1,
      sessions: 0,
    },
    {
      rule: { kind: "reset", when: "after" },
      ...creating,
      seen: { name: "HeidiConnectionError", outcome: "unknown" },
      requests: 1,
      sessions: 1,
    },
  ],
  truncate: [
    { rule: { kind: "truncate", afterPieces: 1 }, ...writing, seen: streamError("truncated") },
    { rule: { kind: "truncate" }, ...reading, seen: "a result", requests: 2 },
  ],
  cut: [{ rule: { kind: "cut", afterPieces: 1 }, ...writing, seen: streamError("truncated") }],
  malformed: [
    { rule: { kind: "malformed", afterPieces: 1 }, ...writing, seen: streamError("malformed") },
    {
      rule: { kind: "malformed", times: 9 },
      ...reading,
      seen: { name: "HeidiDecodeError" },
      requests: 1,
    },
  ],
  stall: [
    {
      rule: { kind: "stall", afterPieces: 1 },
      ...writing,
      act: hurriedWrite,
      seen: streamError("stalled"),
    },
  ],
  token: [
    { rule: { kind: "token", token: "expired" }, ...creating, seen: "a result", requests: 2, sessions: 1 },
    { rule: { kind: "token", token: "revoked" }, ...creating, seen: "a result", requests: 2, sessions: 1 },
    {
      rule: { kind: "token", token: "revoked", times: 9 },
      ...creating,
      seen: { name: "HeidiAuthenticationError", status: 401, outcome: "rejected" },
      requests: 2,
      sessions: 0,
    },
  ],
  "slow-reader": [
    {
      rule: { kind: "slow-reader", chunkDelayMs: 60_000 },
      operation: "transcription.uploadAudio",
      act: upload,
      seen: { name: "HeidiTimeoutError" },
      // The one before recorded the consult.
      requests: 2,
    },
    {
      rule: { kind: "slow-reader", chunkDelayMs: 1 },
      operation: "transcription.uploadAudio",
      act: (user, id) => user.transcription.uploadAudio(id, { file: { ...file, data: new Uint8Array(1e5) } }),
      seen: "a result",
      requests: 2,
    },
  ],
};

it("has a case for every kind of fault", () => {
  expect(Object.keys(cases).sort()).toEqual([...faultKinds].sort());
  for (const [kind, list] of Object.entries(cases)) {
    expect(list.length, kind).toBeGreaterThan(0);
    for (const { rule } of list) expect(rule.kind).toBe(kind);
  }
});

const deployments = ["spec", "documented"] as const;
const everywhere = doors.flatMap((door) => deployments.map((deployment) => ({ door, deployment })));
const titled = Object.values(cases)
  .flat()
  .map((one) => ({ title: `${one.operation} ${JSON.stringify(one.rule)}`, one }));

describe.each(everywhere)("over the $door door, the $deployment deployment", ({ door, deployment }) => {
  it.each(titled)("shows the SDK $title", async ({ one }) => {
    await using sandbox: Sandbox = await createSandbox({
      deployment,
      streamDelayMs: 0,
      timings: { parsingMs: 0, transcriptionMs: 0, codingMs: 0 },
    });
    const way = door === "http" ? {} : { fetch: sandbox.fetch };
    await using heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl, ...way });
    const user = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-1" });
    const { session_id: id = "" } = await user.sessions.create({});
    await user.transcription.uploadAudio(id, { file: { ...file, data: new Uint8Array(9) } });
    const before = count(sandbox, "sessions.create");
    const fault = sandbox.fault(one.operation, one.rule);
    const [result, error] = await Promise.resolve(one.act(user, id)).then(
      (value: unknown) => [value, undefined],
      (reason: unknown) => [undefined, reason],
    );
    if (one.seen === "a result") expect(error).toBeUndefined();
    else expect(error).toMatchObject(one.seen);
    if (one.seen === "a result") expect(result).toBeDefined();
    expect(fault.hits).toBeGreaterThan(0);
    const asked = count(sandbox, one.operation);
    expect(asked - (one.operation === "sessions.create" ? before : 0)).toBe(one.requests);
    const struck = sandbox.requests.filter(({ faults }) => faults.includes(one.rule.kind));
    expect(struck).toHaveLength(fault.hits);
    if (one.sessions !== undefined) expect(sandbox.state().users[0]?.sessions).toHaveLength(1 + one.sessions);
  });
});

function count({ requests }: Sandbox, operation: string): number {
  return requests.filter(({ name }) => name === operation).length;
}
