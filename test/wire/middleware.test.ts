import { createConnection } from "node:net";
import type { Middleware } from "heidi-health-sdk";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { closedPort, type FaultServer, startFaultServer } from "./harness.ts";
import { closeAll, failureOf, readyUserOf, withoutBackoff } from "./sdk.ts";

let server: FaultServer;
let refusing: number;
beforeAll(async () => {
  server = await startFaultServer();
  refusing = await closedPort();
});
beforeEach(withoutBackoff);
afterEach(async () => {
  vi.restoreAllMocks();
  await closeAll();
  await server.reset();
});
afterAll(() => server.close());

/** A connection of the middleware's own, to a service that is down. */
const reportElsewhere = (): Promise<void> =>
  new Promise((_, reject) => void createConnection(refusing, "127.0.0.1").once("error", reject));

describe("a middleware of the user's", () => {
  it("whose own connection is refused after the answer came does not make a create look not-sent [C1]", async () => {
    const audit: Middleware = async (request, next) => {
      const response = await next(request);
      await reportElsewhere();
      return response;
    };
    const error = await failureOf(readyUserOf(server.url, { middleware: [audit] }).sessions.create({}));
    expect(error.requestMayHaveBeenProcessed).toBe(true);
    expect(await server.requests({ method: "POST" })).toHaveLength(1);
  });

  it("that sends twice, the second time in vain, does not make the first one look not-sent [C1]", async () => {
    await server.script({ method: "POST", steps: [{ do: "rst" }] });
    const failOver: Middleware = async (request, next) => {
      try {
        return await next(request);
      } catch {
        return await next({ ...request, url: `http://127.0.0.1:${refusing}/sessions` });
      }
    };
    const error = await failureOf(readyUserOf(server.url, { middleware: [failOver] }).sessions.create({}));
    expect(error.requestMayHaveBeenProcessed).toBe(true);
    expect(await server.requests({ method: "POST" })).toHaveLength(1);
  });

  it.each([401, 429])(
    "that sends once more and is answered with %i, has no create sent a third time [C1]",
    async (status) => {
      await server.script(
        { method: "POST", times: 1, steps: [{ do: "rst" }] },
        { method: "POST", steps: [{ do: "respond", status, headers: {}, body: "{}" }] },
      );
      const again: Middleware = (request, next) => next(request).catch(() => next(request));
      const error = await failureOf(readyUserOf(server.url, { middleware: [again] }).sessions.create({}));
      expect(error.outcome).toBe("unknown");
      expect(await server.requests({ method: "POST" })).toHaveLength(2);
    },
  );

  it("that fails before it sends leaves a create not-sent", async () => {
    const refuse: Middleware = () => Promise.reject(new Error("not today"));
    const error = await failureOf(readyUserOf(server.url, { middleware: [refuse] }).sessions.create({}));
    expect(error.outcome).toBe("not-sent");
    expect(await server.requests()).toEqual([]);
  });
});
