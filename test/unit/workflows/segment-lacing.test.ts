import { expect, it } from "vitest";
import { chunksOf, fixture } from "./segment-support.ts";

const SEGMENT = 0x1853_8067;
const CLUSTER = 0x1f43_b675;
const TIMESTAMP = 0xe7;
const SIMPLE_BLOCK = 0xa3;

interface Element {
  readonly id: number;
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

const uintOf = (bytes: Uint8Array): number => bytes.reduce((value, byte) => value * 256 + byte, 0);

/** The elements of a live document, with those of its segment and clusters on the same level, these without content. */
function elementsOf(bytes: Uint8Array): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const idBytes = Math.clz32(bytes[at] ?? 0) - 23;
    const sizeBytes = Math.clz32(bytes[at + idBytes] ?? 0) - 23;
    const start = at + idBytes + sizeBytes;
    const id = uintOf(bytes.subarray(at, at + idBytes));
    const first = (bytes[at + idBytes] ?? 0) & (255 >> sizeBytes);
    const size = uintOf(Uint8Array.of(first, ...bytes.subarray(at + idBytes + 1, start)));
    const end = id === SEGMENT || id === CLUSTER ? start : start + size;
    elements.push({ id, whole: bytes.subarray(at, end), content: bytes.subarray(start, end) });
    at = end;
  }
  return elements;
}

function blockOf(head: Uint8Array, lacing: number, frames: readonly Uint8Array[]): Uint8Array {
  const flags = (head[3] ?? 0) | (lacing << 1);
  const content = [
    ...head.subarray(0, 3),
    flags,
    ...(lacing ? laces(lacing, frames) : []),
    ...frames.flatMap((one) => [...one]),
  ];
  return Uint8Array.of(
    SIMPLE_BLOCK,
    0x10,
    ...Uint8Array.from([content.length >> 16, content.length >> 8, content.length]),
    ...content,
  );
}

function laces(lacing: number, frames: readonly Uint8Array[]): number[] {
  const sizes = frames.slice(0, -1).map(({ byteLength }) => byteLength);
  if (lacing === 1)
    return [
      frames.length - 1,
      ...sizes.flatMap((size) => [...Array(Math.floor(size / 255)).fill(255), size % 255]),
    ];
  if (lacing === 2) return [frames.length - 1];
  // The first size in two bytes, the others as what they differ by, in two as well.
  const [first = 0, ...rest] = sizes;
  const differences = rest.map((size, index) => size - (sizes[index] ?? 0) + 8_191);
  return [
    frames.length - 1,
    ...[first, ...differences].flatMap((number) => [0x40 | (number >> 8), number & 0xff]),
  ];
}

/** The same recording with up to four frames in each block; clusters have no size, as live ones. */
function laced(bytes: Uint8Array, lacing: number): Uint8Array {
  const written: Uint8Array[] = [];
  let waiting: Uint8Array[] = [];
  const flush = (): void => {
    const [first] = waiting;
    if (first && waiting.length === 1) written.push(blockOf(first, 0, [first.subarray(4)]));
    else if (first)
      written.push(
        blockOf(
          first,
          lacing,
          waiting.map((block) => block.subarray(4)),
        ),
      );
    waiting = [];
  };
  for (const { id, whole, content } of elementsOf(bytes)) {
    const isAnother = lacing === 2 && waiting[0] && waiting[0].byteLength !== content.byteLength;
    if (id !== SIMPLE_BLOCK || waiting.length === 4 || isAnother) flush();
    if (id === SIMPLE_BLOCK) waiting.push(content);
    else if (id === CLUSTER || id === SEGMENT)
      written.push(Uint8Array.of(...whole.subarray(0, 4), 0x01, 255, 255, 255, 255, 255, 255, 255));
    else written.push(whole);
  }
  flush();
  return new Uint8Array(written.flatMap((piece) => [...piece]));
}

it.each([
  ["Xiph", 1],
  ["fixed sizes", 2],
  ["EBML", 3],
])("[R8] frames that are laced in one block are cut as if each had its own: %s", async (_, lacing) => {
  const bytes = fixture("opus.webm");
  const other = laced(bytes, lacing);
  expect(other.byteLength).not.toBe(bytes.byteLength);
  expect(elementsOf(other).filter(({ id }) => id === TIMESTAMP).length).toBeGreaterThan(0);
  const chunks = await chunksOf(other, { chunkMs: 1_000 });
  expect(chunks).toEqual(await chunksOf(bytes, { chunkMs: 1_000 }));
});
