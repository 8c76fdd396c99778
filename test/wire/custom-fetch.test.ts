import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import {
  HeidiAbortError,
  HeidiConfigurationError,
  HeidiConnectionError,
  HeidiTimeoutError,
  type HeidiUser,
} from "heidi-health-sdk";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createHttpClient } from "../../src/http/fetch-client.ts";
import { durationMs } from "../stopwatch.ts";
import { failureOf, readyUserOf, SECRET, withoutBackoff } from "./sdk.ts";

type Fetch = typeof globalThis.fetch;

const BASE_URL = "https://api.example";
/** A name that JSON and a URL each write in their own way. */
const QUOTED = `${SECRET} Ümit\n"O'Brien"/+é`;
const create = { ehr_appointment_id: SECRET };
const userWith = (fetch: unknown) => readyUserOf(BASE_URL, { fetch: fetch as Fetch, timeoutMs: 500 });

describe("a custom fetch that misbehaves", () => {
  beforeEach(withoutBackoff);
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each<[string, () => unknown]>([
    ["resolves with undefined", () => Promise.resolve(undefined)],
    ["resolves with a string", () => Promise.resolve(SECRET)],
    ["resolves with an object", () => Promise.resolve({ ok: true, body: SECRET })],
    ["resolves with a bare answer", () => Promise.resolve({ ok: true, status: 200, json: () => ({}) })],
    ["resolves with parsed data", () => Promise.resolve([])],
    ["returns no promise", () => 42],
  ])("and %s is told that the option is wrong, and asked once [B48] [R13]", async (_, misbehave) => {
    const fetch = vi.fn(misbehave);
    const clinician = userWith(fetch);
    const error = await failureOf(clinician.sessions.create(create));
    expect(error).toBeInstanceOf(HeidiConfigurationError);
    expect(error).toMatchObject({ outcome: "unknown", attempts: 1 });
    expect(error.message).toMatch(/option `fetch` did not return a Response/);
    expect(await failureOf(clinician.templates.list())).toMatchObject({ attempts: 1 });
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it.each<[string, () => unknown]>([
    [
      "throws at once",
      () => {
        throw new Error(SECRET);
      },
    ],
    ["rejects with a string", () => Promise.reject(SECRET)],
    ["rejects with undefined", () => Promise.reject(undefined)],
    ["rejects with null", () => Promise.reject(null)],
    ["rejects as browsers do", () => Promise.reject(new TypeError("Failed to fetch"))],
    [
      "rejects with an error that throws when looked at",
      () =>
        Promise.reject(
          new Proxy(
            {},
            {
              get() {
                throw new Error(SECRET);
              },
            },
          ),
        ),
    ],
  ])("and %s leaves a create unknown, in a typed error [B48] [C8]", async (_, misbehave) => {
    const fetch = vi.fn(misbehave);
    const error = await failureOf(userWith(fetch).sessions.create(create));
    expect(error).toBeInstanceOf(HeidiConnectionError);
    expect(error).toMatchObject({ outcome: "unknown", attempts: 1 });
    expect(error.message).toMatch(/function of the option `fetch`/);
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  class GatewayDown extends Error {
    override readonly name = "GatewayDown";
    readonly zone = 7;
  }
  it.each<[string, unknown]>([
    ["an error", new Error("my gateway is down")],
    ["an error of its own class", new GatewayDown("down")],
    ["an error with a cause", new Error("no route", { cause: new GatewayDown("down") })],
    ["a TypeError", new TypeError("my own words")],
    ["a string", "no words at all"],
    [
      "a platform's error",
      new TypeError("fetch failed", {
        cause: Object.assign(new Error("connect"), { code: "ECONNREFUSED", syscall: "connect" }),
      }),
    ],
  ])("and throws %s has it as the cause, untouched [R13]", async (_, thrown) => {
    const error = await failureOf(userWith(() => Promise.reject(thrown)).sessions.create(create));
    expect(error.cause).toBe(thrown);
    expect(error.message).toMatch(/option `fetch`|ECONNREFUSED/);
  });

  it.each<[string, unknown, object]>([
    [
      "words with the request's address",
      new TypeError(`request to ${BASE_URL}/sessions failed`),
      { name: "TypeError", message: /may contain data/ },
    ],
    [
      "a value of the body",
      Object.assign(new Error(`no match for {"ehr_appointment_id":"${SECRET}"}`), {
        code: "ERR_NOCK_NO_MATCH",
      }),
      { code: "ERR_NOCK_NO_MATCH" },
    ],
    [
      "the request, as HTTP libraries do",
      Object.assign(new Error("Network Error"), {
        name: "AxiosError",
        code: "ERR_NETWORK",
        config: { headers: { authorization: `Bearer jwt-${SECRET}` } },
      }),
      { name: "AxiosError", code: "ERR_NETWORK" },
    ],
    [
      "bytes of an answer",
      Object.assign(new Error("Parse Error"), { code: "HPE_INVALID_CONSTANT", data: SECRET }),
      { code: "HPE_INVALID_CONSTANT" },
    ],
    [
      "JSON that it could not read",
      new SyntaxError(`Unexpected token 'P', "Patient" is not valid JSON`),
      { name: "SyntaxError" },
    ],
    [
      "a cause with the token",
      new TypeError("fetch failed", { cause: new Error(`jwt-${SECRET} is an invalid header value`) }),
      { name: "TypeError", message: "fetch failed" },
    ],
    [
      "a prototype's getter that shows the address",
      new (class extends Error {
        get url(): string {
          return `${BASE_URL}/sessions`;
        }
      })("failed"),
      {},
    ],
    [
      "a prototype's toJSON",
      new (class extends Error {
        toJSON(): object {
          return { url: `${BASE_URL}/sessions` };
        }
      })("failed"),
      {},
    ],
    [
      "a prototype's inspection",
      new (class extends Error {
        [inspect.custom](): string {
          return `${BASE_URL}/sessions`;
        }
      })("failed"),
      {},
    ],
    [
      "a prototype's toString",
      new (class extends Error {
        override toString(): string {
          return `${BASE_URL}/sessions`;
        }
      })("failed"),
      {},
    ],
    ["the token in capitals", new TypeError(`jwt-${SECRET} is refused`.toUpperCase()), { name: "TypeError" }],
    [
      "its own header in words",
      new TypeError(`Headers.append: "Bearer jwt-${SECRET}" is an invalid header value.`),
      { name: "TypeError" },
    ],
  ])(
    "and throws an error with %s keeps its name, code and harmless words only [R13] [R49]",
    async (_, thrown, shown) => {
      const error = await failureOf(userWith(() => Promise.reject(thrown)).sessions.create(create));
      expect(error.cause).not.toBe(thrown);
      const { message, ...fields } = shown as { message?: RegExp | string };
      expect(error.cause).toMatchObject(fields);
      if (message !== undefined) expect((error.cause as Error).message).toMatch(message);
    },
  );

  it.each<[string, (clinician: HeidiUser) => PromiseLike<unknown>, (url: string, body: string) => string]>([
    [
      "a text of the body that JSON escapes",
      (clinician) => clinician.sessions.create({ ehr_appointment_id: QUOTED }),
      (_, body) => JSON.parse(body).ehr_appointment_id,
    ],
    [
      "the same as it was sent",
      (clinician) => clinician.sessions.create({ ehr_appointment_id: QUOTED }),
      (_, body) => body,
    ],
    [
      "the query as it was sent",
      (clinician) => clinician.request("GET", "/search", { query: { name: QUOTED } }),
      (url) => new URL(url).search,
    ],
    [
      "the query as a form would write it",
      (clinician) => clinician.request("GET", "/search", { query: { name: QUOTED } }),
      (url) => String(new URL(url).searchParams),
    ],
    [
      "the path in capitals",
      (clinician) => clinician.sessions.get("Visit-of-Ümit"),
      (url) => url.toUpperCase(),
    ],
  ])("and throws an error with %s does not have it shown [R13] [R49]", async (_, call, words) => {
    const thrown: Error[] = [];
    const fetch = async (url: string, { body }: RequestInit): Promise<Response> => {
      thrown.push(new Error(`refused: ${words(url, String(body))}`));
      throw thrown.at(-1);
    };
    const error = await failureOf(call(userWith(fetch)));
    expect(thrown.length).toBeGreaterThan(0);
    expect(thrown).not.toContain(error.cause);
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toMatch(/refused|mit/);
  });

  it("and throws an error of a class that shows nothing of the request keeps it as it is [R13]", async () => {
    class GatewayError extends Error {
      get isRetryable(): boolean {
        return true;
      }
      explain(): string {
        return this.message;
      }
    }
    const thrown = new GatewayError("the gateway is closed");
    const error = await failureOf(userWith(() => Promise.reject(thrown)).sessions.create(create));
    expect(error.cause).toBe(thrown);
  });

  it("and has a mistake in it is not asked again [R13] [R16]", async () => {
    const mistaken = vi.fn(() => (undefined as unknown as { ask(): Promise<Response> }).ask());
    const error = await failureOf(userWith(mistaken).templates.list());
    expect(error).toMatchObject({ attempts: 1 });
    expect(error.cause).toMatchObject({
      name: "TypeError",
      message: expect.stringMatching(/Cannot read properties of undefined/),
    });
    expect(error.message).toMatch(/function of the option `fetch` threw \(TypeError: Cannot read/);
  });

  it("and never settles ends by timeoutMs [B48]", async () => {
    const call = userWith(() => new Promise(() => {})).sessions.create(create);
    const failing = failureOf(call);
    expect(await durationMs(call)).toBeLessThan(1_400);
    expect(await failing).toBeInstanceOf(HeidiTimeoutError);
    expect(await failing).toMatchObject({ outcome: "unknown", attempts: 1 });
  });

  it("and never settles ends by an abort [B48]", async () => {
    const abort = new AbortController();
    const call = userWith(() => new Promise(() => {})).sessions.create(create, { signal: abort.signal });
    const failing = failureOf(call);
    abort.abort();
    expect(await failing).toBeInstanceOf(HeidiAbortError);
  });

  it("and resolves after the abort has its late body cancelled [B48]", async () => {
    const cancelled = vi.fn();
    let resolve: (response: Response) => void = () => {};
    const late = new Promise<Response>((settle) => {
      resolve = settle;
    });
    const abort = new AbortController();
    const fetch = vi.fn(() => late);
    const failing = failureOf(userWith(fetch).sessions.create(create, { signal: abort.signal }));
    await expect.poll(() => fetch).toHaveBeenCalled();
    abort.abort();
    await failing;
    resolve(new Response(new ReadableStream({ cancel: cancelled })));
    await expect.poll(() => cancelled).toHaveBeenCalledTimes(1);
  });

  it("and whose body never ends, ends by timeoutMs and is cancelled [B48]", async () => {
    const cancelled = vi.fn();
    const endless = (): Promise<Response> =>
      Promise.resolve(
        new Response(new ReadableStream({ pull: () => new Promise(() => {}), cancel: cancelled })),
      );
    const error = await failureOf(userWith(endless).sessions.create(create));
    expect(error).toBeInstanceOf(HeidiTimeoutError);
    expect(error.outcome).toBe("processed");
    await expect.poll(() => cancelled).toHaveBeenCalled();
  });

  it("and whose body fails is a create that was done [B48] [C10]", async () => {
    const failing = (): Promise<Response> =>
      Promise.resolve(
        new Response(
          new ReadableStream({
            pull() {
              throw new Error(SECRET);
            },
          }),
        ),
      );
    expect(await failureOf(userWith(failing).sessions.create(create))).toMatchObject({
      outcome: "processed",
      attempts: 1,
    });
  });
});

it("a custom fetch is asked for no compression, as the SDK's own wire is [E16]", async () => {
  const fetch = vi.fn((_: string, __: RequestInit) => Promise.resolve(Response.json({})));
  await userWith(fetch).sessions.create(create);
  expect(fetch.mock.calls[0]?.[1].headers).toMatchObject({ "accept-encoding": "identity" });
});

it("an upload by the platform's own fetch has more time than timeoutMs, by its size [D17]", async () => {
  vi.stubGlobal("document", {}); // a page's fetch tells nothing on the way
  vi.spyOn(globalThis, "fetch").mockImplementationOnce(async () => {
    await sleep(400);
    return Response.json({});
  });
  const user = readyUserOf(BASE_URL, { httpClient: createHttpClient(), timeoutMs: 100 });
  const file = new Blob([new Uint8Array(20_000)], { type: "audio/ogg" });
  await user.transcription.uploadAudio("1", { file });
  vi.spyOn(globalThis, "fetch").mockImplementation(() => new Promise(() => {}));
  const startMs = performance.now();
  const hung = user.transcription.uploadAudio("1", { file });
  const failing = failureOf(hung);
  expect(await failing).toBeInstanceOf(HeidiTimeoutError);
  expect(performance.now() - startMs).toBeGreaterThan(1_000);
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});
