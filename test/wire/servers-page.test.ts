import { randomFillSync } from "node:crypto";
import { readFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import busboy from "busboy";
import express from "express";
import fastify, { type FastifyInstance } from "fastify";
import * as sdk from "heidi-health-sdk";
import * as node from "heidi-health-sdk/node";
import { createSandbox, type Sandbox } from "heidi-health-sdk/sandbox";
import * as serverEntry from "heidi-health-sdk/server";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useFaultServer } from "./each.ts";
import type { FaultServer, Rule } from "./harness.ts";
import { clientOf, readyUserOf, SECRET } from "./sdk.ts";
import { type Handler, listen, useServers } from "./servers.ts";
import { allClosed, KIB, MIB } from "./upload-support.ts";

const PAGE = new URL("../../docs/servers.md", import.meta.url);
const samples = [...readFileSync(PAGE, "utf8").matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(
  ([, code = ""]) => code,
);
const [TOKEN, PAGE_TOKEN, STREAM, AWAITED, READ, EXPRESS, FASTIFY, UPLOAD, FORM, ...MORE] = samples;

const MODULES: Readonly<Record<string, unknown>> = {
  "heidi-health-sdk": sdk,
  "heidi-health-sdk/node": node,
  "heidi-health-sdk/server": serverEntry,
  busboy: { default: busboy, __esModule: true },
  express: { default: express, __esModule: true },
  fastify: { default: fastify, __esModule: true },
};

interface Left {
  readonly POST?: Handler;
  readonly app?: unknown;
}

/** Runs a sample as the module of a program that has these names already, and returns what it exports and its `app`. */
async function run(code: string | undefined, names: Readonly<Record<string, unknown>>): Promise<Left> {
  const { outputText } = ts.transpileModule(`${code}\n`, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
    },
  });
  const exports: Left = {};
  const given: Record<string, unknown> = { ...names, require: (name: string) => MODULES[name], exports };
  const end = "return { ...exports, app: typeof app === 'undefined' ? undefined : app };";
  const program = new Function(...Object.keys(given), `return (async () => {\n${outputText}\n${end} })();`);
  return (await program(...Object.values(given))) as Left;
}

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

async function urlOf({ POST, app }: Left): Promise<string> {
  if (POST !== undefined) return listen(node.toNodeHandler(POST));
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
const audio = (sizeBytes: number): Uint8Array<ArrayBuffer> => randomFillSync(new Uint8Array(sizeBytes));
const post = (url: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url, { method: "POST", ...init });

it("the page about servers has the samples that are run here", () => {
  expect([samples.length, MORE]).toEqual([9, []]);
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

  describe("with a form", () => {
    const formOf = (sizeBytes: number): FormData => {
      const form = new FormData();
      form.append("why", "a visit");
      form.append("recording", new File([audio(sizeBytes)], "visit.ogg", { type: "audio/ogg" }));
      form.append("after", "x");
      return form;
    };
    const start = async (code = FORM): Promise<string> =>
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
      const url = await start(FORM?.replace("200_000_000", "1_000_000"));
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
      const headers = { "content-type": "multipart/form-data; boundary=x" };
      const cut = '--x\r\ncontent-disposition: form-data; name="a"; filename="a.ogg"\r\n\r\nOggS';
      expect((await post(url, { headers, body: cut })).status).toBe(400);
      expect(await server.requests({ path: AUDIO, complete: true })).toEqual([]);
    });

    it("ends the upload when the browser leaves [R17]", async () => {
      const url = await start();
      const browser = new AbortController();
      const head =
        '--x\r\ncontent-disposition: form-data; name="a"; filename="a.ogg"\r\ncontent-type: audio/ogg\r\n\r\n';
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(head));
          controller.enqueue(audio(300 * KIB));
        },
      });
      const headers = { "content-type": "multipart/form-data; boundary=x" };
      const init = { headers, body, signal: browser.signal, duplex: "half" } as RequestInit;
      const sent = post(url, init);
      await server.until((log) => log.some(({ receivedBytes }) => receivedBytes > 100 * KIB));
      browser.abort();
      await expect(sent).rejects.toThrow();
      await allClosed(server);
      expect(await server.requests({ path: AUDIO, complete: true })).toEqual([]);
    });
  });
});
