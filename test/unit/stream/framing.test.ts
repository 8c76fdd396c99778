import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BodyDecoder } from "../../../src/stream/decoder.ts";
import { NdjsonDecoder } from "../../../src/stream/ndjson-decoder.ts";
import { SseDecoder } from "../../../src/stream/sse-decoder.ts";
import { decode, decodeBody, split, utf8 } from "./support.ts";

const ITEMS = [
  { data: "a é 漢 \u{1F600}\uFEFF" },
  { data: '\r\n "x\\" }{ [' },
  {},
  { data: null, more: [1, -2.5e3, { deep: [[], {}] }, true] },
  { data: "  not trimmed  " },
];
const lines = ITEMS.map((item) => JSON.stringify(item));

const FORMATS: readonly (readonly [string, string, string])[] = [
  ["NDJSON with LF", "application/x-ndjson", `${lines.join("\n")}\n`],
  ["NDJSON with CRLF, blank lines and no end", "application/jsonl", `\uFEFF\r\n${lines.join("\r\n \t\r\n")}`],
  ["NDJSON with lone CR", "application/x-ndjson", `${lines.join("\r")}\r`],
  ["objects without anything between them", "application/json", lines.join("")],
  [
    "objects printed over lines",
    "application/json",
    ITEMS.map((item) => JSON.stringify(item, null, 2)).join("\n"),
  ],
  ["lines that hold several objects", "application/x-ndjson", `${lines.join("\n")}\n${lines.join(" ")}\n`],
  ["events with LF", "text/event-stream", lines.map((line) => `data: ${line}\n\n`).join("")],
  [
    "events with CRLF",
    "text/event-stream",
    lines.map((line) => `event: x\r\ndata:${line}\r\nid: 1\r\n\r\n`).join(""),
  ],
  ["events with CR", "text/event-stream", lines.map((line) => `: c\rdata: ${line}\rretry: 5\r\r`).join("")],
  [
    "events of mixed line ends",
    "text/event-stream",
    lines.map((line, i) => `data: ${line}${["\r\n\n", "\r\r\n", "\n\r"][i % 3]}`).join(""),
  ],
  [
    "events over several data lines",
    "text/event-stream",
    `\uFEFF${ITEMS.map((item) => `${JSON.stringify(item, null, 1).replace(/^/gm, "data: ")}\n\n`).join("")}data: [DONE]\n\nignored`,
  ],
  ["events without blank lines", "text/plain", lines.map((line) => `data: ${line}\n`).join("")],
];

describe.each(FORMATS)("%s", (name, contentType, body) => {
  const bytes = utf8(body);
  const expected = name === "lines that hold several objects" ? [...ITEMS, ...ITEMS] : ITEMS;

  it("is decoded at every split into two chunks, byte by byte, and in chunks of every size [E1]", () => {
    for (let at = 0; at <= bytes.length; at++) {
      const { items, fault } = decode([bytes.slice(0, at), bytes.slice(at)], new BodyDecoder(contentType));
      expect({ at, items, fault }).toEqual({ at, items: expected, fault: undefined });
    }
    for (let size = 1; size <= 40; size++) {
      expect(decodeBody(bytes, contentType, [size])).toEqual({
        items: expected,
        fault: undefined,
        message: "",
      });
    }
  });

  it("gives the same when the content type is missing or wrong [E1] [E23]", () => {
    for (const wrong of [
      undefined,
      "text/plain",
      "application/octet-stream",
      "text/event-stream",
      "application/x-ndjson",
    ]) {
      expect({ wrong, ...decodeBody(bytes, wrong, [7]) }).toEqual({
        wrong,
        items: expected,
        fault: undefined,
        message: "",
      });
    }
  });

  it("is never delivered otherwise, whatever the chunks are, when it is cut anywhere [E1] [E5]", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 0, max: bytes.length }),
        (sizes, length) => {
          const cut = bytes.slice(0, length);
          const whole = decode([cut], new BodyDecoder(contentType));
          expect(decode(split(cut, sizes), new BodyDecoder(contentType))).toEqual(whole);
          expect(whole.items).toEqual(expected.slice(0, whole.items.length));
        },
      ),
      { numRuns: 150 },
    );
  });
});

const anyItems = fc.array(
  fc
    .dictionary(fc.string({ unit: "binary", maxLength: 8 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 })
    .map((value) => JSON.parse(JSON.stringify(value)) as object),
  { maxLength: 12 },
);
const anySizes = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 8 });

it("any objects in any framing and any chunks come out as they went in [E1]", () => {
  const blank = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
  fc.assert(
    fc.property(anyItems, anySizes, blank, fc.integer({ min: 0, max: 2 }), (items, sizes, gap, indent) => {
      const texts = items.map((item) => JSON.stringify(item, null, indent));
      const joined = decode(split(utf8(texts.join(gap)), sizes), new NdjsonDecoder());
      expect(joined).toEqual({ items, fault: undefined, message: "" });
      const events = texts.map((text) => `${text.replace(/^/gm, "data: ")}\n\n`).join("");
      expect(decode(split(utf8(events), sizes), new SseDecoder())).toEqual({
        items,
        fault: undefined,
        message: "",
      });
    }),
    { numRuns: 300 },
  );
});

it("any bytes give the same objects and the same fault, whole or in pieces [E1] [E6]", () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .array(
        fc.constantFrom(
          '{"data":"é"}',
          "{",
          "}",
          '"',
          "\n",
          "\r",
          "data:",
          " ",
          "[",
          "1",
          ",",
          "\\",
          ":",
          "\uFEFF",
        ),
        { maxLength: 14 },
      )
      .map((parts) => utf8(parts.join(""))),
  );
  const type = fc.constantFrom(undefined, "application/x-ndjson", "text/event-stream", "application/json");
  fc.assert(
    fc.property(noise, anySizes, type, (bytes, sizes, contentType) => {
      const whole = decode([bytes], new BodyDecoder(contentType));
      expect(decode(split(bytes, sizes), new BodyDecoder(contentType))).toEqual(whole);
    }),
    { numRuns: 2_000 },
  );
});

describe("cost", () => {
  const line = `${JSON.stringify({ data: "twenty-two characters!" })}\n`;

  it("a byte is copied at most three times, also of a long line in single bytes [E12]", () => {
    const long = utf8(`${JSON.stringify({ data: "x".repeat(200_000) })}\n`);
    const objects = new NdjsonDecoder();
    expect(decode(split(long, [1]), objects).items).toHaveLength(1);
    expect(objects.copiedBytes).toBeLessThanOrEqual(3 * long.length);
    const events = new SseDecoder();
    expect(
      decode(split(utf8(`data: ${JSON.stringify({ data: "x".repeat(100_000) })}\n\n`), [1]), events).items,
    ).toHaveLength(1);
    expect(events.copiedBytes).toBeLessThanOrEqual(3 * 100_020);
  });

  it("many short lines in single bytes are copied once each [E12]", () => {
    const bytes = utf8(line.repeat(5_000));
    const decoder = new NdjsonDecoder();
    expect(decode(split(bytes, [1]), decoder).items).toHaveLength(5_000);
    expect(decoder.copiedBytes).toBeLessThanOrEqual(bytes.length + 2_048);
  });

  it("objects without newlines do not search the chunk again for each of them", () => {
    const chunk = utf8(line.trim().repeat(2_000));
    let searches = 0;
    const counted = Object.assign(chunk, {
      subarray: (from: number, to: number) => {
        if (to - from > 1_000) searches++;
        return Uint8Array.prototype.subarray.call(chunk, from, to);
      },
    });
    expect(decode([counted], new NdjsonDecoder()).items).toHaveLength(2_000);
    expect(searches).toBeLessThan(5);
  });

  it("whole lines of a chunk are not copied at all", () => {
    const decoder = new NdjsonDecoder();
    expect(decode([utf8(line.repeat(5_000))], decoder).items).toHaveLength(5_000);
    expect(decoder.copiedBytes).toBe(0);
  });
});
