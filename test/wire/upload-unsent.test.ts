import { createReadStream } from "node:fs";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { HeidiAbortError, HeidiArgumentError, HeidiTimeoutError } from "heidi-health-sdk";
import { describe, expect, it, vi } from "vitest";
import { useFaultServer } from "./each.ts";
import type { FaultServer } from "./harness.ts";
import { clientOf, failureOf, readyUserOf, signalOf } from "./sdk.ts";

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});

/** A stream that gives nothing, in an upload that has to wait for its first bytes to learn its type. */
const silent = () => {
  const data = new PassThrough();
  return { data, sizeBytes: 100 };
};

describe("a stream that gives no byte before the request can be made", () => {
  it("ends by timeoutMs, with nothing sent, and is let go of [D8]", async () => {
    const file = silent();
    const error = await failureOf(
      readyUserOf(server.url, { timeoutMs: 200 }).transcription.uploadAudio("1", { file }),
    );
    expect(error).toBeInstanceOf(HeidiTimeoutError);
    expect(error).toMatchObject({ outcome: "not-sent", attempts: 0 });
    expect(file.data.destroyed).toBe(true);
    expect(await server.requests()).toEqual([]);
  });

  it.each(["abort", "close", "deadline"])("is let go of at once by %s [D7]", async (by) => {
    const abort = new AbortController();
    const client = clientOf(server.url);
    const user = client.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "1" });
    const file = silent();
    const returned = vi.fn(() => Promise.resolve({ done: true as const, value: undefined }));
    const asked = signalOf<void>();
    const next = (): Promise<never> => {
      asked.resolve();
      return new Promise(() => {});
    };
    const unstarted = { next, return: returned };
    const data = { [Symbol.asyncIterator]: () => unstarted };
    const options = { signal: abort.signal, ...(by === "deadline" ? { totalTimeoutMs: 500 } : {}) };
    const failing = [file, { data, sizeBytes: 100 }].map((input) =>
      failureOf(user.transcription.uploadAudio("1", { file: input }, options)),
    );
    await asked.promise;
    if (by === "abort") abort.abort();
    if (by === "close") await client.close();
    for (const error of await Promise.all(failing))
      expect(error).toBeInstanceOf(by === "deadline" ? HeidiTimeoutError : HeidiAbortError);
    await sleep(0);
    expect(file.data.destroyed).toBe(true);
    expect(returned).toHaveBeenCalledTimes(1);
  });
});

describe("an upload that is refused before anything of it is read", () => {
  it.each<[string, (file: unknown) => Promise<unknown>, new (...args: never[]) => Error]>([
    [
      "by a closed client",
      async (file) => {
        const client = clientOf(server.url);
        const user = client.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "1" });
        await client.close();
        return user.transcription.uploadAudio("1", { file: file as never });
      },
      HeidiAbortError,
    ],
    [
      "for its options",
      (file) =>
        readyUserOf(server.url).transcription.uploadAudio("1", { file: file as never }, { timeoutMs: -1 }),
      HeidiArgumentError,
    ],
    [
      "for its id",
      (file) => readyUserOf(server.url).transcription.uploadAudio("", { file: file as never }),
      HeidiArgumentError,
    ],
    [
      "for what is said of it",
      (file) =>
        readyUserOf(server.url).transcription.uploadAudio("1", {
          file: { data: file as never, sizeBytes: -1 },
        }),
      HeidiArgumentError,
    ],
  ])("%s lets go of its stream, and does not die of one that fails [D8] [H7]", async (_, upload, type) => {
    const open = new PassThrough();
    const missing = createReadStream("/missing/visit.mp3");
    for (const stream of [open, missing]) {
      const error = await failureOf(upload(stream));
      expect(error).toBeInstanceOf(type);
      expect(error.outcome).toBe("not-sent");
    }
    await expect.poll(() => [open.destroyed, missing.destroyed]).toEqual([true, true]);
  });
});
