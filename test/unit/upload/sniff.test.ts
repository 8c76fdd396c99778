import { describe, expect, it } from "vitest";
import { declaredMediaType, mediaTypeOfStart, parseMediaType } from "../../../src/upload/media-type.ts";
import { extensionOf, sniffMediaType, typeByName } from "../../../src/upload/sniff.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");

describe("the type of a recording by its first bytes", () => {
  it.each([
    ["an MP3 with a tag", "ID3\x04\0\0\0\0\0\x23", "audio/mpeg"],
    ["an MP3 without a tag", "\xff\xfb\x90\x64\0\0", "audio/mpeg"],
    ["a low-rate MP3", "\xff\xf3\x40\xc0\0\0", "audio/mpeg"],
    ["AAC in ADTS", "\xff\xf1\x50\x80\x02\x1f\xfc", "audio/aac"],
    ["AAC in ADTS with MPEG-2", "\xff\xf9\x50\x80\x02\x1f\xfc", "audio/aac"],
    ["Ogg with Opus", "OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead", "audio/ogg"],
    ["WAV", "RIFF\x24\0\0\0WAVEfmt ", "audio/wav"],
    ["a WAV beyond 4 GB", "RF64\xff\xff\xff\xffWAVEds64", "audio/wav"],
    ["FLAC", "fLaC\0\0\0\x22", "audio/flac"],
    ["WebM", "\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\x82\x84webm", "audio/webm"],
    ["Matroska", "\x1aE\xdf\xa3\xa3B\x86\x81\x01B\x82\x88matroska", "audio/x-matroska"],
    ["M4A", "\0\0\0\x20ftypM4A \0\0\0\0", "audio/mp4"],
    ["MP4", "\0\0\0\x18ftypisom\0\0\x02\0", "audio/mp4"],
    ["QuickTime", "\0\0\0\x14ftypqt  \0\0\0\0", "audio/mp4"],
    ["3GP", "\0\0\0\x18ftyp3gp5\0\0\x01\0", "audio/3gpp"],
    ["3G2", "\0\0\0\x18ftyp3g2a\0\0\x01\0", "audio/3gpp2"],
    ["AMR", "#!AMR\n\x3c", "audio/amr"],
    ["wide-band AMR", "#!AMR-WB\n\x04", "audio/amr-wb"],
    ["AIFF", "FORM\0\0\x10\0AIFFCOMM", "audio/aiff"],
    ["AIFF-C", "FORM\0\0\x10\0AIFCFVER", "audio/aiff"],
    ["WMA", "\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9", "audio/x-ms-wma"],
    ["CAF", "caff\0\x01\0\0", "audio/x-caf"],
  ])("knows %s", (_name, start, type) => {
    expect(sniffMediaType(bytes(start))).toBe(type);
    expect(mediaTypeOfStart(bytes(start), true)).toBe(type);
  });

  it.each([
    ["PDF", "%PDF-1.7\n", "application/pdf"],
    ["JPEG", "\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"],
    ["PNG", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"],
    ["a compound file", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "application/x-cfb"],
    ["an archive", `PK\x03\x04${"\0".repeat(26)}[Content_Types].xml`, "application/zip"],
  ])("knows a document: %s", (_name, start, type) => {
    expect(mediaTypeOfStart(bytes(start), false)).toBe(type);
  });

  it.each([
    ["nothing", ""],
    ["text", "hello there"],
    ["set bits that are no frame", "\xff\xff\xff\xff"],
    ["an AVI", "RIFF\x24\0\0\0AVI LIST"],
  ])("does not guess: %s", (_name, start) => {
    expect(sniffMediaType(bytes(start))).toBeUndefined();
    expect(mediaTypeOfStart(bytes(start), false)).toBe("application/octet-stream");
  });

  it("sends unknown sound as MP3, and a document never as the type of a recording", () => {
    expect(mediaTypeOfStart(bytes("????"), true)).toBe("audio/mpeg");
    expect(mediaTypeOfStart(bytes("%PDF-1.7"), true)).toBe("audio/mpeg");
  });
});

describe("the type of a file by what is said about it", () => {
  it.each([
    [undefined, "visit.mp3", "audio/mpeg"],
    [undefined, "VISIT.OPUS", "audio/ogg"],
    [undefined, "a.b/visit.m4a ", "audio/mp4"],
    ["", "visit.wav", "audio/wav"],
    ["audio/webm;codecs=opus", "x.mp3", "audio/webm;codecs=opus"],
    ["Audio/OGG; codecs=opus", undefined, "audio/ogg; codecs=opus"],
    ["video/webm", "x.webm", "audio/webm"],
    ["video/webm;codecs=vp8,opus", "visit.webm", "audio/webm"],
    ["video/mp4", undefined, "audio/mp4"],
    ["application/ogg", undefined, "audio/ogg"],
    ["application/octet-stream", "visit.flac", "audio/flac"],
    ["text/plain", "visit.ogg", "audio/ogg"],
    ["audio/*", "visit.ogg", "audio/ogg"],
    ["application/octet-stream", undefined, undefined],
    [undefined, "report.pdf", undefined],
    [undefined, "noextension", undefined],
  ])("recording: type %j, name %j -> %j", (given, name, type) => {
    expect(declaredMediaType(given, name, true)).toBe(type);
  });

  it.each([
    ["application/pdf", "x.png", "application/pdf"],
    [undefined, "x.PNG", "image/png"],
    [
      "application/octet-stream",
      "x.docx",
      "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ],
    ["", "letter.doc", "application/msword"],
    ["video/mp4", undefined, "video/mp4"],
    [undefined, undefined, undefined],
  ])("document: type %j, name %j -> %j", (given, name, type) => {
    expect(declaredMediaType(given, name, false)).toBe(type);
  });

  it.each([
    "audio/ogg\r\nX-Evil: 1",
    "audio/ogg; codecs=opus\r\n\r\nbody",
    "audio/ogg; codecs=a b",
    'audio/ogg; codecs="a\r\n"',
    'audio/ogg; codecs="unclosed',
    "audio",
    "/ogg",
    "audio/",
    "audio/ogg;",
    "audio/ögg",
    "audio/ogg\0",
    `audio/${"x".repeat(300)}`,
  ])("a content type outside of the grammar is not one: %j [D15]", (text) => {
    expect(parseMediaType(text)).toBeUndefined();
  });

  it("keeps quoted parameters", () => {
    expect(parseMediaType('audio/ogg; codecs="opus, \\"x\\""')?.parameters).toBe('; codecs="opus, \\"x\\""');
  });

  it("finds no type through the prototype chain", () => {
    expect(typeByName("x.constructor")).toBeUndefined();
    expect(declaredMediaType("constructor/constructor", "x.__proto__", true)).toBeUndefined();
    expect(extensionOf("audio/ogg; codecs=opus")).toBe("ogg");
  });
});
