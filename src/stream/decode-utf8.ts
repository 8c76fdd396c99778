import { decodeStrictly, encodeText } from "../utils/utf8.ts";

interface NodeBuffer {
  isAscii(bytes: Uint8Array): boolean;
  isUtf8(bytes: Uint8Array): boolean;
  transcode(bytes: Uint8Array, from: "utf8", to: "utf16le"): { toString(encoding: "utf16le"): string };
}

// Below this a call costs more than the decoding.
const WORTHWHILE_BYTES = 256;

let nodeBuffer: NodeBuffer | null | undefined;

/**
 * Node before 24 decodes text beyond ASCII 3 to 6 times faster by transcoding it. Found by feature detection, so that
 * the module graph stays free of Node; used only after it has decoded a sample correctly.
 */
function findNodeBuffer(): NodeBuffer | null {
  try {
    const scope: { process?: { getBuiltinModule?(name: string): unknown } } = globalThis;
    const found = scope.process?.getBuiltinModule?.("buffer") as NodeBuffer | undefined;
    if (found === undefined) return null;
    const sample = encodeText("\uFEFFa\u0000\u00E9\u6F22\u{1F600}\uFEFF");
    const exact =
      !found.isAscii(sample) &&
      found.isUtf8(sample) &&
      !found.isUtf8(sample.subarray(1)) &&
      found.transcode(sample, "utf8", "utf16le").toString("utf16le") === decodeStrictly(sample);
    return exact ? found : null;
  } catch {
    return null;
  }
}

/**
 * Decodes whole characters. A byte order mark is never removed here: it is skipped once, at the start of a body, and an
 * error anywhere else. Bytes that are not UTF-8 are an error on every platform, never a replacement character:
 * a clinical text is either exact or refused.
 *
 * @throws TypeError when the bytes are not valid UTF-8.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  if (bytes.length < WORTHWHILE_BYTES) return decodeStrictly(bytes);
  if (nodeBuffer === undefined) nodeBuffer = findNodeBuffer();
  if (nodeBuffer === null || nodeBuffer.isAscii(bytes) || !nodeBuffer.isUtf8(bytes))
    return decodeStrictly(bytes);
  return nodeBuffer.transcode(bytes, "utf8", "utf16le").toString("utf16le");
}
