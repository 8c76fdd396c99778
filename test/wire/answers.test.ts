import { HeidiApiError, HeidiDecodeError, HeidiServerError } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { useFaultServer } from "./each.ts";
import type { Data, FaultServer, Respond } from "./harness.ts";
import { failureOf, readyUserOf, SECRET } from "./sdk.ts";

const MIB = 1024 * 1024;
const JSON_TYPE = { "content-type": "application/json" };
const HTML_TYPE = { "content-type": "text/html; charset=utf-8" };
const create = { ehr_appointment_id: SECRET };

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});

const answers = (answer: Omit<Respond, "do">): Promise<void> =>
  server.script({ steps: [{ do: "respond", headers: JSON_TYPE, ...answer }] });

describe("an answer without a body", () => {
  it.each<[string, Omit<Respond, "do">]>([
    ["204", { status: 204, framing: "none" }],
    ["204 that announces a body", { status: 204, framing: "none", headers: { "content-length": "2" } }],
    ["204 with a coding", { status: 204, framing: "none", headers: { "content-encoding": "gzip" } }],
    ["205", { status: 205, body: "" }],
    ["200 that is empty", { status: 200, body: "" }],
    ["200 that is empty and chunked", { status: 200, body: "", framing: "chunked" }],
  ])("%s is undefined, not a JSON error [B36]", async (_, answer) => {
    await answers(answer);
    const clinician = readyUserOf(server.url);
    await expect(clinician.sessions.get("1")).resolves.toBeUndefined();
    await expect(clinician.sessions.create(create)).resolves.toBeUndefined();
    expect(await server.requests()).toHaveLength(2);
  });

  it.each([[{}], [{ "content-length": "1000", etag: '"1"' }]])(
    "304, for a read that the caller made conditional, is undefined: %o [B36]",
    async (headers) => {
      await answers({ status: 304, framing: "none", headers });
      const call = readyUserOf(server.url).sessions.get("1", { headers: { "if-none-match": '"1"' } });
      await expect(call).resolves.toBeUndefined();
    },
  );

  it.each([["identity"], ["gzip"], ["br"]])(
    "to HEAD is undefined, in the coding %s too [B36]",
    async (coding) => {
      const headers = { ...JSON_TYPE, "content-length": "100", "content-encoding": coding };
      await answers({ status: 200, framing: "none", headers });
      await expect(readyUserOf(server.url).request("HEAD", "/sessions/1")).resolves.toBeUndefined();
    },
  );
});

describe("an answer that is not the API's", () => {
  const page = `<!doctype html><title>Sign in to ${SECRET}</title>`;

  it.each<[string, Omit<Respond, "do">]>([
    ["a web page that says so", { headers: HTML_TYPE, body: page }],
    ["a web page that calls itself JSON", { body: page }],
    ["a web page without a type", { headers: {}, body: page }],
    ["text", { headers: { "content-type": "text/plain" }, body: SECRET }],
    ["a JSON value and more", { body: `{"a":1}${SECRET}` }],
    ["half a JSON value", { body: `{"a":"${SECRET}` }],
  ])("with status 200 is refused and not shown: %s [B37]", async (_, answer) => {
    await answers(answer);
    const clinician = readyUserOf(server.url);
    const error = await failureOf(clinician.sessions.create(create));
    expect(error).toBeInstanceOf(HeidiDecodeError);
    expect(error).toMatchObject({ outcome: "processed", attempts: 1 });
    expect(await failureOf(clinician.sessions.get("1"))).toBeInstanceOf(HeidiDecodeError);
  });

  it("is read when it is JSON under another name [B37]", async () => {
    await answers({ headers: { "content-type": "text/plain" }, body: '{"session_id":"1"}' });
    await expect(readyUserOf(server.url).sessions.create(create)).resolves.toEqual({ session_id: "1" });
  });

  it("is read to 32 MiB and no further [B37]", async () => {
    await answers({ body: { repeat: `"${"x".repeat(MIB - 2)}"`, times: 60 } });
    const error = await failureOf(readyUserOf(server.url, { maxRetries: 0 }).sessions.get("1"));
    expect(error).toBeInstanceOf(HeidiDecodeError);
    expect(error.message).toMatch(/large|MiB/);
    await server.until((log) => log[0]?.closedAtMs !== undefined);
  });
});

describe("the body of an error answer", () => {
  it.each<[string, Data, string | undefined]>([
    ["a web page", `<h1>${SECRET}</h1>`, undefined],
    ["text", SECRET, undefined],
    ["invalid JSON", `{"detail":"${SECRET}`, undefined],
    ["arrays 100,000 deep", { repeat: "[", times: 100_000 }, undefined],
    ["objects 10,000 deep", { repeat: '{"detail":', times: 6_000 }, undefined],
    ["nothing", "", undefined],
    ["null", "null", undefined],
    ["a string in detail", JSON.stringify({ detail: SECRET }), SECRET],
    [
      "an object in detail",
      JSON.stringify({ detail: { msg: SECRET, type: "SessionNotFoundError" } }),
      SECRET,
    ],
    [
      "a list in detail",
      JSON.stringify({ detail: [{ loc: ["body", "a"], msg: SECRET, type: "missing" }] }),
      `body.a: ${SECRET}`,
    ],
    ["bytes that are no text", { base64: "//79gIA=" }, undefined],
  ])("may be %s: the error has its status, and shows none of it [B38]", async (_, body, detail) => {
    await answers({ status: 400, body });
    const error = await failureOf(readyUserOf(server.url).sessions.create(create));
    if (!(error instanceof HeidiApiError)) throw error;
    expect(error).toMatchObject({ status: 400, outcome: "rejected" });
    expect(error.detail).toBe(detail);
  });

  it("cannot change the prototype of anything [B38]", async () => {
    await answers({
      status: 400,
      body: '{"__proto__":{"polluted":1},"detail":{"__proto__":{"msg":"x","polluted":1}}}',
    });
    const error = await failureOf(readyUserOf(server.url).sessions.create(create));
    if (!(error instanceof HeidiApiError)) throw error;
    expect(error.detail).toBeUndefined();
    expect("polluted" in {}).toBe(false);
  });

  it("is read to 64 KiB of 150 MB, and the rest never leaves the server [B38]", async () => {
    await answers({ status: 500, body: { repeat: SECRET.repeat(100), times: 136_000 } });
    const error = await failureOf(readyUserOf(server.url, { maxRetries: 0 }).sessions.create(create));
    if (!(error instanceof HeidiServerError)) throw error;
    expect(error.body().length).toBe(64 * 1024);
    await server.until((log) => log[0]?.closedAtMs !== undefined);
  });

  it.each([["fin"], ["rst"], ["stall"]] as const)(
    "that ends by %s before its end still leaves an error with its status [B38]",
    async (end) => {
      const half = {
        do: "respond",
        status: 403,
        headers: JSON_TYPE,
        body: '{"detail":"no"}',
        sendOnly: 5,
      } as const;
      await server.script({ steps: [half, { do: "wait", ms: 20 }, { do: end }] });
      const error = await failureOf(readyUserOf(server.url, { timeoutMs: 1_000 }).sessions.create(create));
      expect(error).toMatchObject({ status: 403, outcome: "rejected" });
    },
  );
});

describe("a compressed answer, although none was asked for", () => {
  const json = '{"session_id":"1"}';

  it("is unpacked when it is gzip [B39]", async () => {
    await answers({ headers: { ...JSON_TYPE, "content-encoding": "gzip" }, body: { gzip: json } });
    await expect(readyUserOf(server.url).sessions.get("1")).resolves.toEqual({ session_id: "1" });
    const [request] = await server.requests();
    expect(request?.headers).toMatchObject({ "accept-encoding": "identity" });
  });

  it("of 300 MB in 300 KB is given up at the limit, in little memory [B39]", async () => {
    const before = process.memoryUsage().rss;
    await answers({
      headers: { ...JSON_TYPE, "content-encoding": "gzip" },
      body: { gzipBombBytes: 300 * MIB },
    });
    const error = await failureOf(readyUserOf(server.url, { maxRetries: 0 }).sessions.get("1"));
    expect(error).toBeInstanceOf(HeidiDecodeError);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * MIB);
  });

  it("is counted unpacked in an error answer too [B39]", async () => {
    await answers({
      status: 500,
      headers: { "content-encoding": "gzip" },
      body: { gzipBombBytes: 300 * MIB },
    });
    const error = await failureOf(readyUserOf(server.url, { maxRetries: 0 }).sessions.get("1"));
    if (!(error instanceof HeidiServerError)) throw error;
    expect(error.body().length).toBe(64 * 1024);
  });

  it.each<[string, string, Data]>([
    ["in six layers", "gzip, gzip, gzip, gzip, gzip, gzip", { gzip: { gzip: json } }],
    ["as brotli", "br", { brotli: json }],
    ["in a way nobody knows", "zstd-canary", json],
    ["as damaged gzip", "gzip", "H4sIAAAAAAAA"],
    ["as nothing at all", "gzip", ""],
  ])("%s is a typed error of a call that was done [B40]", async (_, encoding, body) => {
    await answers({ headers: { ...JSON_TYPE, "content-encoding": encoding }, body });
    const error = await failureOf(readyUserOf(server.url).sessions.create(create));
    expect(error).toBeInstanceOf(HeidiDecodeError);
    expect(error).toMatchObject({ outcome: "processed", attempts: 1 });
  });

  it.each([["gzip"], ["br"]] as const)(
    "as %s that is cut short is a typed error of a call that was done [B40]",
    async (encoding) => {
      const body: Data = encoding === "gzip" ? { gzip: json } : { brotli: json };
      const answer = {
        do: "respond",
        headers: { ...JSON_TYPE, "content-encoding": encoding },
        body,
        sendOnly: 12,
      } as const;
      await server.script({ steps: [answer, { do: "wait", ms: 20 }, { do: "fin" }] });
      const error = await failureOf(readyUserOf(server.url).sessions.create(create));
      expect(error).toMatchObject({ outcome: "processed", attempts: 1 });
    },
  );
});
