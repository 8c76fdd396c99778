import {
  HeidiApiError,
  type HeidiError,
  isHeidiError,
  type Middleware,
  type MiddlewareContext,
} from "heidi-health-sdk";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BASE_URL, clinicianOn } from "../arguments/support.ts";

const SECRET = "canary-4711";

beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0);
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function failureOf(call: PromiseLike<unknown>): Promise<HeidiError> {
  const error: unknown = await Promise.resolve(call).catch((reason: unknown) => reason);
  if (isHeidiError(error)) return error;
  throw new Error("the call did not fail as it had to");
}

describe("the server's id of a request", () => {
  it.each([["x-request-id"], ["request-id"], ["x-amzn-requestid"], ["x-amz-cf-id"], ["cf-ray"]])(
    "in %s is on the error, on the answer and in JSON [I7]",
    async (name) => {
      const headers = { [name]: "0af7-6519/cd43" };
      const failing = clinicianOn(() => new Response("{}", { status: 404, headers }));
      const error = await failureOf(failing.clinician.sessions.get("1"));
      expect(error.requestId).toBe("0af7-6519/cd43");
      expect(JSON.parse(JSON.stringify(error))).toMatchObject({ requestId: "0af7-6519/cd43" });
      const { clinician } = clinicianOn(() => Response.json({}, { headers }));
      expect((await clinician.sessions.get("1").withResponse()).requestId).toBe("0af7-6519/cd43");
    },
  );

  it.each([
    ["of an answer that is no JSON", () => new Response("{", { headers: { "x-request-id": "r-1" } })],
    [
      "of a body that broke",
      () => {
        const body = new ReadableStream({ pull: () => Promise.reject(new Error("gone")) });
        return new Response(body, { headers: { "x-request-id": "r-1" } });
      },
    ],
  ])("%s is on the error [I7]", async (_, answer) => {
    const { clinician } = clinicianOn(answer, { maxRetries: 0 });
    expect((await failureOf(clinician.sessions.get("1"))).requestId).toBe("r-1");
  });

  it("of a stream that broke is on the error [I7]", async () => {
    const { clinician } = clinicianOn(() => new Response("{", { headers: { "x-request-id": "r-1" } }));
    const body = { ai_command_text: "a", content: "a", content_type: "MARKDOWN" } as const;
    expect((await failureOf(clinician.askHeidi.ask("1", body).text())).requestId).toBe("r-1");
  });

  it.each([[`patient ${SECRET}`], ["x".repeat(129)], [`<b>${SECRET}</b>`], [""]])(
    "is not taken from what has not the form of one, %j [I7]",
    async (value) => {
      const { clinician } = clinicianOn(
        () => new Response("{}", { status: 404, headers: { "x-request-id": value } }),
      );
      expect((await failureOf(clinician.sessions.get("1"))).requestId).toBeUndefined();
    },
  );
});

describe("a middleware", () => {
  it("sees the request as it leaves, and beside it what may be logged of it [I10]", async () => {
    const contexts: MiddlewareContext[] = [];
    const seen: string[] = [];
    const audit: Middleware = (request, next, context) => {
      contexts.push(context);
      seen.push(`${request.method} ${request.url} ${request.headers["authorization"]}`);
      return next(request);
    };
    let answers = 0;
    const { clinician } = clinicianOn(
      () => {
        answers += 1;
        return answers === 1 ? new Response("", { status: 503 }) : Response.json({});
      },
      { middleware: [audit] },
    );
    await clinician.sessions.get(SECRET);
    await clinician.request("GET", `/${SECRET}`, { query: { a: SECRET } });
    expect(seen[0]).toBe(`GET ${BASE_URL}/sessions/${SECRET} Bearer jwt`);
    expect(contexts).toEqual([
      { operation: "getSession", template: "/sessions/{session_id}", attempt: 1 },
      { operation: "getSession", template: "/sessions/{session_id}", attempt: 2 },
      { operation: "request", template: "(custom path)", attempt: 1 },
    ]);
  });

  it("that tells spans by its context never shows what OpenTelemetry's own would: the e-mail in the URL of /jwt [I8]", async () => {
    const { Heidi } = await import("heidi-health-sdk");
    const spans: string[] = [];
    const tracing: Middleware = (request, next, { operation, template }) => {
      spans.push(`${operation} ${request.method} ${template}`);
      return next(request);
    };
    const jwt = { token: "jwt", expiration_time: "2099-01-01T00:00:00Z" };
    const urls: string[] = [];
    const fetch = (url: string): Promise<Response> => {
      urls.push(url);
      return Promise.resolve(Response.json(jwt));
    };
    const heidi = new Heidi({ apiKey: "key", baseUrl: BASE_URL, fetch, middleware: [tracing] });
    await heidi.forUser({ email: `${SECRET}@clinic.example`, thirdPartyInternalId: SECRET }).token();
    await heidi.close();
    expect(spans).toEqual(["getJwt GET /jwt"]);
    expect(urls[0]).toContain(SECRET); // the API's design: only instrumentation that records queries shows it
  });
});

describe("an error", () => {
  it("says what was called, how often, what that proves, and what to do [I11]", async () => {
    const { clinician } = clinicianOn(
      () => new Response("{}", { status: 503, headers: { "x-request-id": "r-1" } }),
    );
    const error = await failureOf(clinician.sessions.get(SECRET));
    expect(error).toBeInstanceOf(HeidiApiError);
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: "HeidiServerError",
      message: "sessions.get failed with status 503. [docs/errors.md#heidiservererror]",
      operation: "getSession",
      outcome: "unknown",
      attempts: 3,
      requestId: "r-1",
      status: 503,
    });
  });

  it("of the connection has the platform's code, and nothing else of its words; what a fetch option threw is its cause [I11]", async () => {
    const raw = Object.assign(new Error(`connect ECONNREFUSED ${SECRET}`), {
      code: "ECONNREFUSED",
      syscall: "connect",
      address: SECRET,
    });
    const { clinician } = clinicianOn(() => {
      throw new TypeError("fetch failed", { cause: raw });
    });
    const error = await failureOf(clinician.sessions.create());
    expect(error.message).toContain("ECONNREFUSED");
    expect(error).toMatchObject({ outcome: "not-sent", attempts: 3, operation: "createSession" });
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain(SECRET);
    expect(error.cause).toMatchObject({ name: "TypeError", cause: raw });
  });

  it("of a time limit says which one and how long it was [I11]", async () => {
    const { clinician } = clinicianOn(undefined, { fetch: () => new Promise(() => {}), maxRetries: 0 });
    const attempt = await failureOf(clinician.sessions.create({}, { timeoutMs: 200 }));
    expect(attempt.message).toContain("timeoutMs (200 ms)");
    const whole = await failureOf(clinician.sessions.create({}, { totalTimeoutMs: 200 }));
    expect(whole.message).toContain("totalTimeoutMs (200 ms)");
    expect(whole).toMatchObject({ outcome: "unknown", attempts: 1 });
  });
});
