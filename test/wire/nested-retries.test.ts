import { describe, expect, it } from "vitest";
import { useFaultServer } from "./each.ts";
import type { FaultServer, Step } from "./harness.ts";
import { failureOf, userOf } from "./sdk.ts";

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});

const status = (code: number): Step => ({ do: "respond", status: code, body: "{}" });
const requests = async (path: string): Promise<number> => (await server.requests({ path })).length;

describe("retries within retries", () => {
  it("do not multiply: a failing exchange is not repeated for each attempt of the call [B32]", async () => {
    await server.script({ path: "/jwt", steps: [status(503)] });
    await failureOf(userOf(server.url).templates.list());
    expect(await server.totals()).toMatchObject({ requests: 3 });
  });

  it("do not multiply: a refused token counts as one of the call's attempts [B32]", async () => {
    await server.script(
      { path: "/templates/*", times: 1, steps: [status(401)] },
      { path: "/templates/*", steps: [status(503)] },
    );
    expect(await failureOf(userOf(server.url).templates.list())).toMatchObject({ attempts: 3, status: 503 });
    expect([await requests("/jwt"), await requests("/templates/*")]).toEqual([2, 3]);
  });

  it("are bounded while waiting: looks, times their attempts, and one exchange that serves them all [B32]", async () => {
    await server.script({ path: "/sessions/*", steps: [status(503)] });
    const { clinicalCoding } = userOf(server.url, { maxRetries: 10 });
    let looks = 0;
    const onPoll = (): void => {
      looks += 1;
    };
    const waiting = { intervalMs: 1_000, timeoutMs: 1_500, onPoll };
    await failureOf(clinicalCoding.waitForCodes("1", { coding_system: "ICD-10" }, waiting));
    expect(looks).toBeLessThanOrEqual(4);
    expect(await requests("/sessions/*")).toBeLessThanOrEqual(2 * 4);
    expect(await requests("/jwt")).toBe(1);
  });

  it("are bounded while waiting with a token that is always refused: no look brings a storm of exchanges [B32]", async () => {
    await server.script({ path: "/sessions/*", steps: [status(401)] });
    const { clinicalCoding } = userOf(server.url, { maxRetries: 10 });
    const waiting = { intervalMs: 1_000, timeoutMs: 1_500 };
    await failureOf(clinicalCoding.waitForCodes("1", { coding_system: "ICD-10" }, waiting));
    expect([await requests("/jwt"), await requests("/sessions/*")]).toEqual([2, 2]);
  });
});
