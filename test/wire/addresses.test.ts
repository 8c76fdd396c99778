import type { HeidiError } from "heidi-health-sdk";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type FaultServer, startFaultServer } from "./harness.ts";
import { clientOf, closeAll, failureOf, readyUserOf, SECRET, userOf, withoutBackoff } from "./sdk.ts";

const JSON_TYPE = { "content-type": "application/json" };
const answer = (status: number, body: string, headers: Record<string, string> = JSON_TYPE) =>
  ({ steps: [{ do: "respond", status, headers, body }] }) as const;
const NOT_FOUND = '{"detail":"Not Found"}';
const NO_SESSION = '{"detail":{"msg":"no such session","type":"SessionNotFoundError"}}';

let server: FaultServer;
beforeAll(async () => {
  server = await startFaultServer();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await closeAll();
  await server.reset();
});
afterAll(() => server.close());

describe("an address that is not the API's", () => {
  it.each([
    ["FastAPI's 404", 404, NOT_FOUND],
    ["a page of nginx", 404, "<html><h1>404 Not Found</h1></html>"],
    ["an empty 404", 404, ""],
    ["a 405", 405, '{"detail":"Method Not Allowed"}'],
  ])("is told as baseUrl by the token exchange when it answers %s [R40]", async (_, status, body) => {
    await server.script(answer(status, body));
    const error = await failureOf(userOf(server.url).sessions.create({}));
    expect(error).toMatchObject({ status, operation: "getJwt", outcome: "rejected" });
    expect(error.message).toMatch(
      /Check baseUrl or HEIDI_BASE_URL: it ends in \/api\/v2\/ml-scribe\/open-api/,
    );
    expect(error.message).not.toMatch(/Check the id/);
    const { checks } = await clientOf(server.url).diagnose({
      email: "a@b.example",
      thirdPartyInternalId: "1",
    });
    expect(checks.find(({ name }) => name === "address")).toMatchObject({
      status: "failed",
      advice: expect.stringContaining("baseUrl"),
    });
  });

  it("is told as baseUrl by every other operation, too [R40]", async () => {
    await server.script(answer(404, NOT_FOUND));
    const clinician = readyUserOf(server.url);
    for (const call of [
      clinician.sessions.get("a1b2"),
      clinician.templates.list(),
      clinician.sessions.create({}),
      clinician.askHeidi.ask("1", { ai_command_text: "a", content: "b", content_type: "MARKDOWN" }).text(),
    ]) {
      expect((await failureOf(call)).message).toMatch(/Check baseUrl/);
    }
    expect((await failureOf(clinician.request("GET", "/own"))).message).toMatch(
      /no endpoint at this path: check the path, and that baseUrl/,
    );
  });

  it("is not blamed where the API knows the path and not the id [R40]", async () => {
    await server.script(answer(404, NO_SESSION));
    const error = await failureOf(readyUserOf(server.url).sessions.get("a1b2"));
    expect(error.message).toBe(
      "sessions.get failed with status 404 (SessionNotFoundError). Check the id, and that it belongs to this user. [docs/errors.md#heidinotfounderror]",
    );
  });
});

describe("a key that is refused", () => {
  it.each([401, 403])("with %d at the exchange is told as the key, not as the user [R40]", async (status) => {
    await server.script(answer(status, '{"detail":"Forbidden"}'));
    const error = await failureOf(userOf(server.url).sessions.create({}));
    expect(error).toMatchObject({ status, operation: "getJwt" });
    expect(error.message).toMatch(/The API rejected the API key: check that it is complete.*region/);
    const { checks } = await clientOf(server.url).diagnose({
      email: "a@b.example",
      thirdPartyInternalId: "1",
    });
    expect(checks.find(({ name }) => name === "key")).toMatchObject({ status: "failed" });
  });
});

describe("the warning of a failed call", () => {
  async function linesOf(
    failing: (options: object) => PromiseLike<unknown>,
  ): Promise<[string, Record<string, unknown>][]> {
    withoutBackoff();
    const lines: [string, Record<string, unknown>][] = [];
    const warn = (message: string, fields: Record<string, unknown>) => void lines.push([message, fields]);
    const error: HeidiError = await failureOf(failing({ logger: { warn }, logLevel: "warn" }));
    expect(error.name).toMatch(/^Heidi/);
    expect(JSON.stringify(lines)).not.toContain(SECRET);
    return lines;
  }

  it("has its status and its request id [R21]", async () => {
    await server.script(answer(503, SECRET, { ...JSON_TYPE, "x-request-id": "req-1" }));
    const lines = await linesOf((options) => readyUserOf(server.url, options).templates.list());
    expect(lines).toEqual([
      [
        "heidi: failed",
        expect.objectContaining({
          operation: "listTemplates",
          error: "HeidiServerError",
          status: 503,
          requestId: "req-1",
          outcome: "unknown",
          attempt: 3,
        }),
      ],
    ]);
  });

  it("has the request id of a cut answer, and the code of a lost connection [R21]", async () => {
    await server.script({
      steps: [
        { do: "respond", headers: { ...JSON_TYPE, "x-request-id": "req-2" }, body: '{"a":1}', sendOnly: 3 },
        { do: "rst" },
      ],
    });
    const [cut] = await linesOf((options) => readyUserOf(server.url, options).sessions.create({}));
    expect(cut?.[1]).toMatchObject({ requestId: "req-2", outcome: "processed" });
    await server.script({ steps: [{ do: "rst" }] });
    const [lost] = await linesOf((options) => readyUserOf(server.url, options).sessions.create({}));
    expect(lost?.[1]).toMatchObject({ code: expect.stringMatching(/^(?:ECONNRESET|UND_ERR_SOCKET)$/) });
  });
});
