import type { Logger, LogLevel } from "heidi-health-sdk";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { clinicianOn } from "../arguments/support.ts";

const SECRET = "canary-4711";

/** The names of all that a log line may ever say. Adding one is a decision about patients' privacy. */
const ALLOWED = [
  "responseBytes",
  "attempt",
  "code",
  "delayMs",
  "durationMs",
  "error",
  "method",
  "operation",
  "outcome",
  "requestId",
  "sentBytes",
  "status",
  "template",
];
const LEVELS = ["debug", "info", "warn", "error"] as const;

interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

function recorder(): { logger: Logger; lines: Line[] } {
  const lines: Line[] = [];
  const at =
    (level: string): Logger["debug"] =>
    (message, fields, ...more: unknown[]) => {
      expect(more).toEqual([]);
      lines.push({ level, message, fields });
    };
  return { lines, logger: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") } };
}

beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A read that fails twice and succeeds, a create that fails, and a body that is no JSON. */
async function someCalls(logger: Partial<Logger> | undefined, logLevel: LogLevel | undefined): Promise<void> {
  let reads = 0;
  const { clinician } = clinicianOn(
    ({ method, url }) => {
      const headers = { "x-request-id": "req-1", "set-cookie": SECRET, server: SECRET };
      if (method === "POST") return new Response(SECRET, { status: 500, headers });
      if (url.includes("transcript")) return new Response(SECRET, { headers });
      reads += 1;
      return reads < 3
        ? new Response(SECRET, { status: 503, headers })
        : Response.json({ a: SECRET }, { headers });
    },
    { logger, logLevel, headers: { "x-trace": SECRET } },
  );
  await clinician.sessions.get(SECRET);
  await clinician.sessions.create({ ehr_appointment_id: SECRET }).catch(() => undefined);
  await clinician.transcription.getLive(SECRET).catch(() => undefined);
  await clinician.request("GET", `/${SECRET}`, { query: { a: SECRET } });
}

describe("a log line", () => {
  it("says only what is on the list: no URL, header, query or body, and paths as templates [I3]", async () => {
    const { logger, lines } = recorder();
    await someCalls(logger, "debug");
    for (const { message, fields } of lines) {
      expect(message).toMatch(/^heidi: [a-z ]+$/);
      expect(ALLOWED).toEqual(expect.arrayContaining(Object.keys(fields)));
      for (const value of Object.values(fields))
        expect(["string", "number", "undefined"]).toContain(typeof value);
    }
    expect(JSON.stringify(lines)).not.toContain(SECRET);
    expect(lines.map(({ message }) => message)).toEqual(
      expect.arrayContaining(["heidi: response", "heidi: retry", "heidi: failed"]),
    );
    expect(lines[0]?.fields).toEqual({
      operation: "getSession",
      method: "GET",
      template: "/sessions/{session_id}",
      attempt: 1,
      status: 503,
      durationMs: expect.any(Number),
      requestId: "req-1",
    });
    expect(lines.at(-1)?.fields).toMatchObject({ operation: "request", template: "(custom path)" });
  });

  it("holds no body and no header at any setting: there is no option for it [I4]", async () => {
    const { logger, lines } = recorder();
    const wishes = { logBodies: true, logBody: true, logHeaders: true, debug: true, verbose: true };
    const { clinician } = clinicianOn(() => Response.json({ a: SECRET }), {
      logger,
      logLevel: "debug",
      ...wishes,
    });
    await clinician.sessions.update("1", { patient: { name: SECRET } }, wishes as object);
    expect(lines.length).toBeGreaterThan(0);
    expect(JSON.stringify(lines)).not.toContain(SECRET);
    expect(() => clinicianOn(undefined, { logger, logLevel: "trace" as LogLevel })).toThrow(/logLevel/);
  });

  it.each([
    ["off", []],
    ["error", ["error"]],
    ["warn", ["error", "warn"]],
    ["info", ["error", "info", "warn"]],
    ["debug", ["debug", "error", "info", "warn"]],
  ] as [LogLevel, string[]][])(
    "is not written below the level %s, nor by default [I3]",
    async (level, allowed) => {
      const { logger, lines } = recorder();
      await someCalls(logger, level);
      expect(allowed).toEqual(expect.arrayContaining([...new Set(lines.map((line) => line.level))]));
      const silent = recorder();
      await someCalls(silent.logger, undefined);
      expect(silent.lines).toEqual([]);
    },
  );
});

describe("a logger", () => {
  const throwing = (): never => {
    throw new Error("the logger broke");
  };
  const all = (write: () => unknown): Logger =>
    Object.fromEntries(LEVELS.map((level) => [level, write])) as unknown as Logger;

  it.each<[string, unknown]>([
    ["throws", all(throwing)],
    ["rejects", all(() => Promise.reject(new Error("the logger broke")))],
    ["is asynchronous and never ends", all(() => new Promise(() => {}))],
    ["has no methods", {}],
    ["has methods that are none", { debug: 1, info: null, warn: "warn", error: undefined }],
    ["throws when it is looked at", new Proxy({}, { get: throwing })],
    [
      "changes what it is given",
      all(((_: string, fields: Record<string, unknown>) => {
        fields["operation"] = 1;
      }) as () => unknown),
    ],
    [
      "counts on its `this`",
      new (class {
        count = 0;
        debug() {
          this.count += 1;
        }
        info() {
          this.count += 1;
        }
        warn() {
          this.count += 1;
        }
        error() {
          this.count += 1;
        }
      })(),
    ],
  ])("that %s never breaks a call [I6]", async (_, logger) => {
    await expect(someCalls(logger as Logger, "debug")).resolves.toBeUndefined();
  });
});
