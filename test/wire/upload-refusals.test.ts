import { createReadStream, readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import {
  HeidiApiError,
  HeidiAuthenticationError,
  HeidiConnectionError,
  HeidiRateLimitError,
  HeidiServerError,
  HeidiUploadError,
} from "heidi-health-sdk";
import { fileFromPath } from "heidi-health-sdk/node";
import { afterAll, describe, expect, it } from "vitest";
import { useFaultServer } from "./each.ts";
import type { FaultServer, Step } from "./harness.ts";
import { closeAll, failureOf, readyUserOf, SECRET, userOf } from "./sdk.ts";
import { allClosed, descriptors, hashOfForm, MIB, Scratch, UPLOAD, untilBaseline } from "./upload-support.ts";

const scratch = new Scratch();
const large = scratch.sparse("large.mp3", 64 * MIB);
const small = scratch.random("small.mp3", 300_000);
const TOO_LARGE: Step = {
  do: "respond",
  status: 413,
  headers: { "content-type": "text/html" },
  body: SECRET,
};

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});
afterAll(() => scratch.remove());

describe("an upload that the server refuses while it is being sent", () => {
  it.each<[string, Step[]]>([
    ["reads on", [TOO_LARGE, { do: "stall" }]],
    ["reads on and then closes", [TOO_LARGE, { do: "wait", ms: 100 }, { do: "fin" }]],
    ["says that it will close, and does", [{ ...TOO_LARGE, headers: { connection: "close" } }]],
    [
      "stops reading",
      [TOO_LARGE, { do: "pause" }, { do: "gate", name: "refused" }, { do: "resume" }, { do: "stall" }],
    ],
  ])(
    "fails with its 413 when the server %s, is not repeated, and leaves nothing open [D5]",
    async (_, steps) => {
      await server.script({ ...UPLOAD, when: MIB, steps });
      const baseline = descriptors();
      const error = await failureOf(
        readyUserOf(server.url).transcription.uploadAudio("1", { file: fileFromPath(large) }),
      );
      expect(error).toBeInstanceOf(HeidiApiError);
      expect(error).toMatchObject({ status: 413, attempts: 1, outcome: "rejected" });
      expect(error.message).toMatch(/larger than the server or a proxy/);
      await untilBaseline(baseline);
      await server.open("refused");
      await allClosed(server);
      expect(await server.requests({ ...UPLOAD, complete: true })).toEqual([]);
    },
  );

  it("fails with the 413 or, when a reset overtook it, with a connection error that speaks of the size [D5]", async () => {
    await server.script({ ...UPLOAD, when: MIB, steps: [TOO_LARGE, { do: "rst" }] });
    const error = await failureOf(
      readyUserOf(server.url).transcription.uploadAudio("1", { file: fileFromPath(large) }),
    );
    expect(error.attempts).toBe(1);
    if (error instanceof HeidiApiError) expect(error.status).toBe(413);
    else {
      expect(error).toBeInstanceOf(HeidiConnectionError);
      expect(error.outcome).toBe("unknown");
    }
    expect(error.message).toMatch(/larger than the server or a proxy/);
    expect(await server.requests(UPLOAD)).toHaveLength(1);
  });

  it("speaks of the size when the connection is reset before any answer, and is not repeated [D5]", async () => {
    await server.script({ ...UPLOAD, when: MIB, steps: [{ do: "rst" }] });
    const error = await failureOf(
      readyUserOf(server.url).transcription.uploadAudio("1", { file: fileFromPath(large) }),
    );
    expect(error).toBeInstanceOf(HeidiConnectionError);
    expect(error).toMatchObject({ outcome: "unknown", attempts: 1 });
    expect(error.message).toMatch(/larger than the server or a proxy/);
    expect(await server.requests(UPLOAD)).toHaveLength(1);
  });
});

describe("an upload of a stream that can be read once", () => {
  const ways: [number, string, new (...args: never[]) => Error][] = [
    [401, "an expired token", HeidiAuthenticationError],
    [429, "a rate limit", HeidiRateLimitError],
  ];

  it.each(ways)(
    "is not repeated after %i (%s), and says what could be [D9] [A12]",
    async (status, _, type) => {
      await server.script({ ...UPLOAD, steps: [{ do: "respond", status, body: "{}" }] });
      const file = createReadStream(small);
      const error = await failureOf(userOf(server.url).transcription.uploadAudio("1", { file }));
      expect(error).toBeInstanceOf(type);
      expect(error).toMatchObject({ attempts: 1, outcome: "rejected" });
      expect(error.message).toMatch(
        /read only once: pass fileFromPath\(\), a Blob, bytes or a function that opens a stream/,
      );
      expect(await server.requests(UPLOAD)).toHaveLength(1);
      expect(file.destroyed).toBe(true);
    },
  );

  it("is not repeated after 503, like no upload [D9]", async () => {
    await server.script({ ...UPLOAD, steps: [{ do: "respond", status: 503, body: "{}" }] });
    const { transcription } = readyUserOf(server.url);
    for (const file of [createReadStream(small), fileFromPath(small)]) {
      const error = await failureOf(transcription.uploadAudio("1", { file }));
      expect(error).toBeInstanceOf(HeidiServerError);
      expect(error).toMatchObject({ attempts: 1, outcome: "unknown" });
    }
    expect(await server.requests(UPLOAD)).toHaveLength(2);
  });
});

describe("an upload from a factory of streams", () => {
  it.each([[401], [429]])(
    "is repeated after %i with a new stream, and the old one is destroyed [D10]",
    async (status) => {
      await server.script({
        ...UPLOAD,
        times: 1,
        when: 100_000,
        steps: [{ do: "respond", status }, { do: "stall" }],
      });
      const opened: Readable[] = [];
      const open = (): Readable => {
        const stream = createReadStream(small, { highWaterMark: 10_000 });
        opened.push(stream);
        return stream;
      };
      const baseline = descriptors();
      await userOf(server.url).transcription.uploadAudio("1", { file: open });
      expect(opened).toHaveLength(2);
      expect(opened.map((stream) => stream.destroyed)).toEqual([true, true]);
      const [request] = await server.requests({ ...UPLOAD, complete: true });
      if (request === undefined) throw new Error("no upload was complete");
      expect(request.sha256).toBe(hashOfForm(request, readFileSync(small)));
      await closeAll();
      await untilBaseline(baseline);
    },
  );

  it.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("gone");
      },
    ],
    ["returns a string", () => SECRET],
    ["rejects", () => Promise.reject(new Error("gone"))],
    ["returns a stream that fails at once", () => createReadStream("/nowhere")],
  ])("that %s is known not to have been sent [D11]", async (_, open) => {
    await server.script({ ...UPLOAD, steps: [{ do: "respond" }] });
    for (const user of [readyUserOf(server.url), readyUserOf(server.url, { fetch })]) {
      const error = await failureOf(user.transcription.uploadAudio("1", { file: open as () => Readable }));
      expect(error).toBeInstanceOf(HeidiUploadError);
      expect(error).toMatchObject({ outcome: "not-sent", attempts: 1 });
    }
    expect(await server.requests({ ...UPLOAD, complete: true })).toEqual([]);
  });
});
