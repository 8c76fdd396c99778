import { getEventListeners } from "node:events";
import { HeidiAbortError } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { durationMs } from "../stopwatch.ts";
import { useFaultServer } from "./each.ts";
import type { FaultServer } from "./harness.ts";
import { clientOf, failureOf, noticeRetry, SECRET } from "./sdk.ts";

const identity = { email: "dr@clinic.example", thirdPartyInternalId: "1" };

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});

const allClosed = (): Promise<unknown> =>
  server.until((log) => log.every((connection) => connection.closedAtMs !== undefined));

describe("a signal shared by many calls", () => {
  it("has no listener left after 2,000 of them, however they ended [H3]", async () => {
    await server.script(
      { path: "/sessions/rst", steps: [{ do: "rst" }] },
      { path: "/sessions/404", steps: [{ do: "respond", status: 404, body: "{}" }] },
    );
    const { signal } = new AbortController();
    const { sessions } = clientOf(server.url, { maxConnections: 20, maxRetries: 1 }).forUser(identity);
    for (let count = 0; count < 2_000; count += 50) {
      await Promise.allSettled(
        Array.from({ length: 50 }, (_, index) =>
          sessions.get(["ok", "rst", "404"][index % 3] ?? "ok", { signal }),
        ),
      );
    }
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

describe("an answer that failed", () => {
  it("keeps no connection, though its body was long and nobody read it [H5]", async () => {
    const body = { repeat: SECRET, times: 100_000 };
    await server.script({ path: "/sessions/*", steps: [{ do: "respond", status: 500, body }] });
    const heidi = clientOf(server.url, { maxConnections: 5, maxRetries: 0 });
    const { sessions } = heidi.forUser(identity);
    for (let count = 0; count < 100; count += 10) {
      await Promise.all(Array.from({ length: 10 }, () => failureOf(sessions.get("1"))));
    }
    const { openConnections } = await server.totals();
    expect(openConnections).toBeLessThanOrEqual(5);
    await heidi.close();
    await allClosed();
  });

  it("leaves the connection to the next call when its body was short [H5]", async () => {
    await server.script({
      path: "/sessions/*",
      steps: [{ do: "respond", status: 404, body: '{"detail":"no"}' }],
    });
    const { sessions } = clientOf(server.url, { maxConnections: 1 }).forUser(identity);
    for (let count = 0; count < 100; count += 1) await failureOf(sessions.get("1"));
    expect(await server.totals()).toMatchObject({ connections: 1 });
  });
});

describe("close()", () => {
  it("ends calls under way and idle connections, may be called again, and ends later calls [H6]", async () => {
    await server.script({ path: "/sessions", steps: [{ do: "stall" }] });
    const heidi = clientOf(server.url);
    const clinician = heidi.forUser(identity);
    await Promise.all([clinician.templates.list(), clinician.templates.list()]);
    const call = clinician.sessions.create({});
    const failing = failureOf(call);
    await server.untilRequest({ method: "POST" });

    expect(await durationMs(heidi.close())).toBeLessThan(500);
    const error = await failing;
    expect(error).toBeInstanceOf(HeidiAbortError);
    expect(error).toMatchObject({ outcome: "unknown", attempts: 1 });
    await allClosed();

    await heidi.close();
    expect((await failureOf(clinician.templates.list())).outcome).toBe("not-sent");
    expect(await server.requests({ path: "/templates/*" })).toHaveLength(2);
  });

  it("ends a call that waits for its next try [H6]", async () => {
    await server.script({
      method: "POST",
      steps: [{ do: "respond", status: 429, headers: { "retry-after": "30" } }],
    });
    const { options, waits } = noticeRetry();
    const heidi = clientOf(server.url, options);
    const failing = failureOf(heidi.forUser(identity).sessions.create({}));
    await waits;
    await heidi.close();
    expect(await failing).toMatchObject({ outcome: "rejected", attempts: 1 });
  });

  it("ends a call that waits for its token [H6]", async () => {
    await server.script({ path: "/jwt", steps: [{ do: "stall" }] });
    const heidi = clientOf(server.url);
    const failing = failureOf(heidi.forUser(identity).sessions.create({}));
    await server.untilRequest({ path: "/jwt" });
    await heidi.close();
    expect((await failing).requestMayHaveBeenProcessed).toBe(false);
    await allClosed();
  });

  it("happens by itself at the end of an `await using` block [H6]", async () => {
    const heidi = clientOf(server.url);
    await heidi.forUser(identity).templates.list();
    await heidi[Symbol.asyncDispose]();
    await allClosed();
    expect(await server.requests({ path: "/templates/*" })).toHaveLength(1);
  });
});
