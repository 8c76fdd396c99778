import { describe, expect, it } from "vitest";
import { durationMs } from "../stopwatch.ts";
import { useFaultServer } from "./each.ts";
import type { FaultServer } from "./harness.ts";
import { clientOf, failureOf, readyUserOf, SECRET, userOf, warmUp } from "./sdk.ts";

const create = { ehr_appointment_id: SECRET };
const OK = { do: "respond", headers: { "content-type": "application/json" }, body: "{}" } as const;

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});

describe("a kept-alive connection that the server gives up", () => {
  const faults = [["rst"], ["fin"]] as const;

  it.each(faults)(
    "by %s on the next request: a create is unknown and arrives once, a read is repeated [B10]",
    async (fault) => {
      await server.script({ path: "/sessions", reused: true, times: 1, steps: [{ do: fault }] });
      const clinician = readyUserOf(server.url);
      await warmUp(clinician);
      const error = await failureOf(clinician.sessions.create(create));
      expect(error).toMatchObject({ outcome: "unknown", attempts: 1 });
      expect(await server.requests({ path: "/sessions" })).toMatchObject([{ index: 1 }]);

      await server.script({ method: "GET", reused: true, times: 1, steps: [{ do: fault }] });
      await warmUp(clinician);
      await clinician.templates.list();
      expect((await server.requests({ method: "GET" })).length).toBe(4);
    },
  );

  it.each(faults)("by %s while idle, seen or not: never a second create [B10]", async (fault) => {
    // The race itself: the fault leaves at the same time as the next request, a little earlier or a little later.
    for (let round = 0; round < 20; round += 1) {
      await server.reset();
      await server.script({ method: "GET", steps: [OK, { do: "wait", ms: round % 5 }, { do: fault }] });
      const clinician = readyUserOf(server.url);
      await warmUp(clinician);
      const call = clinician.sessions.create(create);
      const outcome = await call.then(
        () => "done",
        (error: { outcome: string }) => error.outcome,
      );
      const arrived = await server.requests({ method: "POST", complete: true });
      expect(["done", "unknown"]).toContain(outcome);
      expect(arrived.length).toBeLessThanOrEqual(1);
      if (outcome === "done") expect(arrived).toHaveLength(1);
    }
  });

  it.each(faults)("by %s while idle: a read is repeated on a new one [B10]", async (fault) => {
    for (let round = 0; round < 10; round += 1) {
      await server.reset();
      await server.script({
        reused: false,
        times: 1,
        steps: [OK, { do: "wait", ms: round % 5 }, { do: fault }],
      });
      const clinician = readyUserOf(server.url);
      await warmUp(clinician);
      await clinician.templates.list();
    }
  });

  it("after each answer, as it said: no call notices [B46]", async () => {
    await server.script({ steps: [{ ...OK, headers: { ...OK.headers, connection: "close" } }] });
    const clinician = readyUserOf(server.url);
    for (let count = 0; count < 50; count += 1) await clinician.sessions.create(create);
    await Promise.all(Array.from({ length: 50 }, () => clinician.sessions.create(create)));
    expect(await server.requests({ method: "POST", complete: true })).toHaveLength(100);
    expect(await server.totals()).toMatchObject({ connections: 100 });
  });
});

describe("many calls", () => {
  it("use a bounded number of connections and let go of them [B45]", async () => {
    const heidi = clientOf(server.url, { maxConnections: 20 });
    const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "1" });
    for (let count = 0; count < 10_000; count += 1) await clinician.templates.list();
    const afterOneByOne = await server.totals();
    expect(afterOneByOne).toMatchObject({ requests: 10_001 });
    expect(afterOneByOne.connections).toBeLessThanOrEqual(2);

    const many = Promise.all(Array.from({ length: 500 }, () => clinician.templates.list()));
    expect(await durationMs(many)).toBeLessThan(5_000);
    await many;
    const afterAllAtOnce = await server.totals();
    expect(afterAllAtOnce.requests).toBe(10_501);
    expect(afterAllAtOnce.peakConnections).toBeLessThanOrEqual(20);

    await heidi.close();
    await server.until((log) => log.every((connection) => connection.closedAtMs !== undefined));
  });

  it("of a fresh user share one token exchange and never mix its key with its token", async () => {
    const clinician = userOf(server.url);
    await Promise.all(Array.from({ length: 50 }, () => clinician.templates.list()));
    const exchanges = await server.requests({ path: "/jwt" });
    expect(exchanges).toHaveLength(1);
    expect(Object.keys(exchanges[0]?.headers ?? {})).not.toContain("authorization");
    for (const { headers } of await server.requests({ path: "/templates/*" })) {
      expect(headers["heidi-api-key"]).toBeUndefined();
      expect(headers).toMatchObject({ authorization: expect.stringMatching(/^Bearer jwt-/) });
    }
  });
});
