import { appendFileSync, rmSync, truncateSync, utimesSync } from "node:fs";
import { HeidiAbortError, HeidiUploadError } from "heidi-health-sdk";
import { fileFromPath } from "heidi-health-sdk/node";
import { afterAll, describe, expect, it } from "vitest";
import { type Stopwatch, stopwatch } from "../stopwatch.ts";
import { resultOf } from "./child.ts";
import { useFaultServer } from "./each.ts";
import type { FaultServer } from "./harness.ts";
import { clientOf, failureOf, readyUserOf, SECRET, signalOf } from "./sdk.ts";
import {
  allClosed,
  BEYOND_BUFFERS_BYTES,
  descriptors,
  HALTS,
  KIB,
  MIB,
  Scratch,
  UPLOAD,
  untilBaseline,
} from "./upload-support.ts";

const scratch = new Scratch();

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});
afterAll(() => scratch.remove());

describe("an upload to a server that stops reading", () => {
  it("ends by timeoutMs, and neither memory nor descriptors grow while it lasts [D6]", async () => {
    await server.script(HALTS);
    const script = new URL("children/stalled-upload.ts", import.meta.url);
    const path = scratch.sparse("stalled.mp3", 512 * MIB);
    const { name, outcome, attempts, tookMs, watchMs, growthBytes, newDescriptors } = await resultOf<{
      name: string;
      outcome: string;
      attempts: number;
      tookMs: number;
      watchMs: number;
      growthBytes: number;
      newDescriptors: number;
    }>(script, [server.url, path, "1000"]);
    expect({ name, outcome, attempts }).toEqual({
      name: "HeidiTimeoutError",
      outcome: "unknown",
      attempts: 1,
    });
    expect(tookMs).toBeGreaterThan(900);
    expect(watchMs).toBeLessThan(10_000);
    expect(growthBytes).toBeLessThan(64 * MIB);
    expect(newDescriptors).toBe(0);
    expect(await server.requests({ ...UPLOAD, complete: true })).toEqual([]);
  });
});

describe("an upload that its caller aborts", () => {
  const path = scratch.sparse("aborted.mp3", BEYOND_BUFFERS_BYTES);

  it.each([[0], [50], [99]])(
    "at %i % rejects at once, closes its connection and its file, and is never complete [D7]",
    async (percent) => {
      // At 0 % nothing of the body was taken; later the server reads as it comes.
      await server.script(percent === 0 ? HALTS : { ...UPLOAD, steps: [] });
      const controller = new AbortController();
      const aborted = signalOf<Stopwatch>();
      const abort = (): void => {
        if (controller.signal.aborted) return;
        aborted.resolve(stopwatch());
        controller.abort(new Error(SECRET));
      };
      const baseline = descriptors();
      const failing = failureOfWithCause(
        readyUserOf(server.url).transcription.uploadAudio(
          "1",
          { file: fileFromPath(path) },
          {
            signal: controller.signal,
            onProgress: ({ sentBytes, totalBytes = 0 }) => {
              if (percent > 0 && sentBytes >= (totalBytes * percent) / 100) abort();
            },
          },
        ),
      );
      if (percent === 0) {
        await server.untilRequest(UPLOAD);
        abort();
      }
      const [watch, error] = await Promise.all([aborted.promise, failing]);
      expect(watch.ms()).toBeLessThan(200);
      expect(error).toBeInstanceOf(HeidiAbortError);
      expect(error).toMatchObject({ outcome: "unknown", attempts: 1 });
      expect(error.cause).toBe(controller.signal.reason);
      await untilBaseline(baseline);
      await server.open("go");
      await allClosed(server);
      expect(await server.requests(UPLOAD)).toHaveLength(1);
      expect(await server.requests({ ...UPLOAD, complete: true })).toEqual([]);
    },
  );

  it("before it began sends nothing and opens nothing [D7]", async () => {
    const baseline = descriptors();
    const error = await failureOf(
      readyUserOf(server.url).transcription.uploadAudio(
        "1",
        { file: fileFromPath(path) },
        { signal: AbortSignal.abort() },
      ),
    );
    expect(error).toMatchObject({ outcome: "not-sent", attempts: 0 });
    await untilBaseline(baseline);
    expect(await server.totals()).toMatchObject({ connections: 0 });
  });

  // The cause is the caller's own; `failureOf` would look for secrets in it.
  async function failureOfWithCause(call: PromiseLike<unknown>): Promise<HeidiAbortError> {
    const error: unknown = await Promise.resolve(call).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof HeidiAbortError)) throw error;
    return error;
  }
});

describe("1,000 uploads that fail", () => {
  it("leave no file and no socket open, without help from the garbage collector [D8]", async () => {
    const path = scratch.sparse("failing.mp3", 256 * KIB);
    await server.script(
      { ...UPLOAD, path: "/sessions/rst/upload-audio", when: 65_536, steps: [{ do: "rst" }] },
      { ...UPLOAD, path: "/sessions/fin/upload-audio", when: 65_536, steps: [{ do: "fin" }] },
      {
        ...UPLOAD,
        path: "/sessions/early/upload-audio",
        when: 65_536,
        steps: [{ do: "respond", status: 413 }],
      },
      { ...UPLOAD, path: "/sessions/late/upload-audio", steps: [{ do: "respond", status: 500 }] },
      { ...UPLOAD, path: "/sessions/abort/upload-audio", steps: [{ do: "stall" }] },
    );
    const heidi = clientOf(server.url, { maxConnections: 10 });
    const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "1" });
    await clinician.token();
    const baseline = descriptors();
    const ways = ["rst", "fin", "early", "late", "abort"];
    for (let count = 0; count < 1_000; count += 20) {
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) => {
          const controller = new AbortController();
          return clinician.transcription.uploadAudio(
            ways[index % ways.length] ?? "",
            { file: fileFromPath(path) },
            {
              maxRetries: 0,
              signal: controller.signal,
              onProgress: ({ sentBytes }) => {
                if (index % ways.length === 4 && sentBytes > 100_000) controller.abort();
              },
            },
          );
        }),
      );
      expect(results.filter(({ status }) => status === "fulfilled")).toEqual([]);
    }
    // What remains are idle connections, kept for the next call.
    await untilBaseline(baseline + 10);
    await heidi.close();
    await untilBaseline(baseline);
    await allClosed(server);
  });
});

describe("a file that changes while it is being sent", () => {
  it.each<[string, (path: string) => void]>([
    ["is cut short", (path) => truncateSync(path, MIB)],
    ["grows", (path) => appendFileSync(path, "more")],
    ["is written over", (path) => utimesSync(path, new Date(), new Date())],
  ])("and %s is never uploaded as if it were whole [D2]", async (_, change) => {
    const path = scratch.sparse("changing.mp3", BEYOND_BUFFERS_BYTES);
    await server.script(HALTS);
    const baseline = descriptors();
    const failing = failureOf(
      readyUserOf(server.url).transcription.uploadAudio("1", { file: fileFromPath(path) }),
    );
    await server.untilRequest(UPLOAD);
    change(path);
    await server.open("go");
    const error = await failing;
    expect(error).toBeInstanceOf(HeidiUploadError);
    expect(error).toMatchObject({ outcome: "unknown", attempts: 1 });
    await allClosed(server);
    expect(await server.requests(UPLOAD)).toHaveLength(1);
    expect(await server.requests({ ...UPLOAD, complete: true })).toEqual([]);
    await untilBaseline(baseline);
  });

  it("only by losing its name is uploaded whole [D3]", async () => {
    const path = scratch.sparse("deleted.mp3", BEYOND_BUFFERS_BYTES);
    await server.script(HALTS);
    const call = readyUserOf(server.url).transcription.uploadAudio("1", { file: fileFromPath(path) });
    const done = call.then(() => undefined);
    await server.untilRequest(UPLOAD);
    rmSync(path);
    await server.open("go");
    await done;
    const [request] = await server.requests({ ...UPLOAD, complete: true });
    expect(request?.bodyBytes).toBeGreaterThan(BEYOND_BUFFERS_BYTES);
  });
});

describe("an upload whose source falls silent", () => {
  it("ends with an error that names the source and the operation, and closes the connection [R17]", async () => {
    async function* leaving(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(200 * KIB);
      await new Promise(() => undefined);
    }
    const upload = readyUserOf(server.url).transcription.uploadAudio(
      "1",
      { file: { data: leaving(), filename: "visit.mp3" } },
      { timeoutMs: 500 },
    );
    const error = await failureOf(upload);
    expect(error).toMatchObject({ name: "HeidiTimeoutError", operation: "uploadSessionAudio", attempts: 1 });
    expect(error.message).toMatch(
      /source of the file delivered no data for 500 ms during transcription\.uploadAudio/,
    );
    await server.until((log) => log.length > 0 && log.every(({ closedAtMs }) => closedAtMs !== undefined));
  });
});
