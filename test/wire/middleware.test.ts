import { createConnection } from "node:net";
import { inspect } from "node:util";
import type { Middleware } from "heidi-health-sdk";
import { beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../free-port.ts";
import { useFaultServer } from "./each.ts";
import type { FaultServer } from "./harness.ts";
import { failureOf, readyUserOf, SECRET } from "./sdk.ts";

let server: FaultServer;
let refusing: number;
useFaultServer((started) => {
  server = started;
});
beforeAll(async () => {
  refusing = await freePort();
});

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

  it("sees that a connection broke, and no byte of what broke it [B17] [I10]", async () => {
    await server.script({
      method: "POST",
      steps: [{ do: "write", data: `${SECRET}\r\n\r\n` }, { do: "fin" }],
    });
    const seen: unknown[] = [];
    const wrapping: Middleware = async (request, next) => {
      try {
        return await next(request);
      } catch (cause) {
        seen.push(cause);
        throw new Error("the call failed", { cause });
      }
    };
    const error = await failureOf(readyUserOf(server.url, { middleware: [wrapping] }).sessions.create({}));
    expect(inspect([error, seen], { depth: Infinity, showHidden: true })).not.toContain(SECRET);
    expect(seen).toMatchObject([{ name: "HTTPParserError" }]);
    expect(error.outcome).toBe("unknown");
  });

  it("that hands such a fault on changes nothing: what was not sent is tried again [C1]", async () => {
    const attempts: number[] = [];
    const plain: Middleware = (request, next, { attempt }) => {
      attempts.push(attempt);
      return next(request);
    };
    const away = readyUserOf(`http://127.0.0.1:${refusing}`, { middleware: [plain] });
    const error = await failureOf(away.sessions.create({}));
    expect(error).toMatchObject({ name: "HeidiConnectionError", outcome: "not-sent", attempts: 3 });
    expect(attempts).toEqual([1, 2, 3]);
  });
});
