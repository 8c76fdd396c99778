import { createGzip } from "node:zlib";
import {
  HeidiAuthenticationError,
  HeidiDecodeError,
  HeidiRateLimitError,
  HeidiServerError,
  HeidiStreamError,
  HeidiUnprocessableError,
} from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { useFaultServer } from "./each.ts";
import type { FaultServer, Respond, Step } from "./harness.ts";
import { failureOf, readyUserOf, SECRET, userOf } from "./sdk.ts";

const ASK = { ai_command_text: SECRET, content: SECRET, content_type: "MARKDOWN" } as const;
const STREAM = { method: "POST", path: "/sessions/1/ask-ai" } as const;
const NDJSON = { "content-type": "application/x-ndjson" };
const LINES = '{"data":"one "}\n{"data":"two"}\n';
const PAUSE: Step = { do: "wait", ms: 20 };

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});

const respond = (more: Partial<Respond>): Respond => ({
  do: "respond",
  headers: NDJSON,
  framing: "chunked",
  ...more,
});
const unfinished = respond({ body: `${LINES}xxxxxxxx`, sendOnly: LINES.length });

describe("a stream whose connection breaks", () => {
  it.each<[string, Step[]]>([
    ["by a reset", [unfinished, PAUSE, { do: "rst" }]],
    ["by a FIN between chunks", [unfinished, PAUSE, { do: "fin" }]],
    ["by a FIN short of its length", [{ ...unfinished, framing: "length" }, PAUSE, { do: "fin" }]],
    ["by a chunk size that is none", [unfinished, { do: "write", data: "\r\nxyz\r\n" }, { do: "stall" }]],
    ["in the middle of an object", [respond({ body: `${LINES}{"data":"thr`, framing: "close" })]],
  ])("%s fails with the text so far, and is never asked for again [E15]", async (_, steps) => {
    await server.script({ ...STREAM, steps });
    const received: string[] = [];
    const stream = readyUserOf(server.url).askHeidi.ask("1", ASK);
    const error = await failureOf(
      (async () => {
        for await (const { data } of stream) received.push(data ?? "");
      })(),
    );
    expect(received).toEqual(["one ", "two"]);
    expect(error).toBeInstanceOf(HeidiStreamError);
    expect(error).toMatchObject({
      fault: "truncated",
      outcome: "processed",
      attempts: 1,
      partialText: "one two",
    });
    expect(await server.requests(STREAM)).toHaveLength(1);
  });

  it("before its first byte is not asked for again either, for the note may be written [E15]", async () => {
    await server.script({ ...STREAM, steps: [{ do: "rst" }] });
    const error = await failureOf(readyUserOf(server.url).askHeidi.ask("1", ASK).text());
    expect(error).toMatchObject({ name: "HeidiConnectionError", outcome: "unknown", attempts: 1 });
    expect(await server.requests(STREAM)).toHaveLength(1);
  });

  it("at its head by a proven refusal is asked for again, like any call", async () => {
    await server.script(
      { ...STREAM, times: 1, steps: [{ do: "respond", status: 401, body: "{}" }] },
      { ...STREAM, times: 1, steps: [{ do: "respond", status: 429, body: "{}" }] },
      { ...STREAM, steps: [respond({ body: LINES })] },
    );
    await expect(userOf(server.url).askHeidi.ask("1", ASK).text()).resolves.toBe("one two");
    expect(await server.requests({ path: "/jwt" })).toHaveLength(2);
  });
});

describe("a server that compresses although identity was asked for", () => {
  it("is understood as long as the compressed body is whole [E16]", async () => {
    const headers = { ...NDJSON, "content-encoding": "gzip" };
    await server.script({ ...STREAM, steps: [respond({ headers, body: { gzip: LINES } })] });
    await expect(readyUserOf(server.url).askHeidi.ask("1", ASK).text()).resolves.toBe("one two");
    const [request] = await server.requests(STREAM);
    expect(request?.headers["accept-encoding"]).toBe("identity");
  });

  it("and stops at the end of a line is not taken for one that is done [E16]", async () => {
    const headers = { ...NDJSON, "content-encoding": "gzip" };
    const body = { base64: (await gzipUnfinished(LINES)).toString("base64") };
    await server.script({ ...STREAM, steps: [respond({ headers, body })] });
    const error = await failureOf(readyUserOf(server.url).askHeidi.ask("1", ASK).text());
    expect(error).toBeInstanceOf(HeidiDecodeError);
    expect(error).toMatchObject({ outcome: "processed", attempts: 1, partialText: "one two" });
    expect(await server.requests(STREAM)).toHaveLength(1);
  });

  /** All of the text, flushed out of the compressor, without the compressed body's own end. */
  function gzipUnfinished(text: string): Promise<Buffer> {
    return new Promise((resolve) => {
      const gzip = createGzip();
      const pieces: Buffer[] = [];
      gzip.on("data", (piece: Buffer) => pieces.push(piece));
      gzip.write(text);
      gzip.flush(() => {
        gzip.removeAllListeners();
        resolve(Buffer.concat(pieces));
        gzip.destroy();
      });
    });
  }
});

describe("an answer that is no stream", () => {
  const html = { "content-type": "text/html" };
  const json = { "content-type": "application/json" };
  const page = `<!doctype html><title>${SECRET}</title>`;
  const refusal = JSON.stringify({ detail: { msg: SECRET, type: "SessionNotFoundError" } });

  it.each<[string, Respond, string]>([
    ["a page with status 200", respond({ headers: html, body: page }), "unexpected-content"],
    ["a page that claims to be NDJSON", respond({ body: page }), "unexpected-content"],
    [
      "an image",
      respond({ headers: { "content-type": "image/png" }, body: "\u0089PNG" }),
      "unexpected-content",
    ],
    ["an error object with status 200", respond({ headers: json, body: refusal }), "error-object"],
    ["204", { do: "respond", status: 204, framing: "none" }, "unexpected-content"],
    ["nothing at all", respond({ body: "" }), "unexpected-content"],
  ])("such as %s fails before anything is delivered [E23]", async (_, step, fault) => {
    await server.script({ ...STREAM, steps: [step] });
    const items: unknown[] = [];
    const stream = readyUserOf(server.url).askHeidi.ask("1", ASK);
    const error = await failureOf(
      (async () => {
        for await (const item of stream) items.push(item);
      })(),
    );
    expect(items).toEqual([]);
    expect(error).toBeInstanceOf(HeidiStreamError);
    expect(error).toMatchObject({ fault, outcome: "processed", attempts: 1 });
    expect(await server.requests(STREAM)).toHaveLength(1);
  });

  it.each<[number, string, Respond, new (...args: never[]) => Error]>([
    [422, "JSON", { do: "respond", headers: json, body: refusal }, HeidiUnprocessableError],
    [401, "NDJSON", { do: "respond", headers: NDJSON, body: LINES }, HeidiAuthenticationError],
    [429, "text", { do: "respond", headers: { "retry-after": "3600" }, body: SECRET }, HeidiRateLimitError],
    [502, "a page", { do: "respond", headers: html, body: page }, HeidiServerError],
  ])("with status %i and %s is the error of that status [E24]", async (status, _, step, type) => {
    await server.script({ ...STREAM, steps: [{ ...step, status }] });
    const stream = readyUserOf(server.url).askHeidi.ask("1", ASK);
    const error = await failureOf(stream.text());
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ status, attempts: 1 });
    expect(error.partialText).toBeUndefined();
    const again = await failureOf(readyUserOf(server.url).askHeidi.ask("1", ASK).withResponse());
    expect(again).toMatchObject({ status });
  });
});

describe("how the end of a stream is known", () => {
  const gzipped = { ...NDJSON, "content-encoding": "gzip" };
  it.each<[string, Partial<Respond>, string, string]>([
    ["a length", { framing: "length", body: LINES }, "length", "length"],
    ["chunks", { body: LINES }, "chunked", "chunked"],
    ["the end of its connection only", { framing: "close", body: LINES }, "close", "unknown"],
    ["a compressed body", { framing: "close", body: { gzip: LINES }, headers: gzipped }, "marked", "unknown"],
  ])(
    "is told for an answer with %s, by the SDK's own connections and as far as fetch tells [R34]",
    async (...row) => {
      const [, answer, own, fetched] = row;
      const warnings: unknown[] = [];
      const warn = (line: string, { operation }: Readonly<Record<string, unknown>>): unknown =>
        warnings.push([line, operation]);
      const options = { logLevel: "warn", logger: { debug: warn, info: warn, error: warn, warn } } as const;
      await server.script({ ...STREAM, steps: [respond(answer)] });
      const framings: unknown[] = [];
      for (const more of [{}, { fetch: globalThis.fetch }]) {
        const stream = readyUserOf(server.url, { ...options, ...more }).askHeidi.ask("1", ASK);
        await expect(stream.text()).resolves.toBe("one two");
        framings.push(stream.framing);
      }
      expect(framings).toEqual([own, fetched]);
      const warning = ["heidi: stream ended with its connection", "askHeidi"];
      expect(warnings).toEqual(own === "close" ? [warning] : []);
    },
  );

  it("makes an error of an empty answer that should have been JSON and ended with its connection [R34]", async () => {
    const steps: Step[] = [
      respond({ framing: "close", body: "", headers: { "content-type": "application/json" } }),
    ];
    await server.script({ steps });
    const clinician = readyUserOf(server.url, { maxRetries: 0 });
    const error = await failureOf(clinician.sessions.create({ ehr_appointment_id: SECRET }));
    expect(error).toBeInstanceOf(HeidiDecodeError);
    expect(error).toMatchObject({ outcome: "processed", attempts: 1 });
    await expect(clinician.request("POST", "/something", { body: {} })).resolves.toBeUndefined();
  });
});
