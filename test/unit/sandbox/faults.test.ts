import {
  Heidi,
  HeidiAuthenticationError,
  HeidiBadRequestError,
  HeidiConnectionError,
  HeidiDecodeError,
  type HeidiOptions,
  HeidiRateLimitError,
  HeidiServerError,
  HeidiStreamError,
  HeidiTimeoutError,
  type HeidiUser,
} from "heidi-health-sdk";
import { createSandbox, type Sandbox, type SandboxOptions } from "heidi-health-sdk/sandbox";
import { afterEach, describe, expect, it } from "vitest";
import { doors } from "./listener.ts";

const note = {
  generation_method: "TEMPLATE",
  addition: "",
  voice_style: "GOLDILOCKS",
  brain: "LEFT",
} as const;
const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

interface Bench {
  readonly sandbox: Sandbox;
  readonly user: HeidiUser;
  /** How often an operation was asked for. */
  count(operation: string): number;
}

async function bench(
  door: "http" | "in-process",
  options: HeidiOptions = {},
  sandboxOptions: SandboxOptions = {},
): Promise<Bench> {
  const timings = { parsingMs: 0, transcriptionMs: 0, codingMs: 0 };
  const sandbox = await createSandbox({ streamDelayMs: 0, timings, ...sandboxOptions });
  const way = door === "http" ? {} : { fetch: sandbox.fetch };
  const heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl, ...way, ...options });
  open.push(sandbox, heidi);
  const user = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-1" });
  const count = (operation: string): number =>
    sandbox.requests.filter((entry) => entry.operation === operation).length;
  return { sandbox, user, count };
}

async function withAudio({ user }: Bench): Promise<string> {
  const { session_id } = await user.sessions.create({});
  const id = session_id ?? "";
  await user.transcription.uploadAudio(id, { file: { data: new Uint8Array(10), contentType: "audio/ogg" } });
  return id;
}

async function failure(work: PromiseLike<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe.each(doors)("over the %s door, the SDK", (door) => {
  it("repeats a create that was refused by 429, after the time that Retry-After names", async () => {
    const made = await bench(door);
    const fault = made.sandbox.fault("sessions.create", {
      kind: "status",
      status: 429,
      retryAfterMs: 0,
      times: 2,
    });
    expect((await made.user.sessions.create({})).session_id).toMatch(/^\d{37,39}$/);
    expect([fault.hits, made.count("createSession")]).toEqual([2, 3]);
    expect(made.sandbox.state().users[0]?.sessions).toHaveLength(1);
  });

  it("tells how long to wait when a 429 outlasts its tries", async () => {
    const made = await bench(door, { maxRetries: 0 });
    made.sandbox.fault("sessions.create", { kind: "status", status: 429, retryAfterMs: 7000 });
    const error = await failure(made.user.sessions.create({}));
    expect(error).toBeInstanceOf(HeidiRateLimitError);
    expect(error).toMatchObject({ retryAfterMs: 7000, outcome: "rejected", type: "TooManyRequestsError" });
  });

  it("never repeats a create whose answer is a 500, and leaves open whether it happened", async () => {
    const made = await bench(door);
    made.sandbox.fault("sessions.create", { kind: "status", status: 500, processed: true });
    const error = await failure(made.user.sessions.create({}));
    expect(error).toBeInstanceOf(HeidiServerError);
    expect(error).toMatchObject({ outcome: "unknown", attempts: 1 });
    expect(made.sandbox.state().users[0]?.sessions).toHaveLength(1);
  });

  it("repeats a read that fails with 503", async () => {
    const made = await bench(door);
    const fault = made.sandbox.fault("listTemplates", { kind: "status", status: 503, retryAfterMs: 0 });
    expect((await made.user.templates.list()).data).not.toEqual([]);
    expect(fault.hits).toBe(1);
  });

  it("ends an attempt whose answer takes longer than `timeoutMs`", async () => {
    const made = await bench(door, { maxRetries: 0 });
    await made.user.templates.list();
    made.sandbox.fault("templates.list", { kind: "latency", latencyMs: 60_000 });
    const error = await failure(made.user.templates.list({ timeoutMs: 50 }));
    expect(error).toBeInstanceOf(HeidiTimeoutError);
  });

  it("repeats a read whose connection was reset before anything was done", async () => {
    const made = await bench(door);
    made.sandbox.fault("templates.list", { kind: "reset", when: "before" });
    expect((await made.user.templates.list()).data).not.toEqual([]);
    expect(made.sandbox.requests.map(({ faults }) => faults.join())).toEqual(["", "reset", ""]);
  });

  it("does not repeat a create whose connection was reset after it was done", async () => {
    const made = await bench(door);
    made.sandbox.fault("sessions.create", { kind: "reset", when: "after" });
    const error = await failure(made.user.sessions.create({}));
    expect(error).toBeInstanceOf(HeidiConnectionError);
    expect(error).toMatchObject({ outcome: "unknown", attempts: 1 });
    expect(made.sandbox.state().users[0]?.sessions).toHaveLength(1);
    expect(made.sandbox.requests.at(-1)).toMatchObject({ status: undefined, disconnected: true });
  });

  it("keeps the note's text when its stream breaks off", async () => {
    const made = await bench(door);
    const id = await withAudio(made);
    made.sandbox.fault("consultNotes.generate", { kind: "truncate", afterPieces: 2 });
    const error = await failure(made.user.consultNotes.generate(id, note).text());
    expect(error).toBeInstanceOf(HeidiStreamError);
    expect(error).toMatchObject({ fault: "truncated", partialText: "## Subjective\n\n" });
    expect((await made.user.sessions.get(id)).consult_note).toBeUndefined();
  });

  it.each([
    ["cut", "truncated"],
    ["malformed", "malformed"],
  ] as const)("tells a stream that is %s by its fault", async (kind, fault) => {
    const made = await bench(door);
    const id = await withAudio(made);
    made.sandbox.fault("askHeidi", { kind, afterPieces: 1 });
    const asked = made.user.askHeidi.ask(id, {
      ai_command_text: "plan?",
      content: "",
      content_type: "MARKDOWN",
    });
    expect(await failure(asked.text())).toMatchObject({
      name: "HeidiStreamError",
      fault,
      partialText: "From ",
    });
  });

  it("ends a stream that stalls, and the sandbox sees it go", async () => {
    const made = await bench(door);
    const id = await withAudio(made);
    made.sandbox.fault("consultNotes.generate", { kind: "stall", afterPieces: 1 });
    const error = await failure(made.user.consultNotes.generate(id, note, { timeoutMs: 1_000 }).text());
    expect(error).toMatchObject({ name: "HeidiStreamError", fault: "stalled", partialText: "## " });
    await expect.poll(() => made.sandbox.requests.at(-1)?.disconnected).toBe(true);
  });

  it("repeats a read whose answer broke off, and refuses one that is not JSON", async () => {
    const made = await bench(door);
    const fault = made.sandbox.fault("templates.list", { kind: "truncate" });
    expect((await made.user.templates.list()).data).not.toEqual([]);
    expect(fault.hits).toBe(1);
    made.sandbox.fault("templates.list", { kind: "malformed", times: 9 });
    expect(await failure(made.user.templates.list())).toBeInstanceOf(HeidiDecodeError);
  });

  it("gets a new token when its token is revoked, and repeats the request once", async () => {
    const made = await bench(door);
    made.sandbox.fault("sessions.create", { kind: "token", token: "revoked" });
    expect((await made.user.sessions.create({})).session_id).toBeDefined();
    expect([made.count("getJwt"), made.count("createSession")]).toEqual([2, 2]);
  });

  it("gives up when every token is taken for expired", async () => {
    const made = await bench(door);
    made.sandbox.fault("sessions.create", { kind: "token", token: "expired", times: 9 });
    expect(await failure(made.user.sessions.create({}))).toBeInstanceOf(HeidiAuthenticationError);
    expect(made.count("createSession")).toBe(2);
  });

  it("is held back by a server that reads slowly, and uploads all the same", async () => {
    const made = await bench(door, {}, { clock: { now: () => Date.now(), sleep: async () => {} } });
    const { session_id } = await made.user.sessions.create({});
    made.sandbox.fault("transcription.uploadAudio", { kind: "slow-reader", chunkDelayMs: 50 });
    const data = new Uint8Array(300_000);
    await made.user.transcription.uploadAudio(session_id ?? "", { file: { data, contentType: "audio/ogg" } });
    expect(made.sandbox.requests.at(-1)).toMatchObject({ status: 200, faults: ["slow-reader"] });
  });

  it("ends an upload that the server does not take", async () => {
    const made = await bench(door, { maxRetries: 0 });
    const { session_id } = await made.user.sessions.create({});
    made.sandbox.fault("transcription.uploadAudio", { kind: "slow-reader", chunkDelayMs: 60_000 });
    const data = new Uint8Array(20_000_000);
    const file = { data, contentType: "audio/ogg" };
    const upload = made.user.transcription.uploadAudio(session_id ?? "", { file }, { timeoutMs: 100 });
    expect(await failure(upload)).toBeInstanceOf(HeidiTimeoutError);
  });
});

describe("which requests a fault befalls", () => {
  async function statuses(rule: Parameters<Sandbox["fault"]>[1], count: number, seed = 1): Promise<string> {
    const made = await bench("in-process", { maxRetries: 0 }, { seed });
    await made.user.templates.list();
    made.sandbox.fault("templates.list", rule);
    let seen = "";
    for (let at = 0; at < count; at += 1)
      seen += (await failure(made.user.templates.list())) === undefined ? "." : "x";
    return seen;
  }

  it("is the next one, unless the rule names a number", async () => {
    expect(await statuses({ kind: "status", status: 400 }, 3)).toBe("x..");
    expect(await statuses({ kind: "status", status: 400, skip: 2, times: 3 }, 7)).toBe("..xxx..");
  });

  it("follows from the seed where a probability is given", async () => {
    const rule = { kind: "status", status: 400, probability: 0.5 } as const;
    const first = await statuses(rule, 40);
    expect(first).toMatch(/x/);
    expect(first).toMatch(/\./);
    expect(await statuses(rule, 40)).toBe(first);
    expect(await statuses(rule, 40, 2)).not.toBe(first);
  });

  it("ends with `remove()` and with `reset()`", async () => {
    const made = await bench("in-process", { maxRetries: 0 });
    const fault = made.sandbox.fault("*", { kind: "status", status: 400, times: Number.POSITIVE_INFINITY });
    expect(await failure(made.user.templates.list())).toBeInstanceOf(HeidiBadRequestError);
    fault.remove();
    await made.user.templates.list();
    made.sandbox.fault("*", { kind: "status", status: 400 });
    made.sandbox.reset();
    await made.user.templates.list();
    expect(fault.hits).toBe(1);
  });

  it("lets slowness come before a failure, and keeps a second failure for the next request", async () => {
    const made = await bench("in-process", { maxRetries: 0 });
    await made.user.templates.list();
    made.sandbox.fault("*", { kind: "latency", latencyMs: 1 });
    made.sandbox.fault("*", { kind: "status", status: 400 });
    made.sandbox.fault("*", { kind: "reset", when: "before" });
    await failure(made.user.templates.list());
    await failure(made.user.templates.list());
    expect(made.sandbox.requests.slice(2).map(({ faults }) => faults.join())).toEqual([
      "latency,status",
      "reset",
    ]);
  });
});

describe("a fault that makes no sense", () => {
  it.each([
    ["sessions.creat", { kind: "reset", when: "before" }, "Did you mean `sessions.create`?"],
    ["dentistry.drill", { kind: "reset", when: "before" }, "no operation of that name: use a method's name"],
    ["generateConsultNotes", { kind: "reset", when: "before" }, "Did you mean `generateConsultNote`?"],
    [7, { kind: "reset", when: "before" }, "`sessions.create`, an operationId, or `*`"],
    ["*", undefined, "`fault` must be an object"],
    ["*", { kind: "explode" }, "`fault.kind` must be one of"],
    ["*", { kind: "status", status: 200 }, "`fault.status` must be an integer from 400 to 599"],
    ["*", { kind: "reset" }, '`fault.when` must be one of "before", "after"'],
    ["*", { kind: "latency", latencyMs: -1 }, "`fault.latencyMs` must be an integer from 0"],
    [
      "*",
      { kind: "latency", latencyMs: 1, probability: 2 },
      "`fault.probability` must be a number from 0 to 1",
    ],
    ["*", { kind: "latency", latencyMs: 1, status: 500 }, "only these fields: latencyMs, times, skip"],
  ])("is refused: %j %j", async (operation, rule, reason) => {
    const { sandbox } = await bench("in-process");
    const attempt = (): unknown => sandbox.fault(operation as string, rule as never);
    expect(attempt).toThrow(expect.objectContaining({ name: "HeidiArgumentError" }));
    expect(attempt).toThrow(reason);
  });
});
