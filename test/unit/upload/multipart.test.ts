import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeidiArgumentError, HeidiUploadError } from "../../../src/errors.ts";
import { createMultipart } from "../../../src/upload/multipart.ts";
import type { RequestBody } from "../../../src/upload/types.ts";
import { isEndUnsent } from "../../../src/upload/unsent-end.ts";
import {
  AUDIO,
  audio,
  collect,
  DOCUMENT,
  failure,
  iterate,
  parse,
  parseStrictly,
  partOf,
} from "./support.ts";

const OGG = Buffer.from("OggS\0\x02 and then some sound", "latin1");

function named(filename: string): Promise<RequestBody> {
  return audio({ data: OGG, filename });
}

describe("a form", () => {
  it("carries fields as text, lists as repeated parts, objects as JSON, in the caller's order", async () => {
    const fields = {
      index: 3,
      unstructured: true,
      off: false,
      tags: ["a", 2, null, undefined],
      meta_data: { kind: "referral", pages: [1] },
      when: new Date(Date.UTC(2024, 7, 1)),
      big: 12345678901234567890n,
      left_out: undefined,
      nothing: null,
      file: OGG,
      note: "ünï\r\n\r\ncode",
    };
    const parts = await parse(await createMultipart(Object.freeze(fields), DOCUMENT, { audio: false }));
    expect(parts.map(({ name, content }) => [name, content.toString()])).toEqual([
      ["index", "3"],
      ["unstructured", "true"],
      ["off", "false"],
      ["tags", "a"],
      ["tags", "2"],
      ["meta_data", '{"kind":"referral","pages":[1]}'],
      ["when", "2024-08-01T00:00:00.000Z"],
      ["big", "12345678901234567890"],
      ["file", OGG.toString()],
      ["note", "ünï\r\n\r\ncode"],
    ]);
    expect(parts.map(({ contentType }) => contentType).filter(Boolean)).toEqual(["application/octet-stream"]);
  });

  it("has a new boundary each time, and one content for all attempts", async () => {
    const [one, two] = [await audio(OGG), await audio(OGG)];
    expect(one.contentType).not.toBe(two.contentType);
    expect(await collect(one)).toEqual(await collect(one));
    expect(one.replayable).toBe(true);
  });

  it("announces its exact length, or none when a stream does not tell", async () => {
    const body = await audio({ data: Readable.from([OGG]), filename: "x.ogg", sizeBytes: OGG.byteLength });
    expect(body.sizeBytes).toBe((await collect(body)).byteLength);
    expect((await audio(Readable.from([OGG]))).sizeBytes).toBeUndefined();
  });

  it("is also a Blob where its files are Blobs or bytes", async () => {
    for (const file of [new Blob([OGG]), OGG, new Uint8Array(new SharedArrayBuffer(4))]) {
      const body = await audio(file);
      const blob = body.blob?.();
      expect(blob?.type).toBe(body.contentType);
      expect(Buffer.from(await (blob ?? new Blob()).arrayBuffer())).toEqual(await collect(body));
    }
    expect((await audio(Readable.from([OGG]))).blob?.()).toBeUndefined();
  });

  it("takes several files and files that the description does not know", async () => {
    const body = await createMultipart(
      { file: OGG, context_documents: [new Blob(["%PDF-1"]), OGG] },
      DOCUMENT,
      { audio: false },
    );
    expect(
      (await parse(body)).map(({ name, contentType, filename }) => [name, contentType, filename]),
    ).toEqual([
      ["file", "application/octet-stream", "file"],
      ["context_documents", "application/pdf", "file.pdf"],
      ["context_documents", "application/octet-stream", "file"],
    ]);
  });

  it("is read back by a browser's parser", async () => {
    const body = await createMultipart(
      { note: "a\nb", file: { data: OGG, filename: 'a "b".ogg' } },
      DOCUMENT,
      { audio: true },
    );
    const form = await new Response(await collect(body), {
      headers: { "content-type": body.contentType },
    }).formData();
    expect(form.get("note")).toBe("a\nb");
    const file = form.get("file");
    if (!(file instanceof File)) throw new Error("no file");
    expect([file.name, file.type]).toEqual(['a "b".ogg', "audio/ogg"]);
    expect(Buffer.from(await file.arrayBuffer())).toEqual(OGG);
  });

  it("lets no content, name or file name break out of its part", async () => {
    const hostile = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({
        unit: fc.constantFrom(
          '"',
          "\r",
          "\n",
          "\0",
          "\\",
          "/",
          ".",
          "-",
          ";",
          "=",
          "a",
          "é",
          "🎙",
          "\ud800",
          "\u202e",
        ),
      }),
      fc.constantFrom('x"\r\nContent-Type: text/html\r\n\r\n', "--heidi-\r\n", '"; filename="evil'),
    );
    await fc.assert(
      fc.asyncProperty(
        hostile,
        hostile,
        hostile,
        // Begins as sound does: bytes that happen to begin as a document does are refused, which is not the matter here.
        fc.uint8Array().map((bytes) => Buffer.concat([OGG, bytes])),
        async (name, filename, value, content) => {
          const fields = JSON.parse("{}");
          Object.defineProperty(fields, `n${name}`, { value, enumerable: true });
          fields.file = { data: content, filename };
          const body = await createMultipart(fields, AUDIO, { audio: true });
          const bytes = await collect(body);
          expect(bytes.byteLength).toBe(body.sizeBytes);
          const [text, file, ...more] = parseStrictly(bytes, body.contentType);
          expect(more).toEqual([]);
          expect(text?.content.toString()).toBe(Buffer.from(value).toString());
          expect(file?.name).toBe("file");
          expect(file?.content).toEqual(Buffer.from(content));
          expect(file?.filename).toMatch(/^[^/\\\p{Cc}"]+$/u);
          expect(Buffer.byteLength(file?.filename ?? "")).toBeLessThanOrEqual(3 * 255);

          const form = await new Response(bytes, {
            headers: { "content-type": body.contentType },
          }).formData();
          expect([...form.keys()]).toHaveLength(2);
          const parsed = form.get("file");
          if (!(parsed instanceof File)) throw new Error("no file");
          expect(Buffer.from(await parsed.arrayBuffer())).toEqual(Buffer.from(content));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("a file name", () => {
  it.each([
    ["visit.ogg", "visit.ogg"],
    ["/home/dr/visit.ogg", "visit.ogg"],
    ["C:\\Users\\dr\\visit.ogg", "visit.ogg"],
    ["../../etc/passwd", "passwd"],
    ["..\\..\\boot.ini", "boot.ini"],
    ['say "ah".ogg', "say %22ah%22.ogg"],
    ['x"\r\nContent-Type: text/html\r\n\r\n<b>.ogg', "html<b>.ogg"],
    ["a\0b\u0007.ogg", "ab.ogg"],
    ["\u202egpj.exe", "gpj.exe"],
    ["🎙️ Besuch Müller.ogg", "🎙️ Besuch Müller.ogg"],
    ["half \ud83c.ogg", "half \ufffd.ogg"],
    ["100%25.ogg", "100%25.ogg"],
    ["", "audio.ogg"],
    ["   ", "audio.ogg"],
    ["/", "audio.ogg"],
    ["..", "audio.ogg"],
    ["\r\n\0", "audio.ogg"],
  ])("%j is sent as %j [D14]", async (given, sent) => {
    expect((await partOf(await named(given))).filename).toBe(sent);
  });

  it("of 1000 characters is cut between characters and keeps its extension [D14]", async () => {
    for (const letter of ["x", "ü", "🎙"]) {
      const { filename = "" } = await partOf(await named(`${letter.repeat(1000)}.ogg`));
      expect(filename).toMatch(new RegExp(`^(${letter})+\\.ogg$`, "u"));
      expect(Buffer.byteLength(filename)).toBeLessThanOrEqual(255);
      expect(Buffer.byteLength(filename)).toBeGreaterThan(245);
    }
    expect(Buffer.byteLength((await partOf(await named("y".repeat(1000)))).filename ?? "")).toBe(255);
  });

  it("comes from the File, and one is made up by the content when there is none [D14]", async () => {
    expect((await partOf(await audio(new File([OGG], "dictation.ogg")))).filename).toBe("dictation.ogg");
    expect((await partOf(await audio(new Blob([OGG])))).filename).toBe("audio.ogg");
    const pdf = await createMultipart({ file: new Blob(["%PDF-1.4"]) }, DOCUMENT, { audio: false });
    expect((await partOf(pdf)).filename).toBe("file.pdf");
    const unknown = await createMultipart({ file: new Blob(["?"]) }, DOCUMENT, { audio: false });
    expect((await partOf(unknown)).filename).toBe("file");
  });
});

describe("a content type", () => {
  it.each([
    [{ type: "audio/ogg;codecs=opus" }, "audio/ogg;codecs=opus"],
    [{ type: "audio/opus" }, "audio/opus"],
    [{ type: "audio/webm;codecs=opus" }, "audio/ogg"],
    [{ type: "video/webm" }, "audio/ogg"],
    [{ type: "application/octet-stream" }, "audio/ogg"],
    [{ type: "" }, "audio/ogg"],
    [{ type: "not a type" }, "audio/ogg"],
  ])("of a recording whose Blob says %j is sent as %j", async (options, sent) => {
    expect((await partOf(await audio(new Blob([OGG], options)))).contentType).toBe(sent);
  });

  it.each(["audio/ogg\r\nX-Evil: 1", "sound", "audio/ogg; codecs=a b", 7])(
    "%j given by the caller is refused without quoting it [D15]",
    async (contentType) => {
      const error = await failure(audio({ data: OGG, contentType }));
      expect(error).toBeInstanceOf(HeidiArgumentError);
      expect(error).toMatchObject({ argument: "file.contentType", outcome: "not-sent" });
      expect(String(error)).not.toContain(String(contentType));
    },
  );

  it("is found in the first bytes of a stream, and none of them is lost", async () => {
    for (const sizeBytes of [undefined, OGG.byteLength]) {
      const bytewise = Readable.from(Array.from(OGG, (byte) => Buffer.of(byte)));
      const part = await partOf(await audio({ data: bytewise, sizeBytes }));
      expect(part).toMatchObject({ contentType: "audio/ogg", content: OGG, filename: "audio.ogg" });
    }
  });
});

describe("what is no file", () => {
  it.each([
    ["missing", undefined],
    ["null", null],
    ["a string", "visit.mp3"],
    ["a number", 7],
    ["an array", [1, 2, 3]],
    ["an object", {}],
    ["a boolean", true],
  ])("%s is refused before any request, naming the argument and what is accepted", async (found, value) => {
    const error = await failure(audio(value));
    expect(error).toBeInstanceOf(HeidiArgumentError);
    expect(error).toMatchObject({ argument: "file", outcome: "not-sent", attempts: 0 });
    expect(String(error)).toContain(`is ${found}`);
    expect(String(error)).toContain("fileFromPath(path)");
    expect(String(error)).not.toContain("visit.mp3");
  });

  it.each([
    [{ data: "visit.mp3" }, "file.data"],
    [{ data: null }, "file.data"],
    [{ data: { data: OGG } }, "file.data"],
    [{ data: OGG, filename: 7 }, "file.filename"],
    [{ data: OGG, sizeBytes: -1 }, "file.sizeBytes"],
    [{ data: OGG, sizeBytes: 1.5 }, "file.sizeBytes"],
    [{ data: OGG, sizeBytes: Number.NaN }, "file.sizeBytes"],
    [{ data: OGG, sizeBytes: "9" }, "file.sizeBytes"],
  ])("%j is refused with the argument's name", async (value, argument) => {
    expect(await failure(audio(value))).toMatchObject({ name: "HeidiArgumentError", argument });
  });

  it("a form without its file is refused, also where the description calls it optional", async () => {
    expect(await failure(createMultipart({ unstructured: true }, DOCUMENT, { audio: false }))).toMatchObject({
      name: "HeidiArgumentError",
      argument: "file",
    });
  });

  it.each([
    ["an empty Blob", new Blob([])],
    ["no bytes", new Uint8Array(0)],
    ["an empty buffer", new ArrayBuffer(0)],
    ["a stream declared as empty", { data: Readable.from([]), sizeBytes: 0 }],
  ])("%s is refused before any request", async (_name, value) => {
    const error = await failure(audio(value));
    expect(error).toBeInstanceOf(HeidiUploadError);
    expect(error).toMatchObject({ outcome: "not-sent", message: expect.stringContaining("empty") });
  });

  it("a getter that throws is a refused argument with its error as the cause", async () => {
    const cause = new Error("getter");
    const fail = (): never => {
      throw cause;
    };
    const fields = Object.defineProperty({}, "file", { get: fail, enumerable: true });
    expect(await failure(createMultipart(fields, AUDIO, { audio: true }))).toMatchObject({
      argument: "file",
      cause,
    });
    const wrapped = Object.defineProperty({ data: OGG }, "filename", { get: fail });
    expect(await failure(audio(wrapped))).toMatchObject({ argument: "file", cause });
  });

  it.each([
    ["NaN", Number.NaN],
    ["a symbol", Symbol("s")],
    ["an endless object", endless()],
  ])("a field that is %s is refused", async (_name, value) => {
    const error = await failure(createMultipart({ file: OGG, note: value }, DOCUMENT, { audio: false }));
    expect(error).toMatchObject({ name: "HeidiArgumentError", argument: "note" });
    expect(error).not.toHaveProperty("cause", expect.anything());
  });

  it("a body that is no object is refused", async () => {
    const fields = JSON.parse("null");
    expect(await failure(createMultipart(fields, AUDIO, { audio: true }))).toMatchObject({
      argument: "body",
    });
  });
});

function endless(): object {
  const value: { self?: object } = {};
  value.self = value;
  return value;
}

describe("bytes in memory", () => {
  it.each([
    ["Uint8Array", new Uint8Array(OGG)],
    ["ArrayBuffer", new Uint8Array(OGG).buffer],
    ["DataView", new DataView(new Uint8Array([0, ...OGG, 0]).buffer, 1, OGG.byteLength)],
    ["Blob", new Blob([OGG])],
    ["a frozen description", Object.freeze({ data: new Blob([OGG]), filename: "x.ogg" })],
  ])("are sent as they are: %s", async (_name, value) => {
    expect((await partOf(await audio(value))).content).toEqual(OGG);
  });

  it("two uploads share one Blob [D16]", async () => {
    const blob = new Blob([Buffer.alloc(3_000_000, "x")]);
    const [one, two] = await Promise.all([audio(blob).then(partOf), audio(blob).then(partOf)]);
    expect(one.content.equals(two.content)).toBe(true);
    expect(one.content.byteLength).toBe(3_000_000);
  });

  it("leave in pieces that let progress be seen, small ones first", async () => {
    const sizes: number[] = [];
    for await (const chunk of (await audio(Buffer.alloc(20_000_000, 1))).open() as AsyncIterable<Uint8Array>)
      sizes.push(chunk.byteLength);
    expect(sizes[1]).toBe(65_536);
    expect(Math.max(...sizes)).toBe(1024 * 1024);
    expect(sizes.length).toBeGreaterThan(30);
  });
});

describe("the end of a form", () => {
  const file = { data: new Uint8Array(1_000_000), filename: "a.ogg" };
  const form = (): Promise<RequestBody> => createMultipart({ file }, DOCUMENT, { audio: false });
  const readOne = (body: RequestBody): Promise<unknown> => iterate(body).next();

  it("is certainly unsent while a sender has read a part of the form only", async () => {
    const body = await form();
    await readOne(body);
    expect(isEndUnsent(file)).toBe(true);
    await readOne(body); // a second attempt
    expect(isEndUnsent(file)).toBe(true);
    body.release?.();
  });

  it("may be sent once a sender has read it, also when a later attempt has not", async () => {
    const body = await form();
    await collect(body);
    expect(isEndUnsent(file)).toBe(false);
    await readOne(body);
    expect(isEndUnsent(file)).toBe(false);
    body.release?.();
  });

  it("may be sent when the platform takes the form whole, or when a middleware sends another body", async () => {
    const body = await form();
    expect(isEndUnsent(file)).toBe(false);
    await readOne(body);
    expect(isEndUnsent(file)).toBe(true);
    await body.blob?.();
    expect(isEndUnsent(file)).toBe(false);
    body.release?.();
  });
});
