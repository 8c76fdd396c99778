import { randomFillSync } from "node:crypto";
import * as sdk from "heidi-health-sdk";
import { HeidiRecordingError, recordMicrophone } from "heidi-health-sdk/browser";
import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  ShapedAbortController,
  ShapedRequest,
  ShapedSignal,
  shapedFetch,
} from "../runtimes/cells/react-native-shape.mjs";
import { useFaultServer } from "./each.ts";
import type { FaultServer, Rule } from "./harness.ts";
import { runSample, samplesOf } from "./page-samples.ts";
import { readyUserOf } from "./sdk.ts";
import { listen, useServers } from "./servers.ts";
import { hashOfForm, KIB, UPLOAD } from "./upload-support.ts";

// Metro takes the client on the platform's fetch.
vi.mock("../../src/http/node-client.ts", () => import("../../src/http/fetch-client.ts"));

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});
useServers();

const PlatformBlob = Blob;

/** Keeps no connection of Node's own fetch from one test to the next: the server closes them. */
const fetchOnce = (url: string, init: RequestInit = {}): Promise<Partial<Response>> =>
  shapedFetch(url, {
    ...init,
    headers: { ...(init.headers as Record<string, string>), connection: "close" },
  });

/** React Native's Blob is not made from bytes. */
class ShapedBlob extends PlatformBlob {
  constructor(parts: readonly (Blob | string)[] = [], options: BlobPropertyBag = {}) {
    if (parts.some((part) => typeof part !== "string" && !(part instanceof PlatformBlob)))
      throw new Error("Creating blobs from 'ArrayBuffer' and 'ArrayBufferView' are not supported");
    super([...parts], options);
  }
}

beforeEach(() => {
  vi.stubGlobal("navigator", { product: "ReactNative" });
  vi.stubGlobal("fetch", fetchOnce);
  vi.stubGlobal("Request", ShapedRequest);
  vi.stubGlobal("AbortController", ShapedAbortController);
  vi.stubGlobal("AbortSignal", ShapedSignal);
  vi.stubGlobal("Blob", ShapedBlob);
  for (const name of ["TextDecoder", "structuredClone"]) vi.stubGlobal(name, undefined);
  return () => vi.unstubAllGlobals();
});

const AUDIO = randomFillSync(new Uint8Array(300 * KIB));
const NOTE = "/sessions/1/consult-note";
const TEXT = `${JSON.stringify({ data: "a line " })}\n`.repeat(3);
const body = {
  generation_method: "TEMPLATE",
  addition: "",
  voice_style: "GOLDILOCKS",
  brain: "LEFT",
} as const;
const note = (...more: Rule["steps"]): Rule => ({
  path: NOTE,
  steps: [
    {
      do: "respond",
      headers: { "content-type": "application/x-ndjson" },
      body: TEXT,
      ...(more.length > 0 && { sendOnly: 20 }),
    },
    ...more,
  ],
});

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 7_000) yield bytes.subarray(at, at + 7_000);
}

/** The sha256 of each form that arrived, and of those that should have. */
async function uploaded(content: Uint8Array): Promise<[unknown[], unknown[]]> {
  const requests = await server.requests({ path: UPLOAD.path, complete: true });
  return [requests.map(({ sha256 }) => sha256), requests.map((request) => hashOfForm(request, content))];
}

describe("the sample for React Native", () => {
  it("sends a file of the device and shows its note", async () => {
    await server.script(note());
    const uri = await listen((_request, response) => response.end(AUDIO));
    const shown: string[] = [];
    const names = {
      getToken: async () => ({ token: "jwt", expiration_time: "2099-01-01T00:00:00Z" }),
      baseUrl: server.url,
      session_id: "1",
      uri,
      body,
      fetch: fetchOnce,
      show: (text: string) => shown.push(text),
    };
    const [, , , code] = samplesOf("platforms.md");
    await runSample(code, names, { "heidi-health-sdk": sdk });
    const [sent, expected] = await uploaded(AUDIO);
    expect(sent).toHaveLength(1);
    expect(sent).toEqual(expected);
    expect(shown).toEqual(["a line a line a line "]);
    const [request] = await server.requests({ path: UPLOAD.path });
    expect(request?.text).toMatch(/filename="visit.m4a"\r\ncontent-type: audio\/mp4/i);
  });
});

describe("in React Native", () => {
  it("a note arrives at the end, in one piece", async () => {
    await server.script(note({ do: "gate", name: "rest" }, { do: "write", data: TEXT.slice(20) }));
    const pieces: string[] = [];
    const reading = (async () => {
      for await (const text of readyUserOf(server.url).consultNotes.generate("1", body).textStream())
        pieces.push(text);
    })();
    await server.until((log) => log.some(({ sentBytes }) => sentBytes > TEXT.length));
    expect(pieces).toEqual([]);
    await server.open("rest");
    await reading;
    expect(pieces.join("")).toBe("a line a line a line ");
  });

  it("a note that breaks off is an error without its text", async () => {
    await server.script(note({ do: "rst" }));
    const failure: unknown = await readyUserOf(server.url, { maxRetries: 0 })
      .consultNotes.generate("1", body)
      .text()
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "HeidiConnectionError", outcome: "unknown" });
  });

  it.each([
    ["bytes", (): sdk.FileContent => AUDIO],
    ["a Blob", (): sdk.FileContent => new PlatformBlob([AUDIO])],
    ["a stream", (): sdk.FileContent => streamOf(AUDIO)],
    ["a function", (): sdk.FileContent => () => streamOf(AUDIO)],
  ] as const)("a file is sent from memory: %s", async (_, make) => {
    const progress: number[] = [];
    const file = { data: make(), filename: "visit.m4a" };
    const onProgress = ({ sentBytes }: { sentBytes: number }): void => void progress.push(sentBytes);
    await readyUserOf(server.url).transcription.uploadAudio("1", { file }, { onProgress });
    const [sent, expected] = await uploaded(AUDIO);
    expect(sent).toHaveLength(1);
    expect(sent).toEqual(expected);
    // The platform reports nothing while it sends.
    expect([progress.filter((bytes) => bytes > 0).length, progress.at(-1)]).toEqual([1, expect.any(Number)]);
    expect(progress.at(-1)).toBeGreaterThan(AUDIO.byteLength);
  });

  it("a file by its address is refused before anything is sent", async () => {
    const file = { uri: "file:///visit.m4a", name: "visit.m4a", type: "audio/mp4" };
    const call = readyUserOf(server.url).transcription.uploadAudio("1", { file: file as never });
    await expect(call).rejects.toMatchObject({ name: "HeidiArgumentError", outcome: "not-sent" });
    expect(await server.requests({})).toEqual([]);
  });

  it("a live recording is sent, from chunks as bytes", async () => {
    const path = "/sessions/1/restful-segment-transcription";
    const json = (value: object): Rule["steps"] => [
      { do: "respond", headers: { "content-type": "application/json" }, body: JSON.stringify(value) },
    ];
    await server.script(
      { path, steps: json({ recording_id: "r" }) },
      { path: `${path}*`, steps: json({ is_success: true }) },
    );
    const recording = await readyUserOf(server.url).transcription.startRecording("1");
    const chunk = new Uint8Array([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 0, ...AUDIO.subarray(0, 9_000)]);
    await recording.append(chunk);
    await recording.append(chunk);
    expect(await recording.finish()).toMatchObject({ chunks: 2, uncertain: [] });
    const targets = (await server.requests({})).map(({ target }) => target);
    expect(targets.filter((target) => target.endsWith(":transcribe"))).toHaveLength(2);
  });

  it("there is no microphone of a browser", async () => {
    const starting = recordMicrophone(readyUserOf(server.url), "1");
    await expect(starting).rejects.toBeInstanceOf(HeidiRecordingError);
    await expect(starting).rejects.toMatchObject({ fault: "unsupported" });
    expect(await server.requests({})).toEqual([]);
  });
});
