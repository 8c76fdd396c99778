import { concatBytes } from "../../upload/readers.ts";
import { isError } from "../../utils/values.ts";
import { viewOf } from "./codec.ts";

/** A box of the ISO base media file format (ISO/IEC 14496-12). */
export interface Box {
  readonly type: string;
  /** The content without the header. */
  readonly content: Uint8Array;
}

/** Parses the box header at the start of the bytes; returns undefined when it is incomplete or invalid. */
export function boxHeadAt(
  bytes: Uint8Array,
): { readonly type: string; readonly size: number; readonly headBytes: number } | undefined {
  if (bytes.byteLength < 8) return undefined;
  const view = viewOf(bytes);
  const short = view.getUint32(0);
  const type = String.fromCharCode(...bytes.subarray(4, 8));
  if (short === 0) return { type, size: Number.POSITIVE_INFINITY, headBytes: 8 };
  if (short === 1) {
    if (bytes.byteLength < 16) return undefined;
    const size = Number(view.getBigUint64(8));
    return size < 16 ? undefined : { type, size, headBytes: 16 };
  }
  return short < 8 ? undefined : { type, size: short, headBytes: 8 };
}

/** Returns the child boxes of a box's content, up to the first that exceeds it. */
export function boxesIn(content: Uint8Array): Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at < content.byteLength; ) {
    const head = boxHeadAt(content.subarray(at));
    if (!head || at + head.size > content.byteLength) return boxes;
    boxes.push({ type: head.type, content: content.subarray(at + head.headBytes, at + head.size) });
    at += head.size;
  }
  return boxes;
}

/** Returns the content of the box at a path of box types; undefined when there is none. */
export function boxAt(content: Uint8Array, ...path: readonly string[]): Uint8Array | undefined {
  let found: Uint8Array | undefined = content;
  for (const type of path) {
    found = found && boxesIn(found).find((box) => box.type === type)?.content;
  }
  return found;
}

export function box(type: string, ...content: readonly Uint8Array[]): Uint8Array {
  const size = content.reduce((sum, { byteLength }) => sum + byteLength, 8);
  const head = new Uint8Array(8);
  viewOf(head).setUint32(0, size);
  head.set(
    [...type].map((char) => char.charCodeAt(0)),
    4,
  );
  return concatBytes([head, ...content]);
}

/** Encodes 32-bit unsigned integers. */
export function words(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = viewOf(bytes);
  for (const [index, value] of values.entries()) view.setUint32(index * 4, value);
  return bytes;
}

/** A sample of a fragment: `at` is its offset from the fragment's first byte, `duration` is in units of the timescale. */
export interface Sample {
  readonly track: number;
  readonly at: number;
  readonly size: number;
  readonly duration: number;
}

/** One track of a fragment (`traf`). */
export interface FragmentTrack {
  readonly track: number;
  /** The decode time of its first sample (`tfdt`); undefined when the box is missing. */
  readonly time: number | undefined;
  readonly samples: readonly Sample[];
}

/** The duration and size of samples for which a fragment has no values of its own (`trex`). */
export interface TrackDefaults {
  readonly duration: number;
  readonly size: number;
}

/**
 * Returns the samples of a `moof`, by track; undefined when it is damaged.
 *
 * @param offset - The offset of the `moof` in its file: old muxers write sample offsets from the start of the file.
 */
export function readFragment(
  moof: Uint8Array,
  offset: number,
  defaultsOf: (track: number) => TrackDefaults,
): FragmentTrack[] | undefined {
  const tracks: FragmentTrack[] = [];
  let next = 0;
  try {
    for (const { type, content } of boxesIn(moof)) {
      if (type !== "traf") continue;
      const parts = boxesIn(content);
      const head = parts.find((part) => part.type === "tfhd")?.content;
      if (!head) return undefined;
      const { track, base, duration, size } = readTrackHead(head, offset, defaultsOf);
      // Without a base offset, the samples follow those of the previous track.
      next = base ?? next;
      const samples: Sample[] = [];
      for (const run of parts.filter((part) => part.type === "trun")) {
        for (const sample of readRun(run.content, base ?? 0, next, { duration, size })) {
          samples.push({ track, ...sample });
          next = sample.at + sample.size;
        }
      }
      const time = parts.find((part) => part.type === "tfdt")?.content;
      tracks.push({ track, time: time && readTime(time), samples });
    }
  } catch (error) {
    // A field outside its box.
    if (isError(error) && error.name === "RangeError") return undefined;
    throw error;
  }
  return tracks;
}

function readTrackHead(
  head: Uint8Array,
  offset: number,
  defaultsOf: (track: number) => TrackDefaults,
): { track: number; base: number | undefined; duration: number; size: number } {
  const view = viewOf(head);
  const flags = view.getUint32(0) & 0xff_ffff;
  const track = view.getUint32(4);
  let { duration, size } = defaultsOf(track);
  let at = 8;
  const word = (): number => {
    at += 4;
    return view.getUint32(at - 4);
  };
  let base: number | undefined = (flags & 0x2_0000) !== 0 ? 0 : undefined;
  if (flags & 1) {
    base = Number(view.getBigUint64(at)) - offset;
    at += 8;
  }
  if (flags & 2) word();
  if (flags & 8) duration = word();
  if (flags & 16) size = word();
  return { track, base, duration, size };
}

function readTime(time: Uint8Array): number {
  const view = viewOf(time);
  return time[0] === 1 ? Number(view.getBigUint64(4)) : view.getUint32(4);
}

function* readRun(
  run: Uint8Array,
  base: number,
  next: number,
  defaults: TrackDefaults,
): Generator<Omit<Sample, "track">, void, undefined> {
  const view = viewOf(run);
  const flags = view.getUint32(0) & 0xff_ffff;
  const count = view.getUint32(4);
  let at = 8;
  let place = next;
  if (flags & 1) {
    place = base + view.getInt32(at);
    at += 4;
  }
  if (flags & 4) at += 4;
  const perSample = [0x100, 0x200, 0x400, 0x800].filter((flag) => flags & flag).length * 4;
  if (count > 1_000_000 || at + count * perSample > run.byteLength)
    throw new RangeError("samples outside the box");
  for (let index = 0; index < count; index += 1) {
    let { duration, size } = defaults;
    let field = at;
    if (flags & 0x100) {
      duration = view.getUint32(field);
      field += 4;
    }
    if (flags & 0x200) size = view.getUint32(field);
    yield { at: place, size, duration };
    place += size;
    at += perSample;
  }
}
