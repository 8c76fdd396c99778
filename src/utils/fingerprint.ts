import { encodeText } from "./utf8.ts";
import { throwInvalidArgument } from "./validate.ts";

/** FNV-1a, 32 bits: enough to notice a mix-up, far too short to reveal an id. */
export function fingerprint(key: readonly unknown[]): string {
  let hash = 0x811c9dc5;
  for (const byte of encodeText(textOf(key))) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, "0");
}

function textOf(key: readonly unknown[]): string {
  try {
    return JSON.stringify(key);
  } catch {
    // The engine's own error would quote property names of the input.
    return throwInvalidArgument(
      "input",
      "The argument `input` cannot be serialized as JSON: it has a circular reference, a bigint or a method that throws.",
    );
  }
}
