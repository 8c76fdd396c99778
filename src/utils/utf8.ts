// React Native had no TextDecoder for a long time, and Jest's jsdom has neither class.
const encoder = typeof TextEncoder === "undefined" ? undefined : new TextEncoder();
// Both decoders keep a byte order mark, so that every platform returns the same text.
const lenient = createDecoder(false);
const strict = createDecoder(true);

function createDecoder(fatal: boolean): TextDecoder | undefined {
  return typeof TextDecoder === "undefined"
    ? undefined
    : new TextDecoder("utf-8", { fatal, ignoreBOM: true });
}

/** Encodes text as UTF-8; a lone surrogate becomes U+FFFD. */
export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  if (encoder) return encoder.encode(text);
  const units = encodeURIComponent(text.replace(/\p{Cs}/gu, "\uFFFD")).match(/%..|[^%]/g) ?? [];
  return Uint8Array.from(units, (unit) =>
    unit.length === 1 ? unit.charCodeAt(0) : Number.parseInt(unit.slice(1), 16),
  );
}

/** Decodes UTF-8, without a byte order mark; invalid bytes become U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  return (lenient?.decode(bytes) ?? decodeByPercent(bytes, false)).replace(/^\uFEFF/, "");
}

/** Decodes UTF-8, with its byte order mark. @throws TypeError, or another error, for invalid bytes. */
export function decodeStrictly(bytes: Uint8Array): string {
  return strict?.decode(bytes) ?? decodeByPercent(bytes, true);
}

/** Decodes the start of a longer text, which may end inside a character. */
export function decodeStart(bytes: Uint8Array): string {
  let start = bytes.byteLength;
  // An incomplete last character has at most three bytes, including its first one.
  for (let cut = 1; cut <= Math.min(3, bytes.byteLength); cut += 1) {
    const byte = bytes[bytes.byteLength - cut] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    if (needed > cut) start -= cut;
    break;
  }
  return decodeStrictly(bytes.subarray(0, start));
}

/** Decodes with `decodeURIComponent`, which every engine has and which rejects invalid UTF-8. */
function decodeByPercent(bytes: Uint8Array, fatal: boolean): string {
  const hex = (byte: number): string => `%${byte.toString(16).padStart(2, "0")}`;
  const read = (each: (byte: number) => string): string =>
    decodeURIComponent(Array.from(bytes, each).join(""));
  try {
    return read(hex);
  } catch (error) {
    if (fatal) throw error;
    return read((byte) => (byte < 0x80 ? hex(byte) : "\uFFFD"));
  }
}
