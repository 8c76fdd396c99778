import { createRequire } from "node:module";
import crossFetch from "cross-fetch";
import { HeidiConnectionError } from "heidi-health-sdk";
import nodeFetch3 from "node-fetch";
import { fetch as undiciFetch } from "undici";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { freePort } from "../free-port.ts";
import { startFaultServer } from "./harness.ts";
import { closeAll, failureOf, readyUserOf, SECRET, withoutBackoff } from "./sdk.ts";

const nodeFetch2: unknown = createRequire(import.meta.url)("node-fetch-2");
const create = { ehr_appointment_id: SECRET };
const fetches: readonly (readonly [string, unknown])[] = [
  ["node-fetch 2", nodeFetch2],
  ["node-fetch 3", nodeFetch3],
  ["cross-fetch", crossFetch],
  ["undici's fetch", undiciFetch],
  ["the platform's fetch", (url: string, init: RequestInit) => globalThis.fetch(url, init)],
];

describe.each(fetches)("a client on %s", (_, fetch) => {
  const userOn = (url: string) => readyUserOf(url, { fetch: fetch as typeof globalThis.fetch });
  beforeEach(withoutBackoff);
  afterEach(async () => {
    vi.restoreAllMocks();
    await closeAll();
  });

  it("tells a refused connection with its code, and repeats it [R49]", async () => {
    const error = await failureOf(userOn(`http://127.0.0.1:${await freePort()}`).sessions.create(create));
    expect(error).toBeInstanceOf(HeidiConnectionError);
    expect(error).toMatchObject({ outcome: "not-sent", attempts: 3 });
    expect(error.message).toMatch(/\(ECONNREFUSED\).*Nothing accepts connections/);
  });

  it("tells a connection that is cut, by the platform's name or code and with advice [R49]", async () => {
    const server = await startFaultServer();
    await server.script({ steps: [{ do: "rst" }] });
    const error = await failureOf(userOn(server.url).sessions.create(create));
    await server.close();
    expect(error).toMatchObject({ outcome: "unknown", attempts: 1 });
    expect(error.message).toMatch(/\((?:ECONNRESET|UND_ERR_SOCKET)\).*The server may have processed/);
    expect((error.cause as Error).message).not.toMatch(/reported no code/);
  });

  it("tells what is wrong with an address that no fetch takes [R49]", async () => {
    const middleware = [
      (request: object, next: (changed: never) => never) =>
        next({ ...request, url: "ftp://example.org/" } as never),
    ];
    const clinician = readyUserOf("http://127.0.0.1:1", {
      fetch: fetch as typeof globalThis.fetch,
      middleware: middleware as never,
    });
    const error = await failureOf(clinician.sessions.create(create));
    expect(error.message).toMatch(/option `fetch`/);
    expect(error.cause).toMatchObject({ name: expect.stringMatching(/Error$/) });
  });
});

describe("a page", () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each([
    ["Chromium", "Failed to fetch"],
    ["Firefox", "NetworkError when attempting to fetch resource."],
    ["Safari", "Load failed"],
  ])("in %s is told what to look for, and the browser's own words [R49]", async (_, words) => {
    vi.stubGlobal("document", {});
    const { createHttpClient } = await import("../../src/http/fetch-client.ts");
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError(words)));
    const error = await failureOf(
      readyUserOf("https://api.example", { httpClient: createHttpClient() }).sessions.create(create),
    );
    expect(error).toMatchObject({
      outcome: "unknown",
      attempts: 1,
      cause: { name: "TypeError", message: words },
    });
    expect(error.message).toContain(`(TypeError: ${words})`);
    expect(error.message).toMatch(/CORS.*Content-Security-Policy.*connect-src/);
  });
});
