import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { runInNewContext } from "node:vm";
import type { UploadProgress } from "heidi-health-sdk";
import { fileFromPath } from "heidi-health-sdk/node";
import { afterAll, describe, expect, it, vi } from "vitest";
import { resultOf } from "./child.ts";
import { useFaultServer } from "./each.ts";
import type { FaultServer, RequestLog, Rule, Step } from "./harness.ts";
import { failureOf, readyUserOf } from "./sdk.ts";
import { hashOfForm, MIB, Scratch, UPLOAD } from "./upload-support.ts";

const scratch = new Scratch();
const path = scratch.random("visit.mp3", 24 * MIB + 12_345);
const content = readFileSync(path);

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});
afterAll(() => scratch.remove());

const DONE = { do: "respond", status: 204, framing: "none" } as const;
const sipping = (everyMs: number): Rule => ({
  ...UPLOAD,
  when: "head",
  steps: [{ do: "sip", everyMs }, DONE],
});

async function completed(): Promise<RequestLog[]> {
  return server.requests({ ...UPLOAD, complete: true });
}

function expectWhole(requests: readonly RequestLog[], count: number): void {
  expect(requests).toHaveLength(count);
  for (const request of requests) {
    expect(request.headers["content-length"]).toBe(String(request.bodyBytes));
    expect(request.sha256).toBe(hashOfForm(request, content));
  }
}

describe("what the server gets of a file on disk", () => {
  it("is the file, byte for byte, though it is sent from two blocks in turn and read haltingly", async () => {
    await server.script(sipping(1));
    await readyUserOf(server.url).transcription.uploadAudio("1", { file: fileFromPath(path) });
    expectWhole(await completed(), 1);
  });

  it("is the file, also after tries that were refused or cut in its middle", async () => {
    const middle = { ...UPLOAD, times: 1, when: 8 * MIB } as const;
    await server.script(
      { ...middle, steps: [{ do: "respond", status: 429 }, { do: "stall" }] },
      { ...middle, steps: [{ do: "respond", status: 429, headers: { connection: "close" } }] },
      sipping(0),
    );
    await readyUserOf(server.url).transcription.uploadAudio("1", { file: fileFromPath(path) });
    const requests = await server.requests(UPLOAD);
    expect(requests).toHaveLength(3);
    expectWhole(requests.slice(2), 1);
    // A client that is slow to see its refusal may have sent everything by then.
    const refused = (await completed()).slice(0, -1);
    expectWhole(refused, refused.length);
  });

  it("is the file for each of several uploads of one handle, or of one Blob, at the same time [D16]", async () => {
    await server.script(sipping(0));
    const { transcription } = readyUserOf(server.url);
    const handle = fileFromPath(path);
    const blob = new Blob([content], { type: "audio/mpeg" });
    await Promise.all([handle, handle, blob, blob].map((file) => transcription.uploadAudio("1", { file })));
    expectWhole(await completed(), 4);
  });
});

describe("an upload of 2 GB", () => {
  it("takes no more memory than a small one, with its exact length and rising progress [D12]", async () => {
    const large = scratch.sparse("large.mp3", 2_000_000_000);
    await server.script({ ...UPLOAD, steps: [DONE] });
    const script = new URL("children/large-upload.ts", import.meta.url);
    const result = await resultOf<{
      growthBytes: number;
      rises: boolean;
      last: UploadProgress;
    }>(script, [server.url, large], { timeoutMs: 800_000 });
    const [request] = await completed();
    expect(request?.bodyBytes).toBeGreaterThan(2_000_000_000);
    expect(request?.headers["content-length"]).toBe(String(request?.bodyBytes));
    expect(request?.headers["transfer-encoding"]).toBeUndefined();
    expect(result.rises).toBe(true);
    expect(result.last).toEqual({ sentBytes: request?.bodyBytes, totalBytes: request?.bodyBytes });
    expect(result.growthBytes).toBeLessThan(64 * MIB);
  });
});

describe("a progress callback", () => {
  it.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("broken bar");
      },
    ],
    ["rejects", () => Promise.reject(new Error("broken bar"))],
    [
      "rejects in another realm",
      runInNewContext("async () => { throw new Error('broken bar'); }") as () => Promise<void>,
    ],
    ["takes its time", () => sleep(30_000, undefined, { ref: false })],
  ])("that %s changes nothing in the upload [D13]", async (_, onProgress) => {
    await server.script({ ...UPLOAD, steps: [DONE] });
    const called = vi.fn(onProgress);
    await readyUserOf(server.url).transcription.uploadAudio(
      "1",
      { file: fileFromPath(path) },
      { onProgress: called },
    );
    expect(called.mock.calls.length).toBeGreaterThan(3);
    expectWhole(await completed(), 1);
  });

  it("starts again from nothing when the upload does [D12]", async () => {
    await server.script({
      ...UPLOAD,
      times: 1,
      when: 8 * MIB,
      steps: [{ do: "respond", status: 429 }, { do: "stall" }],
    });
    const seen: UploadProgress[] = [];
    await readyUserOf(server.url).transcription.uploadAudio(
      "1",
      { file: fileFromPath(path) },
      { onProgress: (progress) => seen.push(progress) },
    );
    const [request] = await completed();
    const restarts = seen.filter(({ sentBytes }, index) => sentBytes < (seen[index - 1]?.sentBytes ?? 0));
    expect(restarts).toHaveLength(1);
    expect(seen.every(({ totalBytes }) => totalBytes === request?.bodyBytes)).toBe(true);
    expect(seen.at(-1)?.sentBytes).toBe(request?.bodyBytes);
  });
});

describe("a slow upload", () => {
  it("may last much longer than timeoutMs, because what moves is not stuck [D17]", async () => {
    const slowly: Step[] = [
      { do: "pause" },
      { do: "wait", ms: 400 },
      { do: "resume" },
      { do: "wait", ms: 20 },
    ];
    const steps: Step[] = [...Array.from({ length: 12 }, () => slowly).flat(), { do: "drain" }, DONE];
    await server.script({ ...UPLOAD, when: "head", steps });
    const large = fileFromPath(scratch.sparse("slow.mp3", 256 * MIB));
    const startMs = performance.now();
    await readyUserOf(server.url).transcription.uploadAudio("1", { file: large }, { timeoutMs: 2_000 });
    expect(performance.now() - startMs).toBeGreaterThan(4_000);
    expect(await completed()).toHaveLength(1);
  });

  it("ends by totalTimeoutMs although it moves [D17]", async () => {
    await server.script(sipping(20));
    const error = await failureOf(
      readyUserOf(server.url).transcription.uploadAudio(
        "1",
        { file: fileFromPath(path) },
        { totalTimeoutMs: 1_000 },
      ),
    );
    expect(error).toMatchObject({ name: "HeidiTimeoutError", outcome: "unknown", attempts: 1 });
    expect(await completed()).toEqual([]);
  });
});
