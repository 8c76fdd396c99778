import { HeidiAbortError, HeidiRateLimitError, HeidiServerError, HeidiTimeoutError } from "heidi-health-sdk";
import { describe, expect, it, vi } from "vitest";
import { durationMs } from "../stopwatch.ts";
import { useFaultServer } from "./each.ts";
import type { FaultServer, Step } from "./harness.ts";
import { clientOf, failureOf, noticeRetry, readyUserOf, SECRET } from "./sdk.ts";

const create = { ehr_appointment_id: SECRET };

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});

const status = (code: number, headers: Record<string, string> = {}): Step => ({
  do: "respond",
  status: code,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify({ detail: { msg: SECRET, type: "SomeError" } }),
});
const arrived = async (): Promise<number> => (await server.totals()).requests;

describe("an answer of failure", () => {
  it.each([[500], [502], [503], [504]])(
    "%d to a read is tried three times, and the error says so [B21]",
    async (code) => {
      await server.script({ steps: [status(code)] });
      const error = await failureOf(readyUserOf(server.url).templates.list());
      expect(error).toBeInstanceOf(HeidiServerError);
      expect(error).toMatchObject({
        status: code,
        attempts: 3,
        outcome: "unknown",
        operation: "listTemplates",
      });
      expect(await arrived()).toBe(3);
    },
  );

  it("to a read is forgotten when a repetition succeeds [B21]", async () => {
    await server.script({ times: 2, steps: [status(503)] });
    await readyUserOf(server.url).templates.list();
    expect(await arrived()).toBe(3);
  });

  it.each([[500], [502], [503], [504]])(
    "%d to a create is final, because the server may have acted [B22]",
    async (code) => {
      await server.script({ steps: [status(code, { "retry-after": "0" })] });
      const error = await failureOf(readyUserOf(server.url).sessions.create(create));
      expect(error).toMatchObject({ status: code, attempts: 1, outcome: "unknown" });
      expect(await arrived()).toBe(1);
    },
  );

  it.each([
    [400, 1, 1],
    [404, 1, 1],
    [408, 3, 1],
    [409, 1, 1],
    [421, 3, 3],
    [422, 1, 1],
    [425, 3, 3],
    [429, 3, 3],
    [499, 1, 1],
    [501, 1, 1],
    [520, 3, 1],
    [521, 3, 1],
    [522, 3, 1],
    [523, 3, 1],
    [524, 3, 1],
  ])("%d is tried %d times for a read and %d times for a create [B47]", async (code, reads, creates) => {
    await server.script({ steps: [status(code)] });
    const clinician = readyUserOf(server.url);
    expect(await failureOf(clinician.templates.list())).toMatchObject({ status: code, attempts: reads });
    expect(await arrived()).toBe(reads);
    expect(await failureOf(clinician.sessions.create(create))).toMatchObject({
      status: code,
      attempts: creates,
    });
    expect(await arrived()).toBe(reads + creates);
  });

  it.each([
    ["update", 1],
    ["deleteDocuments", 3],
  ] as const)("to %s follows the retry class of its operation [C6]", async (method, attempts) => {
    await server.script({ steps: [status(502)] });
    const { sessions, sessionContext } = readyUserOf(server.url);
    const call =
      method === "update" ? sessions.update("1", {}) : sessionContext.deleteDocuments("1", { ids: ["a"] });
    expect(await failureOf(call)).toMatchObject({ attempts, outcome: "unknown" });
    expect(await arrived()).toBe(attempts);
  });

  it("404 to a delete whose first try was lost is shown as it is, with the first try's doubt [C6]", async () => {
    await server.script({ times: 1, steps: [{ do: "rst" }] }, { steps: [status(404)] });
    const error = await failureOf(
      readyUserOf(server.url).sessionContext.deleteDocuments("1", { ids: ["a"] }),
    );
    expect(error).toMatchObject({ status: 404, attempts: 2, outcome: "unknown" });
  });
});

describe("a repeated create", () => {
  it("is not repeated for more retries alone: only for a proof that nothing was done [C4]", async () => {
    await server.script({ steps: [{ do: "rst" }] });
    const error = await failureOf(readyUserOf(server.url).sessions.create(create, { maxRetries: 5 }));
    expect(error).toMatchObject({ attempts: 1, outcome: "unknown" });
    expect(await arrived()).toBe(1);
  });
});

describe("Retry-After", () => {
  it("is waited for to the millisecond before the next try, also of a create [B23]", async () => {
    await server.script({ times: 1, steps: [status(429, { "retry-after": "1" })] });
    const startMs = performance.now();
    const call = readyUserOf(server.url).sessions.create(create);
    expect(await durationMs(call)).toBeLessThan(1_400);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(1_000);
    expect(await arrived()).toBe(2);
  });

  it("of nothing is followed at once, but only as often as allowed [B28]", async () => {
    await server.script({ steps: [status(429, { "retry-after": "0" })] });
    const call = readyUserOf(server.url).sessions.create(create);
    const failing = failureOf(call);
    expect(await durationMs(call)).toBeLessThan(500);
    expect(await failing).toMatchObject({ attempts: 3, outcome: "rejected", retryAfterMs: 0 });
    expect(await arrived()).toBe(3);
  });

  it("of more than a minute is handed to the caller instead of slept through [B26]", async () => {
    await server.script({ steps: [status(429, { "retry-after": "9999999999" })] });
    const error = await failureOf(readyUserOf(server.url).sessions.create(create));
    expect(error).toBeInstanceOf(HeidiRateLimitError);
    expect(error).toMatchObject({ attempts: 1, retryAfterMs: 9_999_999_999_000 });
  });

  it("beyond the deadline fails now, not after the sleep [B27]", async () => {
    await server.script({ steps: [status(429, { "retry-after": "30" })] });
    const call = readyUserOf(server.url).sessions.create(create, { totalTimeoutMs: 5_000 });
    const failing = failureOf(call);
    expect(await durationMs(call)).toBeLessThan(1_000);
    expect(await failing).toMatchObject({ attempts: 1, retryAfterMs: 30_000 });
  });
});

describe("a call that waits for its next try", () => {
  it("settles within 20 ms of an abort, with the caller's reason, and sends nothing more [B29]", async () => {
    await server.script({ steps: [status(429, { "retry-after": "30" })] });
    const abort = new AbortController();
    const { options, waits } = noticeRetry();
    const call = readyUserOf(server.url, options).sessions.create(create, { signal: abort.signal });
    const failing = failureOf(call);
    await waits;
    const reason = new Error("the visit was cancelled");
    const settles = durationMs(call);
    abort.abort(reason);
    expect(await settles).toBeLessThan(20);
    const error = await failing;
    expect(error).toBeInstanceOf(HeidiAbortError);
    expect(error).toMatchObject({ cause: reason, attempts: 1, outcome: "rejected" });
    expect(await arrived()).toBe(1);
  });

  it("that would outlast its deadline ends at once, and says how often it tried and why it failed last [B30]", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    await server.script({ steps: [status(503)] });
    const call = readyUserOf(server.url).templates.list({ totalTimeoutMs: 1_400, maxRetries: 9 });
    const failing = failureOf(call);
    expect(await durationMs(call)).toBeLessThan(1_000);
    const error = await failing;
    expect(error).toBeInstanceOf(HeidiTimeoutError);
    expect(error.cause).toBeInstanceOf(HeidiServerError);
    expect(error).toMatchObject({ attempts: 2, outcome: "unknown", cause: { status: 503 } });
    expect(await arrived()).toBe(2);
  });

  it("ends when its deadline passes within an attempt, and keeps what the attempts before showed [B30]", async () => {
    await server.script({ times: 1, steps: [status(503)] }, { steps: [{ do: "stall" }] });
    const error = await failureOf(readyUserOf(server.url).templates.list({ totalTimeoutMs: 1_000 }));
    expect(error).toBeInstanceOf(HeidiTimeoutError);
    expect(error).toMatchObject({ attempts: 2, outcome: "unknown", cause: { status: 503 } });
  });

  it("understands a Retry-After with spaces around it, which are no part of it [B25]", async () => {
    await server.script({ steps: [{ do: "respond", status: 429, headers: { "retry-after": " 1  " } }] });
    const error = await failureOf(readyUserOf(server.url).templates.list({ maxRetries: 0 }));
    expect(error).toMatchObject({ retryAfterMs: 1_000 });
  });
});

describe("a server that fails every call", () => {
  it("gets no storm of retries: the client's budget ends them, and successes refill it [B31]", async () => {
    await server.script({ path: "/templates/*", times: 1_050, steps: [status(503)] });
    const clinician = clientOf(server.url).forUser({ email: "a@b.example", thirdPartyInternalId: "1" });
    await clinician.token();
    for (let count = 0; count < 1_000; count += 1) await failureOf(clinician.templates.list());
    expect((await server.requests({ path: "/templates/*" })).length).toBe(1_050);

    // All goes well for a while; then a single failure is repeated again.
    for (let count = 0; count < 20; count += 1) await clinician.templates.list();
    await server.script({ times: 1, steps: [status(503)] });
    await clinician.templates.list();
  });
});
