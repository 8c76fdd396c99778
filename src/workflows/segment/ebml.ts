import { concatBytes } from "../../upload/readers.ts";

/** The header of an EBML element: the id and size before its content (RFC 8794). */
export interface ElementHead {
  readonly id: number;
  /** Undefined for an unknown size, as live muxers write it. */
  readonly size: number | undefined;
  /** The length of the header, in bytes. */
  readonly length: number;
}

/** Returns the length in bytes of a variable-size integer, from its first byte; 9 for an invalid first byte. */
const lengthOf = (first: number): number => Math.clz32(first) - 23;

/** Parses the element header at the start of the bytes; returns undefined when it is incomplete or invalid. */
export function headAt(bytes: Uint8Array): ElementHead | undefined {
  const idLength = lengthOf(bytes[0] ?? 0);
  if (idLength > 4 || idLength >= bytes.byteLength) return undefined;
  const sizeLength = lengthOf(bytes[idLength] ?? 0);
  const length = idLength + sizeLength;
  if (sizeLength > 8 || length > bytes.byteLength) return undefined;
  const size = decode(bytes.subarray(idLength, length));
  return { id: toUint(bytes.subarray(0, idLength)), size: size.isUnknown ? undefined : size.value, length };
}

interface Vint {
  readonly value: number;
  readonly isUnknown: boolean;
}

function decode(bytes: Uint8Array): Vint {
  const marker = 0x100 >> bytes.byteLength;
  // Clear the marker bit first: eight bytes with it exceed the range of a number.
  const value = bytes.reduce((sum, byte, at) => sum * 256 + (at === 0 ? byte & (marker - 1) : byte), 0);
  const isUnknown = bytes.every((byte, at) => byte === (at === 0 ? 2 * marker - 1 : 255));
  return { value, isUnknown };
}

/** Parses the variable-size integer at the start of the bytes; returns undefined when it is incomplete. */
export function numberAt(bytes: Uint8Array): { readonly value: number; readonly length: number } | undefined {
  const length = lengthOf(bytes[0] ?? 0);
  if (length > 8 || length > bytes.byteLength) return undefined;
  return { value: decode(bytes.subarray(0, length)).value, length };
}

/** Yields the child elements of an element's content, up to the first that exceeds it. */
export function* children(
  content: Uint8Array,
): Generator<{ readonly id: number; readonly content: Uint8Array }, void, undefined> {
  for (let at = 0; at < content.byteLength; ) {
    const idLength = lengthOf(content[at] ?? 0);
    const size = idLength > 4 ? undefined : numberAt(content.subarray(at + idLength));
    if (size === undefined) return;
    const start = at + idLength + size.length;
    const end = start + size.value;
    if (end > content.byteLength) return;
    yield { id: toUint(content.subarray(at, at + idLength)), content: content.subarray(start, end) };
    at = end;
  }
}

export const toUint = (content: Uint8Array): number => content.reduce((value, byte) => value * 256 + byte, 0);

export function fromUint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; rest > 0 || bytes.length === 0; rest = Math.floor(rest / 256))
    bytes.unshift(rest % 256);
  return Uint8Array.from(bytes);
}

export function fromFloat(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes;
}

/** Returns an encoded element; its size field always takes four bytes. */
export function element(id: number, ...content: readonly Uint8Array[]): Uint8Array {
  const size = content.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return concatBytes([fromUint(id), fromUint(0x1000_0000 + size), ...content]);
}
