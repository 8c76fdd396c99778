import { Readable } from "node:stream";
import { Heidi, type HeidiUser } from "heidi-health-sdk";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { MAX_GATHERED_BYTES } from "../../../src/http/fetch-body.ts";

const ID = "0b0e8a34-77a4-4d4e-8f4e-000000000001";
const MIB = 1024 * 1024;
const RealRequest = globalThis.Request;
const RealBlob = globalThis.Blob;

/** The Request of Firefox and Safari: a stream is no body to it, so it takes the stream's name for a text. */
class RequestWithoutStreams extends RealRequest {
  constructor(input: RequestInfo | URL, init: RequestInit = {}) {
    super(input, init.body instanceof ReadableStream ? { ...init, body: String(init.body) } : init);
  }
}

/** A Blob as a browser has it, which keeps large content on a disk: this one only counts. */
class CountingBlob extends RealBlob {
  readonly #size: number;

  constructor(parts: readonly (Uint8Array | Blob)[] = []) {
    super([]);
    this.#size = parts.reduce((sum, part) => sum + ("size" in part ? part.size : part.byteLength), 0);
  }

  override get size(): number {
    return this.#size;
  }
}

/** The same MiB again and again, beginning as an MP3 does. */
const block = new Uint8Array(MIB);
block.set([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 0]);

const sent: unknown[] = [];
/** What a source was asked for, and how it ended. */
let given: { opened: number; bytes: number; ends: string[] };

async function* blocks(): AsyncGenerator<Uint8Array> {
  given.opened += 1;
  try {
    for (;;) {
      given.bytes += block.length;
      yield block;
    }
  } finally {
    given.ends.push("returned");
  }
}

const webStream = (): ReadableStream<Uint8Array> => {
  given.opened += 1;
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        given.bytes += block.length;
        controller.enqueue(block);
      },
      cancel: () => {
        given.ends.push("cancelled");
      },
    },
    { highWaterMark: 0 },
  );
};

const nodeStream = (): Readable => {
  const stream = Readable.from(blocks(), { objectMode: false, highWaterMark: 1 });
  stream.once("close", () => given.ends.push("closed"));
  return stream;
};

let clinician: HeidiUser;
beforeAll(() => {
  vi.stubGlobal("Request", RequestWithoutStreams);
  vi.stubGlobal("Blob", CountingBlob);
  clinician = Heidi.withToken("header.body.signature", {
    baseUrl: "https://api.example/v2",
    fetch: async (_, init) => {
      sent.push(init?.body);
      return Response.json({});
    },
  });
});
afterEach(() => {
  sent.length = 0;
});
afterAll(() => vi.unstubAllGlobals());

const begin = (): void => {
  given = { opened: 0, bytes: 0, ends: [] };
};
const failureOf = (call: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(call).then(
    () => "no failure",
    (error: unknown) => error,
  );
const refusal = {
  name: "HeidiUploadError",
  outcome: "not-sent",
  message: expect.stringMatching(
    /cannot send a stream.*larger than the 512 MiB.*nothing was sent. Pass a File or a Blob/,
  ),
};

type Upload = (file: never) => PromiseLike<unknown>;
const uploads: Readonly<Record<string, Upload>> = {
  "a recording": (file) => clinician.transcription.uploadAudio(ID, { file }),
  "a document": (file) => clinician.sessionContext.uploadDocument(ID, { file, unstructured: true }),
  "a form of one's own": (file) => clinician.request("POST", "/own", { multipart: { file } }),
};
const sources: Readonly<Record<string, () => unknown>> = {
  "a web stream": webStream,
  "an iterable": blocks,
  "a stream of Node": nodeStream,
  "a function that opens a stream": () => webStream,
};

describe("a stream where the platform's fetch sends none", () => {
  for (const [upload, call] of Object.entries(uploads)) {
    it(`that is announced as too long is refused after its first chunk, and let go of, as ${upload} [R1]`, async () => {
      for (const [source, make] of Object.entries(sources)) {
        begin();
        const file = { data: make(), sizeBytes: MAX_GATHERED_BYTES + 1, contentType: "audio/mpeg" };
        expect(await failureOf(call(file as never)), source).toMatchObject(refusal);
        // The first chunk is read before: what the file is stands in it.
        expect(given.opened, source).toBeLessThanOrEqual(1);
        expect(given.bytes, source).toBeLessThanOrEqual(2 * MIB);
        if (given.opened > 0)
          await expect.poll(() => given.ends.length, { message: source }).toBeGreaterThan(0);
        expect(sent).toEqual([]);
      }
    });

    it.each(Object.keys(sources))(
      `that turns out too long is refused at the limit and let go of, %s as ${upload} [R1]`,
      async (source) => {
        begin();
        const file = { data: sources[source]?.(), contentType: "audio/mpeg" };
        expect(await failureOf(call(file as never))).toMatchObject(refusal);
        expect(given.opened).toBe(1);
        expect(given.bytes).toBeGreaterThan(MAX_GATHERED_BYTES - MIB);
        expect(given.bytes).toBeLessThanOrEqual(MAX_GATHERED_BYTES + 2 * MIB);
        await expect.poll(() => given.ends.length).toBeGreaterThan(0);
        expect(sent).toEqual([]);
      },
    );
  }

  it("that fits is gathered to its last byte and sent as one Blob [R1]", async () => {
    begin();
    const data = (async function* () {
      for (let sentMib = 0; sentMib < 20; sentMib++) yield block;
    })();
    await clinician.transcription.uploadAudio(ID, { file: { data, contentType: "audio/mpeg" } });
    const [body] = sent as [Blob];
    expect(body).toBeInstanceOf(CountingBlob);
    expect(body.size).toBeGreaterThan(20 * MIB);
    expect(body.size).toBeLessThan(20 * MIB + 1000);
  });
});
