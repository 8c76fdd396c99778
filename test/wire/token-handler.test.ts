import express from "express";
import { Heidi, HeidiConfigurationError, type HeidiIdentity } from "heidi-health-sdk";
import { toNodeHandler } from "heidi-health-sdk/node";
import { createSandbox, type Sandbox } from "heidi-health-sdk/sandbox";
import { type TokenHandlerOptions, tokenHandler } from "heidi-health-sdk/server";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { useFaultServer } from "./each.ts";
import type { FaultServer, Step } from "./harness.ts";
import { clientOf, SECRET } from "./sdk.ts";
import { FRAMEWORKS, listen, useServers } from "./servers.ts";

const USERS: Readonly<Record<string, HeidiIdentity>> = {
  "session=ada": { email: "ada@clinic.example", thirdPartyInternalId: "ehr-1" },
  "session=ben": { email: "ben@clinic.example", thirdPartyInternalId: "ehr-2" },
};
const identify = async ({ headers }: Request): Promise<HeidiIdentity | undefined> =>
  USERS[headers.get("cookie") ?? ""];
const SIGNED_IN = { method: "POST", headers: { cookie: "session=ada" } };

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});
useServers();

let sandbox: Sandbox;
let heidi: Heidi;
beforeAll(async () => {
  sandbox = await createSandbox();
});
afterEach(() => heidi?.close());
afterAll(() => sandbox.close());

const exchanges = (): number =>
  sandbox.requests.filter(({ name }) => name === "authentication.getJwt").length;

function sandboxHandler(options: TokenHandlerOptions = {}): (request: Request) => Promise<Response> {
  heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
  return tokenHandler(heidi, identify, options);
}

const post = (headers: Readonly<Record<string, string>> = {}, url = "https://app.example/heidi-token") =>
  new Request(url, { method: "POST", headers: { cookie: "session=ada", ...headers } });

describe.each(Object.entries(FRAMEWORKS).filter(([name]) => !/sendResponse|own/.test(name)))(
  "a page whose server is an application of %s",
  (_, framework) => {
    it("calls Heidi as the user who is signed in, with no key and no code of its own", async () => {
      const url = await listen(await framework(sandboxHandler()));
      const before = exchanges();
      const page = (cookie: string) =>
        Heidi.withToken(
          () =>
            fetch(`${url}/heidi-token`, { method: "POST", headers: { cookie } }).then((response) =>
              response.json(),
            ),
          { baseUrl: sandbox.baseUrl },
        );
      await using ada = page("session=ada");
      await using adaAgain = page("session=ada");
      await using ben = page("session=ben");
      const { session_id = "" } = await ada.sessions.create();
      expect((await adaAgain.sessions.get(session_id)).session_id).toBe(session_id);
      await expect(ben.sessions.get(session_id)).rejects.toMatchObject({ status: 404 });
      // The server keeps a user's token for all of their pages.
      expect(exchanges() - before).toBe(2);

      await using nobody = page("");
      await expect(nobody.sessions.create()).rejects.toThrow(HeidiConfigurationError);
    });
  },
);

describe("the token handler", () => {
  it("gives the token to no cache, and nothing but the token", async () => {
    const answer = await sandboxHandler()(post());
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toEqual({
      "content-type": "application/json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    expect(await answer.json()).toEqual({
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      expiration_time: expect.any(String),
    });
  });

  it.each(["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])("refuses %s, and asks nobody", async (method) => {
    const asked: Request[] = [];
    heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
    const handler = tokenHandler(heidi, (request) => {
      asked.push(request);
      return USERS["session=ada"];
    });
    const headers = { origin: "https://evil.example", "access-control-request-method": "POST" };
    const answer = await handler(new Request("https://app.example/heidi-token", { method, headers }));
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
    expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    expect(asked).toEqual([]);
  });

  it.each([undefined, null])("answers 401 when nobody is signed in (%s)", async (nobody) => {
    heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
    const answer = await tokenHandler(heidi, () => nobody)(post());
    expect([answer.status, await answer.json()]).toEqual([401, { error: { name: "NotSignedIn" } }]);
  });

  it.each<[string, () => never | Promise<HeidiIdentity>]>([
    [
      "throws",
      () => {
        throw new Error(SECRET);
      },
    ],
    ["rejects", () => Promise.reject(new Error(SECRET))],
    ["throws something else", () => Promise.reject(SECRET)],
    ["returns half an identity", async () => ({ email: `${SECRET}@clinic.example` }) as HeidiIdentity],
  ])("answers 500 without a word of it when the authentication %s", async (_, failing) => {
    heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
    const errors: unknown[] = [];
    const onError = (error: unknown): never => {
      errors.push(error);
      throw new Error("the log is full");
    };
    for (const options of [{}, { onError }]) {
      const answer = await tokenHandler(heidi, failing, options)(post());
      expect([answer.status, await answer.text()]).toEqual([500, '{"error":{"name":"Error"}}']);
    }
    expect(errors).toHaveLength(1);
  });

  const own = "https://app.example";
  it.each<[string, Readonly<Record<string, string>>, number]>([
    ["of its own origin", { "sec-fetch-site": "same-origin", origin: own }, 200],
    [
      "of its own origin, behind a proxy that changes the host",
      { "sec-fetch-site": "same-origin", origin: "https://public.example" },
      200,
    ],
    ["of another site", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }, 403],
    [
      "of another host of the same site",
      { "sec-fetch-site": "same-site", origin: "https://blog.app.example" },
      403,
    ],
    ["of an allowed origin", { "sec-fetch-site": "cross-site", origin: "https://ally.example" }, 200],
    ["of an old browser, of its own origin", { origin: own }, 200],
    ["of an old browser, of another origin", { origin: "https://evil.example" }, 403],
    ["of an old browser, of another port", { origin: `${own}:8443` }, 403],
    ["of a sandboxed frame", { origin: "null" }, 403],
    ["of an allowed origin by half", { origin: "https://ally.example.evil.example" }, 403],
    [
      "of an old browser, behind a proxy that tells the host",
      { origin: "https://public.example", "x-forwarded-host": "public.example" },
      200,
    ],
    [
      "of an old browser, of a host with a port",
      { origin: "http://ehr.local:8080", host: "EHR.local:8080" },
      200,
    ],
    ["that no browser sent", {}, 200],
  ])("answers a request %s", async (_, headers, status) => {
    const answer = await sandboxHandler({ allowedOrigins: ["https://ally.example"] })(post(headers));
    expect(answer.status).toBe(status);
    expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    if (status === 403) expect(await answer.text()).toBe('{"error":{"name":"CrossOriginRequest"}}');
  });

  const refused = (status: number, headers: Readonly<Record<string, string>> = {}): Step[] => [
    {
      do: "respond",
      status,
      headers: { "content-type": "application/json", "x-request-id": "request-9", ...headers },
      body: JSON.stringify({ detail: SECRET }),
    },
  ];
  it.each<[string, Step[], number, string | null, object]>([
    [
      "rejects the key",
      refused(401),
      502,
      null,
      { name: "HeidiAuthenticationError", outcome: "rejected", status: 401, requestId: "request-9" },
    ],
    [
      "rejects the user",
      refused(403),
      502,
      null,
      { name: "HeidiPermissionError", outcome: "rejected", status: 403, requestId: "request-9" },
    ],
    [
      "has too many requests",
      refused(429, { "retry-after": "12" }),
      503,
      "12",
      { name: "HeidiRateLimitError", outcome: "rejected", status: 429, requestId: "request-9" },
    ],
    [
      "is being serviced",
      refused(503, { "retry-after": "3" }),
      503,
      "3",
      { name: "HeidiServerError", status: 503, requestId: "request-9" },
    ],
    ["fails", refused(500), 502, null, { name: "HeidiServerError", status: 500, requestId: "request-9" }],
    ["breaks the connection", [{ do: "rst" }], 503, null, { name: "HeidiConnectionError" }],
    ["never answers", [{ do: "stall" }], 503, null, { name: "HeidiTimeoutError" }],
    ["sends no token", [{ do: "respond", body: "{}" }], 502, null, {}],
  ])("tells the page no word of Heidi's when Heidi %s", async (_, steps, status, retryAfter, error) => {
    await server.script({ path: "/jwt", steps });
    const errors: unknown[] = [];
    const handler = tokenHandler(clientOf(server.url, { maxRetries: 0, timeoutMs: 500 }), identify, {
      onError: (reason) => void errors.push(reason),
    });
    const url = await listen(express().use(toNodeHandler(handler)));
    const answer = await fetch(url, SIGNED_IN);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([status, retryAfter]);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ error });
    expect(Object.keys((JSON.parse(text) as { error: object }).error)).not.toContain("message");
    expect(text).not.toMatch(/canary|key-/);
    expect(errors).toHaveLength(1);
  });

  it("serves a user although the first of their pages leaves in the middle of the exchange", async () => {
    await server.script({
      path: "/jwt",
      steps: [
        { do: "gate", name: "jwt" },
        {
          do: "respond",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ token: "a.b.c", expiration_time: "2099-01-01T00:00:00Z" }),
        },
      ],
    });
    const url = await listen(toNodeHandler(tokenHandler(clientOf(server.url), identify)));
    const page = new AbortController();
    const first = fetch(url, { ...SIGNED_IN, signal: page.signal });
    first.catch(() => undefined);
    await server.untilRequest({ path: "/jwt" });
    const second = fetch(url, SIGNED_IN);
    page.abort();
    await expect(first).rejects.toThrow();
    await server.open("jwt");
    expect(await (await second).json()).toEqual({
      token: "a.b.c",
      expiration_time: "2099-01-01T00:00:00Z",
    });
  });
});
