import * as sdk from "heidi-health-sdk";
import { Heidi, HeidiError, isHeidiError, type LogLevel } from "heidi-health-sdk";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { freePort } from "../free-port.ts";
import { canary, leakIn, renderingsOf, watchOutput } from "./canaries.ts";
import { type FaultServer, startFaultServer } from "./harness.ts";
import { type Leak, leaks, removeFiles, type Stage } from "./leaks.ts";
import { withoutBackoff } from "./sdk.ts";

let server: FaultServer;
let refusingUrl: string;
beforeAll(async () => {
  server = await startFaultServer();
  refusingUrl = `http://127.0.0.1:${await freePort()}`;
});
const output = watchOutput();
beforeEach(withoutBackoff);
afterEach(async () => {
  vi.restoreAllMocks();
  await server.reset();
});
afterAll(async () => {
  removeFiles();
  await server.close();
});

interface Outcome {
  readonly error: unknown;
  /** All that was logged, rendered. */
  readonly logged: string[];
}

async function play({ rules = [], run }: Leak, logLevel: LogLevel, logger?: sdk.Logger): Promise<Outcome> {
  await server.script(...rules);
  const logged: string[] = [];
  const note = (...args: unknown[]): void => {
    logged.push(...args.flatMap((arg) => renderingsOf(arg)));
  };
  const options = {
    baseUrl: server.url,
    timeoutMs: 500,
    maxRetries: 1,
    headers: { "x-trace": canary.header },
    logLevel,
    logger: logger ?? { debug: note, info: note, warn: note, error: note },
  };
  const heidi = new Heidi({ ...options, apiKey: canary.key });
  const user = heidi.forUser({ email: canary.email, thirdPartyInternalId: canary.internalId });
  const clinician = Heidi.withToken(canary.jwt, options);
  const stage: Stage = { url: server.url, refusingUrl, options, heidi, user, clinician };
  try {
    await run(stage);
  } catch (error) {
    return { error, logged };
  } finally {
    await Promise.all([heidi.close(), clinician.close()]);
  }
  throw new Error("the call succeeded although it had to fail");
}

const seen = new Set<string>();

describe("nobody's secret is in what can be seen of an error", () => {
  it.each(leaks.map((leak) => [leak.name, leak] as const))("after %s [I1]", async (_, leak) => {
    const { error, logged } = await play(leak, "debug");
    if (!isHeidiError(error)) throw error;
    seen.add(error.name);
    if (leak.own) expect(error.cause).toBe(leak.own);
    expect(renderingsOf(error).map(leakIn).filter(Boolean)).toEqual([]);
    expect(logged.map(leakIn).filter(Boolean)).toEqual([]);
    expect(output.lines.map(leakIn).filter(Boolean)).toEqual([]);
  });

  it("and every class of error was among them [I1]", () => {
    // Not by instanceof, which asks for the mark that every instance has.
    const extendsError = (value: unknown): boolean =>
      typeof value === "function" && (value === HeidiError || extendsError(Object.getPrototypeOf(value)));
    const classes = Object.values<unknown>(sdk).filter(
      (value) => value !== HeidiError && extendsError(value),
    ) as {
      readonly name: string;
    }[];
    expect(classes.length).toBeGreaterThan(15);
    expect(classes.map(({ name }) => name).filter((name) => !seen.has(name))).toEqual([]);
  });

  it("and this test would find one: as text, bytes, base64, in a cause, a list or a hidden field", () => {
    const hidden = (value: unknown) => Object.defineProperty(new Error("a"), "hidden", { value });
    const found = [
      new Error(canary.key),
      new Error("a", { cause: { deep: [{ er: canary.key }] } }),
      new AggregateError([new Error("a"), canary.key]),
      hidden(canary.key.toUpperCase()),
      hidden(Buffer.from(canary.key)),
      hidden(new Uint8Array(Buffer.from(`12${canary.key}`))),
      hidden(Buffer.from(`x${canary.key}`).toString("base64")),
      Object.defineProperty(new Error("a"), Symbol("b"), { value: new Map([[1, canary.key]]) }),
    ];
    for (const error of found) expect(renderingsOf(error).some((text) => leakIn(text))).toBe(true);
  });
});

describe("nobody's secret is in a log, at any level", () => {
  const some = leaks.filter(({ name }) =>
    [
      "a create whose answer is status 503",
      "a read whose answer is cut in its body",
      "an exchange whose answer is status 401",
      "a stream that is malformed",
      "an upload whose answer is reset",
      "waiting for codes that failed",
    ].includes(name),
  );

  it.each(["off", "error", "warn", "info", "debug"] as const)(
    "%s, with the console as its logger [I1] [I3]",
    async (level) => {
      for (const leak of some) await play(leak, level, console);
      expect(output.lines.map(leakIn).filter(Boolean)).toEqual([]);
      if (level === "off") expect(output.lines).toEqual([]);
      if (level === "debug") expect(output.lines.length).toBeGreaterThan(some.length);
    },
  );

  it("debug, of calls that succeed [I1] [I3]", async () => {
    const lines: string[] = [];
    const note = (...args: unknown[]): void => {
      lines.push(...args.flatMap((arg) => renderingsOf(arg)));
    };
    const logger = { debug: note, info: note, warn: note, error: note };
    const heidi = new Heidi({ apiKey: canary.key, baseUrl: server.url, logger, logLevel: "debug" });
    const user = heidi.forUser({ email: canary.email, thirdPartyInternalId: canary.internalId });
    await user.sessions.update(canary.sessionId, { patient: { name: canary.patient } });
    await user.request("GET", `/sessions/${canary.sessionId}`, { query: { name: canary.query } });
    await heidi.close();
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.map(leakIn).filter(Boolean)).toEqual([]);
  });
});
