// React Native had no TextDecoder for long, and Jest's jsdom has neither of the two.
const encoder = typeof TextEncoder === "undefined" ? undefined : new TextEncoder();
// A byte order mark is kept by both, so that what is dropped is the same on every platform.
const lenient = createDecoder(false);
const strict = createDecoder(true);

function createDecoder(fatal: boolean): TextDecoder | undefined {
  return typeof TextDecoder === "undefined"
    ? undefined
    : new TextDecoder("utf-8", { fatal, ignoreBOM: true });
}

/** Text as UTF-8; half a surrogate pair becomes U+FFFD. */
export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  if (encoder) return encoder.encode(text);
  const units = encodeURIComponent(text.replace(/\p{Cs}/gu, "\uFFFD")).match(/%..|[^%]/g) ?? [];
  return Uint8Array.from(units, (unit) =>
    unit.length === 1 ? unit.charCodeAt(0) : Number.parseInt(unit.slice(1), 16),
  );
}

/** UTF-8 as text, without a byte order mark; bytes that are no UTF-8 become U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  return (lenient?.decode(bytes) ?? decodeByPercent(bytes, false)).replace(/^\uFEFF/, "");
}

/** UTF-8 as text, with its byte order mark. @throws TypeError for bytes that are no UTF-8; its class may be another. */
export function decodeStrictly(bytes: Uint8Array): string {
  return strict?.decode(bytes) ?? decodeByPercent(bytes, true);
}

/** The same for the start of something longer, which may end within a character. */
export function decodeStart(bytes: Uint8Array): string {
  let start = bytes.byteLength;
  // At most three bytes of the last character are there, its first one included.
  for (let cut = 1; cut <= Math.min(3, bytes.byteLength); cut += 1) {
    const byte = bytes[bytes.byteLength - cut] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    if (needed > cut) start -= cut;
    break;
  }
  return decodeStrictly(bytes.subarray(0, start));
}

/** By what every engine has: its way of reading addresses refuses all that is no UTF-8. */
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
