import { createRequire } from "node:module";
import { runInNewContext } from "node:vm";
import { Heidi, HeidiConfigurationError, type Middleware } from "heidi-health-sdk";
import { Response as Response3 } from "node-fetch";
import { describe, expect, it } from "vitest";
import { serializeQuery } from "../../../src/http/request-sender.ts";

const { Response: Response2 } = createRequire(import.meta.url)("node-fetch-2") as {
  Response: typeof Response;
};
const text = JSON.stringify({ session_id: "apt-\u00e9" });
const init = { status: 200, headers: { "content-type": "application/json" } };
const bytes: unknown = runInNewContext("Uint8Array.from(bytes).buffer", {
  bytes: [...new TextEncoder().encode(text)],
});

const created = (answer: unknown) =>
  Heidi.withToken("a.b.c", {
    middleware: [(async () => answer) as Middleware],
    fetch: () => Promise.reject(new Error("nothing is sent here")),
  }).sessions.create();

describe("a middleware that answers in the server's place", () => {
  it.each([
    ["the platform", () => new Response(text, init)],
    ["node-fetch 2", () => new Response2(text, init)],
    ["node-fetch 3", () => new Response3(text, init)],
    [
      "a polyfill without streams",
      () => ({ ...init, headers: new Headers(init.headers), body: null, arrayBuffer: async () => bytes }),
    ],
    [
      "a double with text alone",
      () => ({ ...init, headers: new Map([["content-type", "application/json"]]), text: async () => text }),
    ],
  ])("may do so with a Response of %s [R24]", async (_, respond) => {
    expect(await created(respond())).toEqual({ session_id: "apt-\u00e9" });
  });

  it.each([[undefined], [null], [{ ok: true, json: async () => ({}) }], ["text"]])(
    "is told that %j is no answer [R13]",
    async (answer) => {
      const error: unknown = await created(answer).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(HeidiConfigurationError);
      expect(String(error)).toContain("middleware");
    },
  );
});

it("writes a date of another realm into a query as any date [R24]", () => {
  expect(serializeQuery({ since: runInNewContext("new Date(0)") as unknown })).toBe(
    "since=1970-01-01T00%3A00%3A00.000Z",
  );
});
