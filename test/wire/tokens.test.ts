import {
  HeidiAuthenticationError,
  HeidiDecodeError,
  HeidiRateLimitError,
  type HeidiUser,
} from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { useFaultServer } from "./each.ts";
import type { Data, FaultServer, RequestLog, Rule, Step } from "./harness.ts";
import { clientOf, failureOf, SECRET, userOf } from "./sdk.ts";

const JSON_TYPE = { "content-type": "application/json" };
const JWT = { path: "/jwt" } as const;

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});

const issue = (token: string): Step => ({
  do: "respond",
  headers: JSON_TYPE,
  body: JSON.stringify({ token, expiration_time: "2099-01-01T00:00:00Z" }),
});
const status = (code: number, headers: Record<string, string> = {}): Step => ({
  do: "respond",
  status: code,
  headers: { ...JSON_TYPE, ...headers },
  body: JSON.stringify({ detail: { msg: SECRET, type: "Unauthorized" } }),
});
const exchanges = (): Promise<RequestLog[]> => server.requests(JWT);
const apiCalls = async (): Promise<RequestLog[]> =>
  (await server.requests()).filter(({ target }) => !target.startsWith("/jwt"));
const bearers = async (): Promise<(string | undefined)[]> =>
  (await apiCalls()).map(({ headers }) => headers["authorization"]);
/** The first exchange brings `jwt-1`, later ones `jwt-2`. */
const tokens: readonly Rule[] = [
  { ...JWT, times: 1, steps: [issue("jwt-1")] },
  { ...JWT, steps: [issue("jwt-2")] },
];

describe("a token that the server refuses", () => {
  it.each<[string, (clinician: HeidiUser) => PromiseLike<unknown>]>([
    ["a read", (clinician) => clinician.templates.list()],
    ["a create", (clinician) => clinician.sessions.create({ ehr_appointment_id: "1" })],
    [
      "an upload",
      (clinician) =>
        clinician.transcription.uploadAudio("1", {
          file: new File(["ID3"], "a.mp3", { type: "audio/mpeg" }),
        }),
    ],
    [
      "a stream",
      (clinician) =>
        clinician.askHeidi
          .ask("1", { ai_command_text: "a", content: "a", content_type: "MARKDOWN" })
          .toArray(),
    ],
  ])("costs %s one exchange and one replay with the new one [A9]", async (_, call) => {
    const answer = { do: "respond", headers: JSON_TYPE, body: '{"data":"a"}' } as const;
    await server.script(
      ...tokens,
      { path: "/*", times: 1, steps: [status(401)] },
      { path: "/*", steps: [answer] },
    );
    await call(userOf(server.url));
    expect(await exchanges()).toHaveLength(2);
    expect(await bearers()).toEqual(["Bearer jwt-1", "Bearer jwt-2"]);
    const [first, second] = await apiCalls();
    const plain = (request: RequestLog | undefined) =>
      request?.text.replaceAll(/heidi[\w-]*|--+[\w-]+/gi, "");
    expect(plain(second)).toBe(plain(first));
  });

  it("twice ends the call: two requests, one more exchange, no loop [A10]", async () => {
    await server.script(...tokens, { path: "/*", steps: [status(401)] });
    const clinician = userOf(server.url, { maxRetries: 10 });
    const error = await failureOf(clinician.sessions.create({}));
    expect(error).toBeInstanceOf(HeidiAuthenticationError);
    expect(error).toMatchObject({
      status: 401,
      attempts: 2,
      outcome: "rejected",
      operation: "createSession",
    });
    expect(await bearers()).toEqual(["Bearer jwt-1", "Bearer jwt-2"]);
    expect(await exchanges()).toHaveLength(2);
  });

  it("to 200 calls at once costs one exchange [A11]", async () => {
    await server.script(
      ...tokens,
      { path: "/sessions/*", times: 200, steps: [{ do: "gate", name: "refuse" }, status(401)] },
      { path: "/sessions/*", steps: [{ do: "respond", headers: JSON_TYPE, body: "{}" }] },
    );
    const clinician = userOf(server.url, { maxConnections: 250 });
    const calls = Promise.all(Array.from({ length: 200 }, () => clinician.sessions.get("1")));
    await server.untilRequest({ path: "/sessions/*" }, 200);
    await server.open("refuse");
    await calls;
    expect(await exchanges()).toHaveLength(2);
    const sent = await bearers();
    expect(sent.filter((bearer) => bearer === "Bearer jwt-1")).toHaveLength(200);
    expect(sent.filter((bearer) => bearer === "Bearer jwt-2")).toHaveLength(200);
  });

  it("is not sent again by later calls, and a body that can be read once is not replayed [A12]", async () => {
    await server.script(...tokens, { method: "POST", steps: [status(401)] });
    const clinician = userOf(server.url);
    const once = new Blob(["ID3 once"]).stream();
    const error = await failureOf(
      clinician.transcription.uploadAudio("1", { file: { data: once, contentType: "audio/mpeg" } }),
    );
    expect(error).toMatchObject({ status: 401, attempts: 1, outcome: "rejected" });
    expect(error.message).toContain("read only once");
    await clinician.templates.list();
    expect(await bearers()).toEqual(["Bearer jwt-1", "Bearer jwt-2"]);
  });

  it("and that cannot be replaced does not make a delete that may have been done look not-sent [C3]", async () => {
    await server.script(
      { ...JWT, times: 1, steps: [issue("jwt-1")] },
      { ...JWT, steps: [status(400)] },
      { method: "DELETE", times: 1, steps: [{ do: "rst" }] },
      { method: "DELETE", steps: [status(401)] },
    );
    const error = await failureOf(userOf(server.url).sessionContext.deleteDocuments("1", { ids: ["2"] }));
    expect(error).toMatchObject({ operation: "deleteContextDocuments", outcome: "unknown", attempts: 2 });
    expect(error.cause).toMatchObject({ operation: "getJwt", status: 400 });
  });
});

describe("an exchange", () => {
  it.each([[400], [401], [403], [404], [422]])(
    "that is refused with %d is not repeated [A13]",
    async (code) => {
      await server.script({ ...JWT, steps: [status(code)] });
      const error = await failureOf(userOf(server.url).sessions.create({}));
      expect(error).toMatchObject({ status: code, operation: "getJwt", outcome: "rejected", attempts: 1 });
      expect(error.requestMayHaveBeenProcessed).toBe(false);
      expect(await server.totals()).toMatchObject({ requests: 1 });
    },
  );

  it.each([[401], [403]])(
    "that is refused with %d is not tried by the next 50 calls either [A13]",
    async (code) => {
      await server.script({ ...JWT, steps: [status(code)] });
      const clinician = userOf(server.url);
      await failureOf(clinician.templates.list());
      await Promise.all(Array.from({ length: 50 }, () => failureOf(clinician.templates.list())));
      expect(await server.totals()).toMatchObject({ requests: 1 });
    },
  );

  it.each([[429], [503]])(
    "that is answered %d waits as long as asked, once for all callers [A14]",
    async (code) => {
      await server.script({ ...JWT, times: 1, steps: [status(code, { "retry-after": "1" })] });
      const clinician = userOf(server.url);
      await Promise.all(Array.from({ length: 50 }, () => clinician.templates.list()));
      const [first, second, ...more] = await exchanges();
      expect(more).toEqual([]);
      expect((second?.startedAtMs ?? 0) - (first?.completedAtMs ?? 0)).toBeGreaterThanOrEqual(990);
    },
  );

  it("that is asked to wait for longer than a minute fails at once, with the time [A14]", async () => {
    await server.script({ ...JWT, steps: [status(429, { "retry-after": "3600" })] });
    const error = await failureOf(userOf(server.url).templates.list());
    expect(error).toBeInstanceOf(HeidiRateLimitError);
    expect(error).toMatchObject({ operation: "getJwt", retryAfterMs: 3_600_000 });
    expect(await server.totals()).toMatchObject({ requests: 1 });
  });

  it.each<[string, Data, Record<string, string>]>([
    ["a web page", `<h1>${SECRET}</h1>`, { "content-type": "text/html" }],
    ["nothing", "", JSON_TYPE],
    ["a list", `["${SECRET}"]`, JSON_TYPE],
    ["a wrapped token", `{"data":{"token":"${SECRET}","expiration_time":"2099-01-01"}}`, JSON_TYPE],
    ["a number for a token", `{"token":4711,"expiration_time":"2099-01-01"}`, JSON_TYPE],
    ["half of it", `{"token":"${SECRET}`, JSON_TYPE],
    ["40 MB", { repeat: "x".repeat(1_000), times: 40_000 }, JSON_TYPE],
    ["10 MB of blanks", { repeat: " ".repeat(1_000), times: 10_000 }, JSON_TYPE],
  ])(
    "that answers %s is a typed error without a word of it, and asked again by the next call [A25]",
    async (_, body, headers) => {
      await server.script({ ...JWT, times: 1, steps: [{ do: "respond", headers, body }] });
      const clinician = userOf(server.url);
      const error = await failureOf(clinician.sessions.create({}));
      expect(error).toBeInstanceOf(HeidiDecodeError);
      expect(error).toMatchObject({ operation: "getJwt" });
      expect(await apiCalls()).toEqual([]);
      await clinician.sessions.create({});
      expect(await apiCalls()).toHaveLength(1);
    },
  );

  it("that the caller of token() ends, names that call [A7]", async () => {
    await server.script({ ...JWT, steps: [{ do: "stall" }] });
    const waiting = userOf(server.url).token({ signal: AbortSignal.timeout(50) });
    const error = await failureOf(waiting);
    expect(error).toMatchObject({ name: "HeidiAbortError", operation: "token", outcome: "not-sent" });
  });

  it("is where the API key goes, and nowhere else; the token goes everywhere else [A38]", async () => {
    const heidi = clientOf(server.url, { headers: { "x-trace": "1" } });
    const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "1" });
    await heidi.authentication.getJwt({ email: "dr@clinic.example", third_party_internal_id: "1" });
    await clinician.sessions.create({});
    await clinician.request("GET", "/something/new");
    for (const { target, headers } of await server.requests()) {
      const isExchange = target.startsWith("/jwt");
      expect([target, "heidi-api-key" in headers, "authorization" in headers]).toEqual([
        target,
        isExchange,
        !isExchange,
      ]);
    }
    expect(await server.requests()).toHaveLength(4);
  });
});
