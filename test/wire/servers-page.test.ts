import { randomFillSync } from "node:crypto";
import type { RequestListener } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import busboy from "busboy";
import cors from "cors";
import express from "express";
import fastify, { type FastifyInstance } from "fastify";
import * as sdk from "heidi-health-sdk";
import * as node from "heidi-health-sdk/node";
import { createSandbox, type Sandbox } from "heidi-health-sdk/sandbox";
import * as serverEntry from "heidi-health-sdk/server";
import multer from "multer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useFaultServer } from "./each.ts";
import type { FaultServer, Rule } from "./harness.ts";
import { runSample, samplesOf } from "./page-samples.ts";
import { clientOf, readyUserOf, SECRET } from "./sdk.ts";
import { type Handler, listen, useServers } from "./servers.ts";
import { allClosed, BEYOND_BUFFERS_BYTES, HALTS, KIB, MIB } from "./upload-support.ts";

const samples = samplesOf("servers.md");
const [TOKEN, PAGE_TOKEN, STREAM, AWAITED, READ, EXPRESS, FASTIFY, UPLOAD, ...others] = samples;
const [FORM, MULTER, ACTION, CORS, CORS_REQUEST, ...MORE] = others;

const MODULES: Readonly<Record<string, unknown>> = {
  "heidi-health-sdk": sdk,
  "heidi-health-sdk/node": node,
  "heidi-health-sdk/server": serverEntry,
  busboy: { default: busboy, __esModule: true },
  cors: { default: cors, __esModule: true },
  express: { default: express, __esModule: true },
  fastify: { default: fastify, __esModule: true },
  multer: { default: multer, __esModule: true },
};

interface Left {
  readonly POST?: Handler;
  readonly OPTIONS?: Handler;
  readonly createSession?: (ehr_appointment_id: string) => Promise<unknown>;
  readonly app?: unknown;
}

const run = (code: string | undefined, names: Readonly<Record<string, unknown>>): Promise<Left> =>
  runSample<Left>(code, names, MODULES);

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});
useServers();
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox({ streamDelayMs: 0 });
});
afterAll(() => sandbox.close());

const BODY = { generation_method: "TEMPLATE", addition: "", voice_style: "GOLDILOCKS", brain: "LEFT" };
let reported: unknown[] = [];

const signedInUser = async (request: Request): Promise<unknown> =>
  request.headers.get("cookie") === "session=ada" ? { email: "ada@clinic.example", id: "ehr-1" } : undefined;

/** Runs a sample against the server that breaks on command. */
function runAtFaults(code: string | undefined): Promise<Left> {
  reported = [];
  const heidi = clientOf(server.url, { maxRetries: 0 });
  const clinician = readyUserOf(server.url, { maxRetries: 0 });
  const report = (error: unknown): void => void reported.push(error);
  return run(code, { heidi, clinician, session_id: "1", body: BODY, signedInUser, report });
}

async function urlOf({ POST, OPTIONS = POST, app }: Left): Promise<string> {
  if (POST !== undefined && OPTIONS !== undefined) {
    return listen(
      node.toNodeHandler((request) => (request.method === "OPTIONS" ? OPTIONS(request) : POST(request))),
    );
  }
  if (typeof app === "function") return listen(app as RequestListener);
  const instance = app as FastifyInstance;
  await instance.ready();
  return listen((request, response) => instance.routing(request, response));
}

const NOTE = "/sessions/1/consult-note";
const lines = (count: number): string => `${JSON.stringify({ data: "a line " })}\n`.repeat(count);
const note = (more: object = {}): Rule => ({
  path: NOTE,
  steps: [
    {
      do: "respond",
      headers: { "content-type": "application/x-ndjson" },
      framing: "chunked",
      body: lines(3),
      ...more,
    },
  ],
});
const refusal = (path: string, status: number, when: Rule["when"] = "request"): Rule => ({
  path,
  when,
  steps: [
    {
      do: "respond",
      status,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ detail: SECRET }),
    },
  ],
});
/** A form that is written by hand, up to its file, and after it. */
const FORM_TYPE = { "content-type": "multipart/form-data; boundary=x" };
const HEAD =
  '--x\r\ncontent-disposition: form-data; name="recording"; filename="a.ogg"\r\ncontent-type: audio/ogg\r\n\r\n';
const TAIL = "\r\n--x--\r\n";
const audio = (sizeBytes: number): Uint8Array<ArrayBuffer> => randomFillSync(new Uint8Array(sizeBytes));
const post = (url: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url, { method: "POST", ...init });

it("the page about servers has the samples that are run here", () => {
  expect([samples.length, MORE]).toEqual([13, []]);
});

describe("a sample of the page about servers", () => {
  it.each([
    ["a Request", TOKEN],
    ["Express", EXPRESS],
    ["Fastify", FASTIFY],
  ])("gives a page its token, with %s", async (_, code) => {
    const heidi = new sdk.Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
    const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });
    const failures: unknown[] = [];
    const report = (error: unknown): void => void failures.push(error);
    const url = await urlOf(await run(code, { heidi, clinician, body: BODY, signedInUser, report }));
    const printed: unknown[] = [];
    await run(PAGE_TOKEN, {
      baseUrl: sandbox.baseUrl,
      console: { log: (line: unknown) => printed.push(line) },
      // A browser adds both.
      fetch: (path: string, init: RequestInit) =>
        fetch(new URL(path, url), { ...init, headers: { cookie: "session=ada", origin: url } }),
    });
    const ada = sandbox.state().users.find(({ identity }) => identity.email === "ada@clinic.example");
    expect(printed).toEqual([expect.stringMatching(/^\d+$/)]);
    expect(ada?.sessions.map(({ session_id }) => session_id)).toContain(printed[0]);
    expect((await post(`${url}/heidi-token`)).status).toBe(401);
    expect((await fetch(`${url}/heidi-token`)).status).toBe(405);
    expect(failures).toEqual([]);
    await heidi.close();
  });

  it.each([
    ["a Request", STREAM],
    ["a Request whose answer waits for Heidi's", AWAITED],
    ["Express", EXPRESS],
    ["Fastify", FASTIFY],
  ])("sends a note, and breaks it off when the browser leaves, with %s [R31]", async (_, code) => {
    await server.script(note());
    const url = `${await urlOf(await runAtFaults(code))}/sessions/1/note`;
    const answer = await post(url);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await answer.text()).toBe(`${'data: {"data":"a line "}\n\n'.repeat(3)}data: [DONE]\n\n`);
    await server.script({ ...note(), steps: [...note({ sendOnly: 20 }).steps, { do: "stall" }] });
    const browser = new AbortController();
    const left = await post(url, { signal: browser.signal });
    await left.body?.getReader().read();
    browser.abort();
    await allClosed(server);
  });

  it.each([
    ["a Request", AWAITED],
    ["Express", EXPRESS],
    ["Fastify", FASTIFY],
  ])("answers 502 when Heidi refuses the note, with %s [R32]", async (_, code) => {
    await server.script(refusal(NOTE, 401));
    const answer = await post(`${await urlOf(await runAtFaults(code))}/sessions/1/note`);
    expect([answer.status, await answer.json()]).toEqual([
      502,
      { error: { name: "HeidiAuthenticationError", outcome: "rejected", status: 401 } },
    ]);
    expect(reported).toHaveLength(1);
  });

  it("reads a note in a page, and does not take a truncated one for a whole one", async () => {
    const url = await listen(
      node.toNodeHandler(({ signal }) =>
        readyUserOf(server.url)
          .consultNotes.generate("1", BODY as never)
          .toResponse({ format: "text", signal }),
      ),
    );
    const read = async (): Promise<string> => {
      let text = "";
      const write = (piece: string): void => {
        text += piece;
      };
      await run(READ, {
        fetch: (path: string, init: RequestInit) => fetch(new URL(path, url), init),
        process: { stdout: { write } },
      });
      return text;
    };
    await server.script(note());
    expect(await read()).toBe("a line a line a line ");
    await server.script({ ...note(), steps: [...note({ sendOnly: 20 }).steps, { do: "rst" }] });
    await expect(read()).rejects.toThrow();
  });

  const uploads = [
    ["a Request", UPLOAD],
    ["Express", EXPRESS],
    ["Fastify", FASTIFY],
  ] as const;
  const AUDIO = "/sessions/1/upload-audio";

  it.each(uploads)("passes a recording on, with %s [R17]", async (_, code) => {
    const url = `${await urlOf(await runAtFaults(code))}/sessions/1/audio`;
    const headers = { "content-type": "audio/ogg" };
    const answer = await post(url, { headers, body: audio(2 * MIB) });
    expect([answer.status, reported]).toEqual([204, []]);
    const [sent] = await server.requests({ path: AUDIO, complete: true });
    expect(sent?.bodyBytes).toBeGreaterThan(2 * MIB);
    expect((await post(url, { headers: { "content-type": "text/plain" }, body: "x" })).status).toBe(415);
    await server.script(refusal(AUDIO, 404, 200 * KIB));
    const refused = await post(url, { headers, body: audio(10 * MIB) });
    expect(await refused.text()).not.toContain(SECRET);
    expect(refused.status).toBe(502);
  });

  it.each(uploads)("ends an upload when the browser leaves, with %s [R17]", async (_, code) => {
    const url = `${await urlOf(await runAtFaults(code))}/sessions/1/audio`;
    const browser = new AbortController();
    const sent = post(url, {
      headers: { "content-type": "audio/ogg" },
      body: endless(),
      signal: browser.signal,
      duplex: "half",
    } as RequestInit);
    await server.until((log) => log.some(({ receivedBytes }) => receivedBytes > 100 * KIB));
    browser.abort();
    await expect(sent).rejects.toThrow();
    await allClosed(server);
    expect(await server.requests({ path: AUDIO, complete: true })).toEqual([]);
  });

  /** So much, and then silence. */
  function endless(): ReadableStream<Uint8Array> {
    return new ReadableStream({ start: (controller) => controller.enqueue(audio(300 * KIB)) });
  }

  describe.each([
    ["busboy", FORM],
    ["multer", MULTER],
  ])("with a form, with %s", (_, parser) => {
    const formOf = (sizeBytes: number): FormData => {
      const form = new FormData();
      form.append("why", "a visit");
      form.append("recording", new File([audio(sizeBytes)], "visit.ogg", { type: "audio/ogg" }));
      form.append("after", "x");
      return form;
    };
    const start = async (code = parser): Promise<string> =>
      `${await urlOf(await runAtFaults(code))}/sessions/1/audio-form`;

    it("passes its file on, and answers a refusal by Heidi in the middle [R17]", async () => {
      const url = await start();
      expect((await post(url, { body: formOf(2 * MIB) })).status).toBe(204);
      const [sent] = await server.requests({ path: AUDIO, complete: true });
      expect(sent?.bodyBytes).toBeGreaterThan(2 * MIB);
      expect(sent?.text).toMatch(/filename="visit.ogg"/);
      await server.script(refusal(AUDIO, 404, 200 * KIB));
      expect((await post(url, { body: formOf(10 * MIB) })).status).toBe(502);
    });

    it("never lets a file that is cut by the limit be complete [R17]", async () => {
      const url = await start(parser?.replace("200_000_000", "1_000_000"));
      const answer = await post(url, { body: formOf(3 * MIB) });
      expect([answer.status, await answer.json()]).toMatchObject([
        413,
        { error: { name: "HeidiRequestBodyError" } },
      ]);
      await allClosed(server);
      expect(await server.requests({ path: AUDIO, complete: true })).toEqual([]);
    });

    it("answers 400 without a file, or when it is malformed [R17]", async () => {
      const url = await start();
      const empty = new FormData();
      empty.append("why", "a visit");
      expect((await post(url, { body: empty })).status).toBe(400);
      expect((await post(url, { headers: FORM_TYPE, body: `${HEAD}OggS` })).status).toBe(400);
      expect(await server.requests({ path: AUDIO, complete: true })).toEqual([]);
    });

    it("reads no more of the browser's file than Heidi takes [R17]", async () => {
      await server.script(HALTS);
      const url = await start();
      const [part, total] = [audio(MIB), BEYOND_BUFFERS_BYTES / MIB];
      let read = 0;
      const body = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            read += 1;
            if (read === 1) controller.enqueue(new TextEncoder().encode(HEAD));
            else if (read <= total + 1) controller.enqueue(part);
            else {
              controller.enqueue(new TextEncoder().encode(TAIL));
              controller.close();
            }
          },
        },
        { highWaterMark: 0 },
      );
      const sent = post(url, { headers: FORM_TYPE, body, duplex: "half" } as RequestInit);
      await server.until((log) => log.some(({ receivedBytes }) => receivedBytes > 0));
      for (let before = -1; before !== read; await sleep(300)) before = read;
      expect(read).toBeLessThan(total / 2);
      await server.open("go");
      expect((await sent).status).toBe(204);
      const [arrived] = await server.requests({ path: AUDIO, complete: true });
      expect(arrived?.bodyBytes).toBeGreaterThan(total * MIB);
    });

    it("ends the upload when the browser leaves [R17]", async () => {
      const url = await start();
      const browser = new AbortController();
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(HEAD));
          controller.enqueue(audio(300 * KIB));
        },
      });
      const init = { headers: FORM_TYPE, body, signal: browser.signal, duplex: "half" } as RequestInit;
      const sent = post(url, init);
      await server.until((log) => log.some(({ receivedBytes }) => receivedBytes > 100 * KIB));
      browser.abort();
      await expect(sent).rejects.toThrow();
      await allClosed(server);
      expect(await server.requests({ path: AUDIO, complete: true })).toEqual([]);
    });
  });

  describe("as a server action", () => {
    /** True for what React can send to a page: JSON in plain objects. */
    const isPlain = (value: unknown): boolean => {
      if (typeof value !== "object" || value === null)
        return ["string", "number", "boolean"].includes(typeof value) || value === null;
      if (Array.isArray(value)) return value.every(isPlain);
      const isObject = Object.getPrototypeOf(value) === Object.prototype;
      return (
        isObject &&
        Reflect.ownKeys(value).every((key) => typeof key === "string" && isPlain(Reflect.get(value, key)))
      );
    };

    it.each(["spec", "documented"] as const)(
      "returns what a page can get, against the %s deployment",
      async (deployment) => {
        await using deployed = await createSandbox({
          deployment,
          timings: { transcriptionMs: 0 },
          streamDelayMs: 0,
        });
        const heidi = clientOf(deployed.baseUrl, { apiKey: deployed.apiKey });
        const user = { email: "ada@clinic.example", id: "ehr-1" };
        const currentUser = async (): Promise<unknown> => user;
        const { createSession } = await run(ACTION, { heidi, currentUser, report: expect.unreachable });
        const created = (await createSession?.("apt-1")) as { session_id: string };
        expect([isPlain(created), created]).toEqual([true, { session_id: expect.stringMatching(/^\d+$/) }]);
        // And so are the results of other calls.
        const { session_id } = created;
        const ada = heidi.forUser({ email: user.email, thirdPartyInternalId: user.id });
        await ada.transcription.uploadAudio(session_id, {
          file: new Blob([audio(KIB)], { type: "audio/ogg" }),
        });
        const results = [
          await ada.sessions.get(session_id),
          await ada.templates.list(),
          await ada.transcription.waitForTranscript(session_id),
          await ada.patientProfiles.create({ first_name: "Karen" }),
          await ada.token(),
        ];
        expect(results.map(isPlain)).toEqual(results.map(() => true));
      },
    );

    it("returns the report of a failure without its message", async () => {
      await server.script(refusal("/sessions", 404));
      const failures: unknown[] = [];
      const heidi = { forUser: () => readyUserOf(server.url, { maxRetries: 0 }) };
      const names = { heidi, report: (error: unknown) => failures.push(error) };
      const [known, unknown] = [{ email: "ada@clinic.example", id: "ehr-1" }, undefined];
      const signedIn = await run(ACTION, { ...names, currentUser: async () => known });
      const failed = await signedIn.createSession?.("apt-1");
      expect([isPlain(failed), failed]).toEqual([
        true,
        { error: { name: "HeidiNotFoundError", outcome: "rejected", status: 404 } },
      ]);
      expect([failures.length, isPlain(failures[0])]).toEqual([1, false]);
      const signedOut = await run(ACTION, { ...names, currentUser: async () => unknown });
      const requests = await server.requests({});
      expect(await signedOut.createSession?.("apt-1")).toEqual({ error: { name: "NotSignedIn" } });
      expect(await server.requests({})).toHaveLength(requests.length);
    });
  });

  describe.each([
    ["Express", CORS],
    ["a Request", CORS_REQUEST],
  ])("for a page of another origin, with %s", (_, code) => {
    const APP = "https://app.clinic.example";

    /** Sends a request as a browser does for a page of this origin, which may read the response only if it is allowed to. */
    async function fetchAs(origin: string, url: string, headers: Record<string, string>): Promise<Response> {
      const own = Object.keys(headers).filter((name) => name !== "cookie");
      const allows = (response: Response): boolean =>
        response.headers.get("access-control-allow-origin") === origin &&
        response.headers.get("access-control-allow-credentials") === "true" &&
        /\borigin\b/i.test(response.headers.get("vary") ?? "");
      const list = (response: Response, name: string): string[] =>
        (response.headers.get(`access-control-allow-${name}`) ?? "").toLowerCase().split(/, ?/);
      if (own.length > 0) {
        const asked = {
          origin,
          "access-control-request-method": "POST",
          "access-control-request-headers": own.join(),
        };
        const preflight = await fetch(url, { method: "OPTIONS", headers: asked });
        if (!preflight.ok || !allows(preflight) || !list(preflight, "methods").includes("post"))
          throw new TypeError("Failed to fetch");
        const allowed = list(preflight, "headers");
        if (own.some((name) => !allowed.includes(name))) throw new TypeError("Failed to fetch");
      }
      const response = await post(url, { headers: { ...headers, origin, "sec-fetch-site": "same-site" } });
      if (!allows(response)) throw new TypeError(`Failed to fetch (${response.status})`);
      return response;
    }

    it("gives its token to a page that it names, after a preflight request, and to no other", async () => {
      const heidi = clientOf(sandbox.baseUrl, { apiKey: sandbox.apiKey });
      const url = `${await urlOf(await run(code, { heidi, signedInUser, report: expect.unreachable }))}/heidi-token`;
      const cookie = "session=ada";
      const answer = await fetchAs(APP, url, { cookie });
      expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
      const { token } = (await answer.json()) as { token: string };
      const ada = sdk.Heidi.withToken(token, { baseUrl: sandbox.baseUrl });
      expect((await ada.templates.list()).data?.length).toBeGreaterThan(0);
      await ada.close();
      // These headers of a page need the preflight request.
      const headers = { cookie, authorization: "Bearer own", "content-type": "application/json" };
      expect((await fetchAs(APP, url, headers)).status).toBe(200);
      // The page can read a refusal, too.
      expect((await fetchAs(APP, url, {})).status).toBe(401);
      for (const origin of ["https://evil.example", `${APP}.evil.example`, "null"]) {
        await expect(fetchAs(origin, url, { cookie })).rejects.toThrow("Failed to fetch (403)");
        await expect(fetchAs(origin, url, headers)).rejects.toThrow("Failed to fetch");
      }
    });
  });
});
