import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type FaultServer, startFaultServer } from "../wire/harness.ts";
import { closeAll, readyUserOf, warmUp } from "../wire/sdk.ts";
import { openSlowLine, type SlowLine } from "../wire/slow-line.ts";
import { hasNginx, type Nginx, startNginx } from "./nginx.ts";

const CLIENTS = 120;
const ROUND_TRIP_MS = 80;

let server: FaultServer;
let nginx: Nginx | undefined;
let line: SlowLine | undefined;

beforeAll(async () => {
  server = await startFaultServer();
});
afterEach(async () => {
  await closeAll();
  line?.close();
  await nginx?.close();
  await server.reset();
});
afterAll(() => server.close());

describe.skipIf(!hasNginx)("nginx that closes idle connections, 80 ms away (needs nginx)", () => {
  it.each([
    ["keepalive_timeout 5s;", 5_000],
    // With the second value it says so: `Keep-Alive: timeout=2`.
    ["keepalive_timeout 2s 2s;", 2_000],
  ])("by `%s` loses no create in that, and gets each once [R37]", async (directive, lifeMs) => {
    nginx = await startNginx({ upstreamPort: server.port, directives: [directive] });
    line = await openSlowLine({ port: Number(new URL(nginx.url).port), delayMs: ROUND_TRIP_MS });
    const url = `http://127.0.0.1:${line.port}`;
    const outcomes = await Promise.all(
      // Clients of their own: what one has learned of the proxy must not help another.
      Array.from({ length: CLIENTS }, async (_, index) => {
        const clinician = readyUserOf(url);
        await warmUp(clinician);
        // Around the moment when the proxy's end crosses the request, and some well before.
        await sleep(index % 6 === 0 ? lifeMs * 0.75 : lifeMs - 160 + ((index * 7) % 200));
        return clinician.sessions.create().then(
          () => "done",
          (error: unknown) => String(Reflect.get(Object(error), "outcome")),
        );
      }),
    );
    expect(outcomes.filter((outcome) => outcome !== "done")).toEqual([]);
    expect(await server.requests({ method: "POST", complete: true })).toHaveLength(CLIENTS);
  });
});
