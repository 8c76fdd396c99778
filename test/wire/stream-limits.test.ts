import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, fetch } from "undici";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type FaultServer, type Respond, startFaultServer } from "./harness.ts";
import { closeAll, readyUserOf } from "./sdk.ts";

const ASK = { ai_command_text: "a", content: "b", content_type: "MARKDOWN" } as const;
const LINE = '{"data":"a"}\n';
const NDJSON = { "content-type": "application/x-ndjson" };
const BEGUN: Respond = { do: "respond", headers: NDJSON, body: LINE.repeat(2), sendOnly: LINE.length };
const LATE_MS = 301_000;

/** undici's own clock, which its tests may move; the SDK and this file load the same copy of it. */
const clock = createRequire(import.meta.url)("undici/lib/util/timers.js") as { tick(ms: number): void };

let server: FaultServer;
beforeAll(async () => {
  server = await startFaultServer();
});
afterEach(async () => {
  await closeAll();
  await server.reset();
});
afterAll(() => server.close());

/** Both of undici's limits are looked at once per tick: one starts what is due, the next one ends it. */
function letFiveMinutesPass(): void {
  clock.tick(1_000);
  clock.tick(LATE_MS);
  clock.tick(1_000);
}

describe("a pause of more than 300 s, after which undici gives up by default", () => {
  it("is what moving undici's clock stands for: its own client does give up [E27]", async () => {
    await server.script({ path: "/head", steps: [{ do: "stall" }] }, { steps: [BEGUN, { do: "stall" }] });
    const dispatcher = new Agent();
    const waiting = fetch(`${server.url}/head`, { dispatcher }).catch((error: Error) => error.cause);
    const { body } = await fetch(`${server.url}/body`, { dispatcher });
    const reader = body?.getReader();
    await reader?.read();
    const cut = reader?.read().catch((error: Error) => error.cause);
    await server.untilRequest({ path: "/head" });
    letFiveMinutesPass();
    expect(await waiting).toMatchObject({ code: "UND_ERR_HEADERS_TIMEOUT" });
    expect(await cut).toMatchObject({ code: "UND_ERR_BODY_TIMEOUT" });
    await dispatcher.destroy();
  });

  it("before the headers ends no call whose timeoutMs is longer [E27]", async () => {
    await server.script({
      steps: [
        { do: "gate", name: "answer" },
        { do: "respond", headers: { "content-type": "application/json" }, body: "[]" },
      ],
    });
    const call = readyUserOf(server.url, { timeoutMs: 600_000 }).templates.list({ maxRetries: 0 });
    const done = call.then(() => "answered");
    await server.untilRequest({ method: "GET" });
    letFiveMinutesPass();
    await server.open("answer");
    expect(await done).toBe("answered");
  });

  it("within a stream ends no stream whose timeoutMs is longer [E27]", async () => {
    const rest = { do: "write", data: LINE } as const;
    await server.script({ steps: [BEGUN, { do: "gate", name: "rest" }, rest] });
    const iterator = readyUserOf(server.url, { timeoutMs: 600_000 })
      .askHeidi.ask("1", ASK)
      [Symbol.asyncIterator]();
    expect(await iterator.next()).toMatchObject({ value: { data: "a" } });
    const second = iterator.next();
    letFiveMinutesPass();
    await server.open("rest");
    expect(await second).toMatchObject({ value: { data: "a" } });
    expect(await iterator.next()).toMatchObject({ done: true });
  });
});

// Fifteen minutes of real waiting, so it only exists where it is asked for.
if (process.env["HEIDI_SLOW_TESTS"] !== undefined) {
  describe("with real time (needs HEIDI_SLOW_TESTS)", () => {
    it(
      "a pause of 301 s before the headers and within a stream is waited for [E27]",
      async () => {
        const wait = { do: "wait", ms: LATE_MS } as const;
        await server.script({ steps: [wait, BEGUN, wait, { do: "write", data: LINE }] });
        const text = readyUserOf(server.url, { timeoutMs: 400_000 }).askHeidi.ask("1", ASK).text();
        await expect(Promise.race([text, sleep(2.5 * LATE_MS)])).resolves.toBe("aa");
      },
      3 * LATE_MS,
    );
  });
}
