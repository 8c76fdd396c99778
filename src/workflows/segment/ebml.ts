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
  const size = numberAt(bytes, idLength);
  if (size === undefined) return undefined;
  return {
    id: uintAt(bytes, 0, idLength),
    size: size.isUnknown ? undefined : size.value,
    length: idLength + size.length,
  };
}

interface Vint {
  readonly value: number;
  readonly length: number;
  /** True when all bits of the value are set. */
  readonly isUnknown: boolean;
}

/** Parses the variable-size integer at a position; returns undefined when it is incomplete or invalid. */
export function numberAt(bytes: Uint8Array, from = 0): Vint | undefined {
  const first = bytes[from] ?? 0;
  const length = lengthOf(first);
  if (length > 8 || from + length > bytes.byteLength) return undefined;
  const marker = 0x100 >> length;
  // Clear the marker bit first: eight bytes with it exceed the range of a number.
  let value = first & (marker - 1);
  let isUnknown = first === 2 * marker - 1;
  for (let at = from + 1; at < from + length; at += 1) {
    const byte = bytes[at] ?? 0;
    value = value * 256 + byte;
    isUnknown &&= byte === 0xff;
  }
  return { value, length, isUnknown };
}

/** Yields the child elements of an element's content, up to the first that exceeds it. */
export function* children(
  content: Uint8Array,
): Generator<{ readonly id: number; readonly content: Uint8Array }, void, undefined> {
  for (let at = 0; at < content.byteLength; ) {
    const idLength = lengthOf(content[at] ?? 0);
    const size = idLength > 4 ? undefined : numberAt(content, at + idLength);
    if (size === undefined) return;
    const start = at + idLength + size.length;
    const end = start + size.value;
    if (end > content.byteLength) return;
    yield { id: uintAt(content, at, idLength), content: content.subarray(start, end) };
    at = end;
  }
}

function uintAt(bytes: Uint8Array, from: number, length: number): number {
  let value = 0;
  for (let at = from; at < from + length; at += 1) value = value * 256 + (bytes[at] ?? 0);
  return value;
}

export const toUint = (content: Uint8Array): number => uintAt(content, 0, content.byteLength);

/** Returns the number of bytes that an integer needs, at least one. */
function bytesOf(value: number): number {
  let count = 1;
  for (let rest = value; rest >= 256; rest = Math.floor(rest / 256)) count += 1;
  return count;
}

function setUint(bytes: Uint8Array, at: number, value: number, length: number): void {
  let rest = value;
  for (let index = at + length - 1; index >= at; index -= 1) {
    bytes[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

export function fromUint(value: number): Uint8Array {
  const bytes = new Uint8Array(bytesOf(value));
  setUint(bytes, 0, value, bytes.length);
  return bytes;
}

export function fromFloat(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes;
}

const SIZE_BYTES = 4;

/** Returns the header of an element and the start of its content, of which `restBytes` more follow. */
export function elementHead(id: number, start: readonly number[], restBytes: number): Uint8Array {
  const idLength = bytesOf(id);
  const head = new Uint8Array(idLength + SIZE_BYTES + start.length);
  setUint(head, 0, id, idLength);
  setUint(head, idLength, 0x1000_0000 + start.length + restBytes, SIZE_BYTES);
  head.set(start, idLength + SIZE_BYTES);
  return head;
}

/** Returns an encoded element; its size field always takes four bytes. */
export function element(id: number, ...content: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const { byteLength } of content) size += byteLength;
  const head = elementHead(id, [], size);
  const encoded = new Uint8Array(head.byteLength + size);
  encoded.set(head);
  let at = head.byteLength;
  for (const part of content) {
    encoded.set(part, at);
    at += part.byteLength;
  }
  return encoded;
}
