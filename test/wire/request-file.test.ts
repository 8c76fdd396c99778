import { randomFillSync } from "node:crypto";
import { once } from "node:events";
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
} from "node:http";
import { connect } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import express from "express";
import fastify from "fastify";
import { HeidiArgumentError } from "heidi-health-sdk";
import { sendResponse } from "heidi-health-sdk/node";
import {
  errorResponse,
  fileFromRequest,
  HeidiRequestBodyError,
  type NodeRequest,
  type RequestFileOptions,
} from "heidi-health-sdk/server";
import { describe, expect, it } from "vitest";
import { useFaultServer } from "./each.ts";
import type { FaultServer, Rule, Step } from "./harness.ts";
import { readyUserOf, SECRET } from "./sdk.ts";
import { FRAMEWORKS, listen, useServers } from "./servers.ts";
import { allClosed, HALTS, hashOfForm, KIB, MIB, UPLOAD } from "./upload-support.ts";

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});
useServers();

interface Application extends RequestFileOptions {
  readonly timeoutMs?: number;
}

/** The errors of the uploads of a test. */
let failures: unknown[] = [];

/** What an application does with a request that has a recording. */
async function passOn(
  request: Request | NodeRequest,
  { timeoutMs, ...options }: Application,
): Promise<Response> {
  try {
    const file = fileFromRequest(request, options);
    const clinician = readyUserOf(server.url, { maxRetries: 0 });
    await clinician.transcription.uploadAudio("1", { file }, { signal: file.signal, timeoutMs });
    return new Response(null, { status: 204 });
  } catch (error) {
    failures.push(error);
    return errorResponse(error);
  }
}

const kinds: Readonly<Record<string, (options: Application) => Promise<RequestListener>>> = {
  ...Object.fromEntries(
    ["node:http", "Fastify", "Hono"].map((name) => [
      `${name} as a Request`,
      async (options: Application) =>
        (FRAMEWORKS[name] as (typeof FRAMEWORKS)[string])((request) => passOn(request, options)),
    ]),
  ),
  "Node's own request": async (options) => async (request, response) =>
    sendResponse(response, await passOn(request, options)),
  "Express' own request": async (options) =>
    express().use(async (request, response) => {
      await sendResponse(response, await passOn(request, options));
    }),
  "Fastify's own request": async (options) => {
    const app = fastify();
    app.addContentTypeParser("*", (_request, _body, done) => done(null));
    app.all("/*", (request) => passOn(request.raw, options));
    await app.ready();
    return (request, response) => app.routing(request, response);
  },
};

async function start(kind: string, options: Application = {}): Promise<string> {
  failures = [];
  return listen(await (kinds[kind] as (typeof kinds)[string])(options));
}

const AUDIO = { "content-type": "audio/webm;codecs=opus" };
const bytesOf = (sizeBytes: number): Uint8Array => randomFillSync(new Uint8Array(sizeBytes));
const inPieces = (bytes: Uint8Array, pieceBytes = 50_000): ReadableStream<Uint8Array> => {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.byteLength) return controller.close();
      controller.enqueue(bytes.subarray(at, at + pieceBytes));
      at += pieceBytes;
    },
  });
};
const send = (
  url: string,
  body: BodyInit,
  headers: Readonly<Record<string, string>> = AUDIO,
): Promise<Response> => fetch(url, { method: "POST", headers, body, duplex: "half" } as RequestInit);

/** A browser that sends so much of its body, and is still there. */
function begin(url: string, sizeBytes: number): ClientRequest {
  const sent = httpRequest(url, { method: "POST", headers: { ...AUDIO, "content-length": 100 * MIB } });
  sent.on("error", () => undefined);
  sent.write(new Uint8Array(sizeBytes));
  return sent;
}

const EARLY: Rule = {
  ...UPLOAD,
  when: 200 * KIB,
  steps: [
    {
      do: "respond",
      status: 422,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ detail: SECRET }),
    },
    { do: "fin" },
  ],
};

describe.each(Object.keys(kinds))("a file in the body of %s", (kind) => {
  it.each([
    ["with its length", true],
    ["without a length", false],
  ])("is passed on byte by byte, %s [R17]", async (_, hasLength) => {
    const url = await start(kind);
    const bytes = bytesOf(3 * MIB + 17);
    const answer = await send(url, hasLength ? (bytes as Uint8Array<ArrayBuffer>) : inPieces(bytes));
    expect([answer.status, failures]).toEqual([204, []]);
    const [request] = await server.requests({ ...UPLOAD, complete: true });
    if (request === undefined) throw new Error("nothing arrived");
    expect(request.sha256).toBe(hashOfForm(request, bytes));
    expect(request.text).toMatch(/content-type: audio\/webm; ?codecs=opus\r\n/i);
    expect("content-length" in request.headers).toBe(hasLength);
  });

  it("of a browser that leaves in the middle ends the upload at once, and is never complete [R17]", async () => {
    const url = await start(kind);
    const browser = begin(url, 300 * KIB);
    await server.until((log) => log.some(({ receivedBytes }) => receivedBytes > 200 * KIB));
    browser.destroy();
    await allClosed(server);
    expect(await server.requests({ ...UPLOAD, complete: true })).toEqual([]);
    await expect.poll(() => failures).toHaveLength(1);
    expect(failures).toMatchObject([{ cause: { name: "HeidiRequestBodyError", status: 400 } }]);
  });

  it("of a browser that leaves while Heidi reads nothing is never complete, and ends when Heidi reads on [R17]", async () => {
    const steps: Step[] = [{ do: "pause" }, { do: "gate", name: "on" }, { do: "resume" }, { do: "drain" }];
    await server.script({ ...UPLOAD, when: "head", steps });
    const url = await start(kind);
    const browser = begin(url, 99 * MIB);
    await server.untilRequest(UPLOAD);
    for (let turns = 0; turns < 50; turns += 1) await turn();
    browser.destroy();
    // A connection of which nothing is read does not tell that it was closed.
    await server.open("on");
    await allClosed(server);
    await expect.poll(() => failures).toHaveLength(1);
    expect(failures).toMatchObject([{ cause: { name: "HeidiRequestBodyError", status: 400 } }]);
    expect(await server.requests({ ...UPLOAD, complete: true })).toEqual([]);
  });

  it("of a browser that falls silent ends after the upload's time limit [R17]", async () => {
    const url = await start(kind, { timeoutMs: 700 });
    const browser = begin(url, 300 * KIB);
    const [answer] = (await once(browser, "response")) as [IncomingMessage];
    expect(answer.statusCode).toBe(503);
    browser.destroy();
    await allClosed(server);
    expect(failures).toMatchObject([{ name: "HeidiTimeoutError", operation: "uploadSessionAudio" }]);
    expect(await server.requests({ ...UPLOAD, complete: true })).toEqual([]);
  });

  it("that Heidi refuses while it is sent gets an answer all the same [R17] [R32]", async () => {
    await server.script(EARLY);
    const url = await start(kind);
    for (const body of [new Uint8Array(20 * MIB), inPieces(new Uint8Array(20 * MIB))]) {
      const answer = await send(url, body);
      const text = await answer.text();
      expect([answer.status, text]).toEqual([
        502,
        '{"error":{"name":"HeidiUnprocessableError","outcome":"rejected","status":422}}',
      ]);
    }
  });

  it("that is announced as too large is refused with 413, and nothing is sent to Heidi [R17]", async () => {
    const url = await start(kind, { maxBytes: MIB });
    const answer = await send(url, new Uint8Array(5 * MIB));
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ error: { name: "HeidiRequestBodyError", status: 413 } });
    expect(await server.totals()).toMatchObject({ requests: 0 });
  });

  it("that turns out too large is refused with 413, and never complete at Heidi's [R17]", async () => {
    const url = await start(kind, { maxBytes: MIB });
    const answer = await send(url, inPieces(new Uint8Array(MIB + 100_000)));
    expect([answer.status, failures.length]).toEqual([413, 1]);
    await allClosed(server);
    expect(await server.requests({ ...UPLOAD, complete: true })).toEqual([]);
    expect((await send(url, inPieces(new Uint8Array(MIB)))).status).toBe(204);
  });

  it("needs no memory, however long it is: Heidi's pace is the browser's [R17]", async () => {
    await server.script(HALTS);
    const url = await start(kind);
    const total = 300 * MIB;
    const piece = new Uint8Array(MIB);
    let given = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (given === total) return controller.close();
          given += piece.byteLength;
          controller.enqueue(piece);
        },
      },
      { highWaterMark: 0 },
    );
    const before = process.memoryUsage().arrayBuffers;
    const answer = send(url, body);
    await server.untilRequest(UPLOAD);
    for (let seen = -1; seen !== given; ) {
      seen = given;
      for (let count = 0; count < 200; count += 1) await turn();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(given).toBeLessThan(64 * MIB);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(48 * MIB);
    await server.open("go");
    expect((await answer).status).toBe(204);
    const [request] = await server.requests({ ...UPLOAD, complete: true });
    expect(request?.bodyBytes).toBeGreaterThan(total);
  });

  it.each([
    ["a form", { "content-type": "multipart/form-data; boundary=x" }, /parse the form with busboy/],
    ["JSON", { "content-type": "application/json" }, /media type is not accepted/],
    ["compressed", { ...AUDIO, "content-encoding": "gzip" }, /content encoding is not accepted/],
  ])("is refused with 415 when it is %s [R17]", async (_, headers, message) => {
    // Other parsers may read JSON, or refuse it, first.
    if (/^(Fastify)/.test(kind) && /json/.test(headers["content-type"])) return;
    const answer = await send(await start(kind), "{}", headers);
    expect(answer.status).toBe(415);
    expect(String(failures[0])).toMatch(message);
    expect(await server.totals()).toMatchObject({ requests: 0 });
  });

  it("is refused with 400 when there is none [R17]", async () => {
    const url = new URL(await start(kind));
    const socket = connect(Number(url.port), url.hostname);
    socket.write(
      `POST / HTTP/1.1\r\nhost: app\r\ncontent-type: audio/ogg\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
    );
    const pieces: Buffer[] = [];
    for await (const chunk of socket) pieces.push(chunk as Buffer);
    expect(Buffer.concat(pieces).toString()).toMatch(/^HTTP\/1\.1 400 /);
    expect(failures).toMatchObject([{ name: "HeidiRequestBodyError", status: 400 }]);
  });
});

describe("fileFromRequest", () => {
  const request = (headers: Readonly<Record<string, string>>, body = "OggS"): Request =>
    new Request("https://app.example", { method: "POST", headers, body });

  it("takes the media types of `accept`, in capital or small letters", () => {
    const accept = ["Application/PDF", "image/*"];
    for (const type of ["application/pdf", "IMAGE/png; a=b"])
      expect(fileFromRequest(request({ "content-type": type }), { accept }).contentType).toContain("/");
    for (const type of ["audio/ogg", "application/pdfx", "images/png", "*/*"]) {
      expect(() => fileFromRequest(request({ "content-type": type }), { accept })).toThrow(
        HeidiRequestBodyError,
      );
    }
    expect(fileFromRequest(request({ "content-type": "x/y" }), { accept: ["*/*"] }).filename).toBeUndefined();
  });

  it.each(["audio/ogg", "audio/x-wav", "video/webm;codecs=opus", "video/mp4", "application/ogg"])(
    "takes %s for a recording",
    (type) => {
      const file = fileFromRequest(request({ "content-type": type }), { filename: "visit" });
      expect(file).toMatchObject({ contentType: type, filename: "visit" });
    },
  );

  it("refuses a body that was read, and a limit that is none", async () => {
    const read = request(AUDIO);
    await read.text();
    expect(() => fileFromRequest(read)).toThrow(/already read/);
    for (const maxBytes of [0, -1, Number.NaN])
      expect(() => fileFromRequest(request(AUDIO), { maxBytes })).toThrow(HeidiArgumentError);

    let failure: unknown;
    const app = express().use(express.raw({ type: "*/*" }), (incoming, response) => {
      try {
        fileFromRequest(incoming);
      } catch (error) {
        failure = error;
      }
      response.end();
    });
    await send(await listen(app), "OggS");
    expect(failure).toBeInstanceOf(HeidiArgumentError);
    expect(String(failure)).toMatch(/express\.raw\(\)/);
  });

  it("ends what it reads of a Request whose signal is aborted, although its body gives nothing more", async () => {
    const browser = new AbortController();
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(1_000)),
    });
    const silent = new Request("https://app.example", {
      method: "POST",
      headers: AUDIO,
      body,
      duplex: "half",
      signal: browser.signal,
    } as RequestInit);
    const file = fileFromRequest(silent);
    // Without the file's own signal: the stream ends the upload, too.
    const upload = readyUserOf(server.url).transcription.uploadAudio("1", { file });
    upload.catch(() => undefined);
    await server.untilRequest(UPLOAD);
    browser.abort();
    await expect(upload).rejects.toMatchObject({ cause: { name: "HeidiRequestBodyError", status: 400 } });
    await allClosed(server);
    expect(file.signal.aborted).toBe(true);
  });
});
