import { joinBytes } from "../../upload/stream.ts";
import { type Intake, malformed } from "./intake.ts";

/** An element's id and size as they stand before its content (RFC 8794). */
export interface ElementHead {
  readonly id: number;
  /** Undefined when a live muxer did not know it yet. */
  readonly size: number | undefined;
  /** Where the element begins in the stream. */
  readonly offset: number;
}

/** The length in bytes that the first byte of a variable-size number tells; 9 for one that tells none. */
const lengthOf = (first: number): number => Math.clz32(first) - 23;

/** The next element's head; undefined at the end of the stream. */
export async function readHead(intake: Intake): Promise<ElementHead | undefined> {
  const { offset } = intake;
  const [first] = await intake.peek(1);
  if (first === undefined) return undefined;
  const id = await readNumber(intake, 4, offset);
  const size = await readNumber(intake, 8, offset);
  return { id: id.raw, size: size.isUnknown ? undefined : size.value, offset };
}

interface Vint {
  /** With the marker bit, as ids are written. */
  readonly raw: number;
  readonly value: number;
  readonly isUnknown: boolean;
}

async function readNumber(intake: Intake, most: number, offset: number): Promise<Vint> {
  const [first = 0] = await intake.peek(1);
  const length = lengthOf(first);
  if (length > most) throw malformed("WebM", offset, "an element was expected");
  const bytes = await intake.take(length);
  if (bytes === undefined) throw malformed("WebM", offset, "it ends in the middle of an element");
  return decode(bytes);
}

function decode(bytes: Uint8Array): Vint {
  const marker = 0x100 >> bytes.byteLength;
  // Without its marker first: eight bytes with it are more than a number can hold.
  const value = bytes.reduce((sum, byte, at) => sum * 256 + (at === 0 ? byte & (marker - 1) : byte), 0);
  const isUnknown = bytes.every((byte, at) => byte === (at === 0 ? 2 * marker - 1 : 255));
  return { raw: toUint(bytes), value, isUnknown };
}

/** The variable-size number at the start of some bytes, and its length; undefined when they are too few. */
export function numberAt(bytes: Uint8Array): { readonly value: number; readonly length: number } | undefined {
  const length = lengthOf(bytes[0] ?? 0);
  if (length > 8 || length > bytes.byteLength) return undefined;
  return { value: decode(bytes.subarray(0, length)).value, length };
}

/** The elements that a content consists of; those that do not fit into it are left out. */
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
    yield { id: decode(content.subarray(at, at + idLength)).raw, content: content.subarray(start, end) };
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

/** An element with its head; the size always takes four bytes. */
export function element(id: number, ...content: readonly Uint8Array[]): Uint8Array {
  const size = content.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return joinBytes([fromUint(id), fromUint(0x1000_0000 + size), ...content]);
}
