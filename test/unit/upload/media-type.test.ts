import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { HeidiUploadError } from "../../../src/errors.ts";
import { createMultipart } from "../../../src/upload/multipart.ts";
import { AUDIO, collect, DOCUMENT, parseStrictly } from "./support.ts";

const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));
const padded = (text: string, size = 600): Uint8Array => {
  const bytes = new Uint8Array(size);
  bytes.set(latin1(text));
  return bytes;
};

async function typeOf(file: unknown, audio: boolean): Promise<string | undefined> {
  const body = await createMultipart({ file }, audio ? AUDIO : DOCUMENT, { audio });
  return parseStrictly(await collect(body), body.contentType)[0]?.contentType;
}

/** Every way in which bytes are given: known at once, read by position, read as a stream with and without a size. */
function waysOf(data: Uint8Array): readonly [string, () => unknown][] {
  async function* stream() {
    for (let start = 0; start < data.byteLength; start += 100) yield data.slice(start, start + 100);
  }
  return [
    ["bytes", () => data],
    ["a Blob", () => new Blob([new Uint8Array(data)])],
    ["a stream", () => stream()],
    ["a function", () => () => stream()],
    ["a sized stream", () => ({ data: stream(), sizeBytes: data.byteLength })],
  ];
}

/** A compound file (an old Office format) whose directory lies at its end, as Word writes it. */
function compoundFile(stream: string): Uint8Array {
  const bytes = new Uint8Array(512 * 40);
  bytes.set([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
  const view = new DataView(bytes.buffer);
  view.setUint16(30, 9, true);
  view.setUint32(48, 38, true);
  for (const [index, name] of ["Root Entry", stream].entries())
    bytes.set(new Uint8Array(Buffer.from(name, "utf16le")), 512 * 39 + index * 128);
  return bytes;
}

/** An archive whose first entry is large, so that only its directory, at the end, tells what it is. */
function archive(...names: string[]): Uint8Array {
  const filler = new Uint8Array(100_000);
  const local = (name: string): Uint8Array => latin1(`PK\x03\x04${"\0".repeat(26)}${name}`);
  const central = (name: string): Uint8Array => latin1(`PK\x01\x02${"\0".repeat(42)}${name}`);
  const [first = "", ...rest] = names;
  return new Uint8Array(Buffer.concat([local(first), filler, ...rest.map(local), ...names.map(central)]));
}

const OFFICE = "application/vnd.openxmlformats-officedocument.";
const AAC_BEHIND_TAG = latin1(
  `ID3\x04\0\0\0\0\x02\0${"\0".repeat(256)}\xff\xf1\x50\x80\x02\x1f\xfc${"\0".repeat(90)}`,
);

describe("what the bytes of a recording prove stands above its name and its declared type [R23]", () => {
  it.each<[string, Uint8Array, { filename?: string; contentType?: string }, string]>([
    ["m4a named mp3", padded("\0\0\0\x20ftypM4A \0\0\0\0"), { filename: "x.mp3" }, "audio/mp4"],
    [
      "WebM named mp3",
      padded("\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm"),
      { filename: "x.mp3" },
      "audio/webm",
    ],
    ["MP4 declared as WebM", padded("\0\0\0\x18ftypisom"), { contentType: "video/webm" }, "audio/mp4"],
    ["MP4 declared as MPEG", padded("\0\0\0\x18ftypisom"), { contentType: "audio/mpeg" }, "audio/mp4"],
    ["AAC behind ID3", AAC_BEHIND_TAG, { filename: "x.mp3" }, "audio/aac"],
    [
      "FLAC behind ID3 with a picture",
      padded(`ID3\x04\0\0\0\x04\0\0${"\x01".repeat(65_536)}fLaC\0\0\0\x22`, 70_000),
      {},
      "audio/flac",
    ],
    ["MP3 behind ID3", padded(`ID3\x03\0\0\0\0\0\x0a${"\0".repeat(10)}\xff\xfb\x90\x64`), {}, "audio/mpeg"],
    ["QuickTime from a free box", padded("\0\0\0\x14freeqt  "), { filename: "x.mp3" }, "audio/mp4"],
    ["QuickTime from a wide box", padded("\0\0\0\x08wide\0\0\xcb\xc9mdat"), {}, "audio/mp4"],
    ["QuickTime from sound", padded("\0\0\0\x01mdat"), {}, "audio/mp4"],
    ["QuickTime from its index", padded("\0\0\x0c\x08moov"), {}, "audio/mp4"],
    ["layer II", padded("\xff\xfd\x84\x04"), { filename: "x.wav" }, "audio/mpeg"],
    ["Sun audio", padded(".snd\0\0\0\x18"), {}, "audio/basic"],
    [
      "more than the bytes say",
      padded("OggS\0\x02"),
      { contentType: "audio/ogg;codecs=opus" },
      "audio/ogg;codecs=opus",
    ],
    [
      "another name of the format",
      padded("RIFF\0\0\0\0WAVEfmt "),
      { contentType: "audio/x-wav" },
      "audio/x-wav",
    ],
    ["unknown bytes by their name", padded("\x01\x02\x03"), { filename: "x.ogg" }, "audio/ogg"],
    ["unknown bytes", padded("\x01\x02\x03"), { contentType: "application/pdf" }, "audio/mpeg"],
  ])("%s", async (_, data, facts, type) => {
    for (const [way, file] of waysOf(data)) {
      const given = file();
      const input = way === "a sized stream" ? { ...(given as object), ...facts } : { data: given, ...facts };
      expect([way, await typeOf(input, true)]).toEqual([way, type]);
    }
  });

  it.each<[string, Uint8Array, { filename?: string; contentType?: string }, string]>([
    ["HEIF", padded("\0\0\0\x1cftypmif1\0\0\0\0mif1heicmiaf"), { filename: "x.mp4" }, "image/heif"],
    ["HEIC", padded("\0\0\0\x18ftypheic"), {}, "image/heic"],
    ["AVIF named jpg", padded("\0\0\0\x18ftypavif"), { filename: "x.jpg" }, "image/avif"],
    ["a PDF named docx", padded("%PDF-1.7\n"), { filename: "x.docx" }, "application/pdf"],
    [
      "sound",
      padded("ID3\x04\0\0\0\0\0\0"),
      { filename: "x.mp3", contentType: "audio/mpeg" },
      "application/octet-stream",
    ],
    ["unknown bytes", padded("\x01\x02\x03"), {}, "application/octet-stream"],
    ["a saved error page", padded("<!DOCTYPE html><html>", 21), { filename: "x.pdf" }, "text/html"],
    ["a table as text", latin1("a,b,c\n1,2,3\n"), { filename: "x.csv" }, "text/csv"],
    ["a workbook of Excel 97", compoundFile("Workbook"), { filename: "x.doc" }, "application/vnd.ms-excel"],
    ["Word 97", compoundFile("WordDocument"), {}, "application/msword"],
    ["PowerPoint 97", compoundFile("PowerPoint Document"), {}, "application/vnd.ms-powerpoint"],
    ["an Outlook message", compoundFile("__properties_version1.0"), {}, "application/vnd.ms-outlook"],
    ["a compound file of another program", compoundFile("Contents"), {}, "application/x-cfb"],
  ])("of a document: %s", async (_, data, facts, type) => {
    for (const [way, file] of waysOf(data)) {
      const given = file();
      const input = way === "a sized stream" ? { ...(given as object), ...facts } : { data: given, ...facts };
      expect([way, await typeOf(input, false)]).toEqual([way, type]);
    }
  });

  it.each([
    ["[Content_Types].xml", "word/document.xml", `${OFFICE}wordprocessingml.document`],
    ["[Content_Types].xml", "xl/workbook.xml", `${OFFICE}spreadsheetml.sheet`],
    ["docProps/thumbnail.jpeg", "ppt/presentation.xml", `${OFFICE}presentationml.presentation`],
    [
      "mimetypeapplication/vnd.oasis.opendocument.text",
      "content.xml",
      "application/vnd.oasis.opendocument.text",
    ],
    ["a.txt", "b.txt", "application/zip"],
  ])("an archive of %s and %s is %s", async (first, second, type) => {
    const data = archive(first, second);
    expect(await typeOf(data, false)).toBe(type);
    expect(await typeOf(new Blob([new Uint8Array(data)]), false)).toBe(type);
    expect(await typeOf({ data, filename: "x.pdf" }, false)).toBe(type);
  });
});

describe("what is certainly no sound is refused as a recording, with nothing sent [R22]", () => {
  it.each<[string, Uint8Array]>([
    ["a PDF", padded("%PDF-1.7\n%\xe2\xe3\xcf\xd3")],
    ["JPEG", padded("\xff\xd8\xff\xe0\0\x10JFIF")],
    ["PNG", padded("\x89PNG\r\n\x1a\n")],
    ["GIF", padded("GIF89a\x01\0")],
    ["TIFF", padded("II*\0")],
    ["WebP", padded("RIFF\0\0\0\0WEBPVP8 ")],
    ["HEIC", padded("\0\0\0\x18ftypheic")],
    ["Word", archive("[Content_Types].xml", "word/document.xml")],
    ["Word 97", compoundFile("WordDocument")],
    ["RTF", padded("{\\rtf1\\ansi Note}", 17)],
    ["a note", latin1("Mrs Smith reports pain in her left knee since Monday.\n")],
    ["a note in UTF-8", new TextEncoder().encode("Señora García refiere dolor en la rodilla.")],
    ["a note in UTF-16", new Uint8Array(Buffer.from("\ufeffMrs Smith reports pain.", "utf16le"))],
    ["HTML", latin1("<html><body>Login</body></html>")],
    ["JSON", latin1('{"detail":"Not Found"}')],
  ])("%s", async (_, data) => {
    for (const [way, file] of waysOf(data)) {
      const given = file();
      const facts = { filename: "visit.mp3", contentType: "audio/mpeg" };
      const input = way === "a sized stream" ? { ...(given as object), ...facts } : { data: given, ...facts };
      const error = await typeOf(input, true).catch((caught: unknown) => caught);
      expect([way, error]).toEqual([way, expect.any(HeidiUploadError)]);
      expect(error).toMatchObject({ outcome: "not-sent" });
      expect(String(error)).not.toMatch(/Smith|visit/);
    }
  });

  it.each<[string, Uint8Array]>([
    ["silence", new Uint8Array(2000)],
    ["noise", Uint8Array.from({ length: 2000 }, (_, index) => (index * 7919) % 251)],
    ["few letters", latin1("sound")],
    ["one letter", latin1("a".repeat(500))],
  ])("unknown bytes still go: %s", async (_, data) => {
    expect(await typeOf(data, true)).toBe("audio/mpeg");
  });
});

it("the package's own recordings are what their names say [R23]", async () => {
  const { readdirSync } = await import("node:fs");
  const folder = new URL("../../fixtures/recordings/", import.meta.url);
  const types: Record<string, string> = {
    opus: "audio/ogg",
    ogg: "audio/ogg",
    webm: "audio/webm",
    mp3: "audio/mpeg",
  };
  const known = readdirSync(folder)
    .filter((name) => types[name.split(".").at(-1) ?? ""] !== undefined)
    .filter((name) => !name.startsWith("part.")); // the middle of a recording is no file
  expect(known.length).toBeGreaterThan(0);
  for (const name of known) {
    const type = types[name.split(".").at(-1) ?? ""];
    expect([name, await typeOf(readFileSync(new URL(name, folder)), true)]).toEqual([name, type]);
  }
});
