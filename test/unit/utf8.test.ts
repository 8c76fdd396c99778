import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

type Utf8 = typeof import("../../src/utils/utf8.ts");

const texts = [
  "",
  "plain",
  "caf\u00e9 \u6F22 \u{1F600}",
  "100 % \0\t\n\uFEFF",
  "\uFEFFafter a mark",
  "half \uD800 pair",
];
const bad = [[0x80], [0x61, 0xff], [0xc0, 0x80], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]];
const platform = {
  encoder: new TextEncoder(),
  decoder: new TextDecoder(),
  strict: new TextDecoder("utf-8", { ignoreBOM: true, fatal: true }),
};

describe.each([
  { where: "on a platform with the classes", absent: [] },
  { where: "without a TextDecoder, as in React Native", absent: ["TextDecoder"] },
  { where: "without both, as in Jest's jsdom", absent: ["TextEncoder", "TextDecoder"] },
])("UTF-8 $where [R24] [R56]", ({ absent }) => {
  let utf8: Utf8;
  beforeAll(async () => {
    for (const name of absent) vi.stubGlobal(name, undefined);
    vi.resetModules();
    utf8 = await import("../../src/utils/utf8.ts");
    vi.unstubAllGlobals();
  });
  afterAll(() => vi.resetModules());

  it.each(texts)("is written and read as everywhere: %j", (text) => {
    const bytes = platform.encoder.encode(text);
    expect(utf8.encodeText(text)).toEqual(bytes);
    expect(utf8.decodeText(bytes)).toBe(platform.decoder.decode(bytes));
    expect(utf8.decodeStrictly(bytes)).toBe(platform.strict.decode(bytes));
  });

  it.each(bad)("is refused or replaced where it is none: %j", (...given) => {
    const bytes = Uint8Array.from(given);
    expect(() => utf8.decodeStrictly(bytes)).toThrow();
    expect(utf8.decodeText(bytes)).toContain("\uFFFD");
  });

  it("may end within a character where it is the start of something longer", () => {
    const text = "a\u00e9\u6F22\u{1F600}";
    const bytes = platform.encoder.encode(text);
    for (let end = 0; end <= bytes.length; end += 1)
      expect(text.startsWith(utf8.decodeStart(bytes.subarray(0, end))), String(end)).toBe(true);
    expect(utf8.decodeStart(bytes)).toBe(text);
    expect(() => utf8.decodeStart(Uint8Array.of(0xff, 0x61, 0x61))).toThrow();
  });
});
