import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import { HeidiUploadError } from "heidi-health-sdk";
import { fileFromPath } from "heidi-health-sdk/node";
import nodeFetch3 from "node-fetch";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { useFaultServer } from "./each.ts";
import type { FaultServer, RequestLog } from "./harness.ts";
import { failureOf, readyUserOf } from "./sdk.ts";
import { hashOfForm, MIB, Scratch, UPLOAD } from "./upload-support.ts";

type Fetch = typeof globalThis.fetch;

/** React Native and whatwg-fetch: an answer that is only there as a whole. */
const bodiless =
  (how: "arrayBuffer" | "text"): Fetch =>
  async (url, init) => {
    const response = await globalThis.fetch(url, init);
    const { status, headers } = response;
    return { status, headers, [how]: () => response[how]() } as unknown as Response;
  };

const FETCHES: readonly [string, Fetch][] = [
  ["Node's own", (url, init) => globalThis.fetch(url, init)],
  ["node-fetch 2", createRequire(import.meta.url)("node-fetch-2") as Fetch],
  ["node-fetch 3", nodeFetch3 as unknown as Fetch],
  ["one with arrayBuffer() alone", bodiless("arrayBuffer")],
  ["one with text() alone", bodiless("text")],
];

const scratch = new Scratch();
const path = scratch.random("visit.mp3", 3 * MIB + 17);
const content = readFileSync(path);
const note = {
  generation_method: "TEMPLATE",
  template_id: "t",
  addition: "",
  voice_style: "BRIEF",
  brain: "LEFT",
} as const;

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});
afterAll(() => scratch.remove());

/** No connection outlives its test: the pools of these fetches do, and the server cuts what is left. */
const close = { connection: "close" };
beforeEach(async () => {
  await server.script({
    ...UPLOAD,
    steps: [{ do: "drain" }, { do: "respond", status: 200, headers: close, body: "{}" }],
  });
});

const uploads = (): Promise<RequestLog[]> => server.requests({ ...UPLOAD, complete: true });

async function* blocks(): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.byteLength; start += 100_000)
    yield content.subarray(start, start + 100_000);
}

const FILES: readonly [string, () => unknown][] = [
  ["a path", () => fileFromPath(path)],
  ["bytes", () => new Uint8Array(content)],
  ["a File", () => new File([new Uint8Array(content)], "visit.mp3")],
  ["a web stream", () => new Blob([new Uint8Array(content)]).stream()],
  [
    "a web stream with its size",
    () => ({ data: new Blob([content]).stream(), sizeBytes: content.byteLength }),
  ],
  ["a Node stream", () => Readable.from(blocks())],
  ["a function", () => blocks],
];

describe.each(FETCHES)("with the option `fetch`: %s", (_, fetch) => {
  it.each(FILES)(
    "%s arrives byte for byte, with its length when that is known [R1] [R5] [R6] [R42]",
    async (kind, file) => {
      const progress: number[] = [];
      await readyUserOf(server.url, { fetch }).transcription.uploadAudio(
        "1",
        { file: file() as never },
        { onProgress: ({ sentBytes }) => progress.push(sentBytes) },
      );
      const [request] = await uploads();
      expect(request?.sha256).toBe(hashOfForm(request as RequestLog, content));
      const isSized = !["a web stream", "a Node stream", "a function"].includes(kind);
      expect(request?.headers["content-length"]).toBe(isSized ? String(request?.bodyBytes) : undefined);
      expect(progress.at(-1)).toBe(request?.bodyBytes);
      expect(progress.length).toBeGreaterThan(4);
    },
  );

  it("an answer, its error and its stream are read [R5]", async () => {
    await server.script(
      {
        method: "GET",
        path: "/sessions/1",
        steps: [{ do: "respond", status: 200, headers: close, body: '{"session_id":"1"}' }],
      },
      {
        method: "GET",
        path: "/sessions/2",
        steps: [{ do: "respond", status: 404, headers: close, body: '{"detail":"gone"}' }],
      },
      {
        method: "POST",
        path: "/sessions/1/consult-note",
        steps: [
          {
            do: "respond",
            status: 200,
            headers: { ...close, "content-type": "application/x-ndjson" },
            body: '{"data":"a"}\n{"data":"b"}\n',
          },
        ],
      },
    );
    const user = readyUserOf(server.url, { fetch });
    expect(await user.sessions.get("1")).toEqual({ session_id: "1" });
    expect(await failureOf(user.sessions.get("2"))).toMatchObject({ status: 404, detail: "gone" });
    expect(await user.consultNotes.generate("1", note).text()).toBe("ab");
  });

  it("a source that fails is the cause, and the request never completes [R30]", async () => {
    const own = new Error("the microphone is gone");
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield content.subarray(0, 200_000);
      throw own;
    }
    const error = await failureOf(
      readyUserOf(server.url, { fetch }).transcription.uploadAudio("1", { file: failing() }),
    );
    expect(error).toBeInstanceOf(HeidiUploadError);
    expect(error.cause).toBe(own);
    expect(await uploads()).toEqual([]);
  });

  it("a redirect is not followed, and is told as a redirect [R15]", async () => {
    const to = { ...close, location: `${server.url}/elsewhere` };
    await server.script({ ...UPLOAD, steps: [{ do: "drain" }, { do: "respond", status: 307, headers: to }] });
    const error = await failureOf(
      readyUserOf(server.url, { fetch }).transcription.uploadAudio("1", { file: blocks }),
    );
    expect(String(Reflect.get(error, "status"))).toMatch(/^30/);
    expect(await server.requests({ path: "/elsewhere" })).toEqual([]);
  });
});

it("a fetch that would send a file's name as text is refused before it sends [R1] [R6]", async () => {
  const sent: unknown[] = [];
  const fetch = (async (_url: string, init: RequestInit) => {
    sent.push(String(init.body));
    return Response.json({});
  }) as Fetch;
  for (const [, file] of FILES) {
    const error = await failureOf(
      readyUserOf(server.url, { fetch }).transcription.uploadAudio("1", { file: file() as never }),
    );
    expect(error).toMatchObject({ name: "HeidiConfigurationError" });
    expect(error.message).toContain("`fetch`");
  }
  expect(sent).toEqual([]);
});
