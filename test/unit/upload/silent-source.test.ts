import { Heidi, HeidiTimeoutError } from "heidi-health-sdk";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A browser that sends so much and leaves, as a server sees it that passes its upload on. */
function leaving(bytes: number): ReadableStream<Uint8Array> {
  let sent = false;
  return new ReadableStream({
    pull(controller) {
      if (sent || bytes === 0) return new Promise(() => undefined);
      sent = true;
      controller.enqueue(new Uint8Array(bytes));
    },
  });
}

/** Resolves when all that the browser had sent has arrived: what is loaded on the way takes real time, not the clock's. */
let arrived: Promise<void>;
let onArrived: () => void;
beforeEach(() => {
  arrived = new Promise((resolve) => {
    onArrived = resolve;
  });
});

/** Reads what is sent, and never answers before its end. */
const reading: typeof fetch = async (_input, init) => {
  let bytes = 0;
  for await (const chunk of (init as { readonly body: AsyncIterable<Uint8Array> }).body) {
    bytes += chunk.byteLength;
    if (bytes >= 200_000) onArrived();
  }
  return new Response(null, { status: 204 });
};

const options = { baseUrl: "https://api.example", fetch: reading };

async function settledAfter(call: PromiseLike<unknown>, ms: number): Promise<unknown> {
  let result: unknown;
  Promise.resolve(call).catch((error: unknown) => {
    result = error;
  });
  await vi.advanceTimersByTimeAsync(ms);
  return result;
}

describe("an upload whose source gives nothing more", () => {
  it.each([
    [
      "in the middle",
      200_000,
      "unknown",
      /source of the file delivered no data for 60000 ms during transcription\.uploadAudio/,
    ],
    [
      "from the beginning",
      0,
      expect.stringMatching(/^(not-sent|unknown)$/),
      /delivered no data for 60000 ms/,
    ],
  ] as const)("%s ends after a minute, and says so [R17]", async (_, bytes, outcome, message) => {
    const data = leaving(bytes);
    const file = bytes === 0 ? data : { data, filename: "visit.mp3" };
    const call = Heidi.withToken("jwt", options).transcription.uploadAudio("1", { file });
    call.catch(() => undefined);
    if (bytes > 0) await arrived;
    expect(await settledAfter(call, 59_000)).toBeUndefined();
    const error = await settledAfter(call, 2_000);
    expect(error).toBeInstanceOf(HeidiTimeoutError);
    expect(error).toMatchObject({
      operation: "uploadSessionAudio",
      outcome,
      message: expect.stringMatching(message),
    });
  });

  it("keeps to a `timeoutMs` of the caller's, shorter or longer [R17]", async () => {
    const upload = (timeoutMs: number): Promise<unknown> =>
      Heidi.withToken("jwt", options).sessionContext.uploadDocument(
        "1",
        { file: { data: leaving(200_000), filename: "a.pdf" } },
        { timeoutMs },
      );
    const hasty = upload(1_000);
    await arrived;
    expect(await settledAfter(hasty, 1_500)).toBeInstanceOf(HeidiTimeoutError);
    arrived = new Promise((resolve) => {
      onArrived = resolve;
    });
    const patient = upload(300_000);
    await arrived;
    expect(await settledAfter(patient, 290_000)).toBeUndefined();
    expect(await settledAfter(patient, 20_000)).toBeInstanceOf(HeidiTimeoutError);
  });
});
