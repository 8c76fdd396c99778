import { concatBytes } from "../../upload/readers.ts";
import { type Codec, opusSamples, viewOf } from "./codec.ts";
import { type Box, box, boxAt, boxesIn, type TrackDefaults, words } from "./mp4-box.ts";
import type { TrackPart } from "./segmenter.ts";

/** An audio track. */
export interface Mp4Track {
  readonly id: number;
  readonly codec: Codec;
  readonly isOpus: boolean;
  /** The number of samples that a decoder discards at the start. */
  readonly skip: number;
  readonly defaults: TrackDefaults;
  /** The content of its `trak` box. */
  readonly trak: Uint8Array;
}

/** The headers, which every chunk repeats, and the audio tracks. */
export interface Mp4Movie {
  readonly ftyp: Uint8Array;
  readonly moov: Uint8Array;
  readonly tracks: readonly Mp4Track[];
}

const NONE = new Uint8Array(0);

/** Returns true when the `moov` declares fragments (`mvex`). */
export const isFragmented = (moov: Uint8Array): boolean => boxAt(moov, "mvex") !== undefined;

/** Returns true when the `moov` itself lists samples, outside the fragments. */
export const hasSamples = (moov: Uint8Array): boolean =>
  boxesIn(moov).some(({ type, content }) => {
    const sizes = type === "trak" ? boxAt(content, "mdia", "minf", "stbl") : undefined;
    return boxesIn(sizes ?? NONE).some((one) => /^stsz|^stz2/.test(one.type) && wordAt(one.content, 8) > 0);
  });

/** Returns the headers with the audio tracks of the `moov`. */
export function readMovie(ftyp: Uint8Array, moov: Uint8Array): Mp4Movie {
  const extras = boxesIn(boxAt(moov, "mvex") ?? NONE).filter(({ type }) => type === "trex");
  const tracks = boxesIn(moov).flatMap(({ type, content }) => {
    const track = type === "trak" ? readTrack(content, extras) : undefined;
    return track ? [track] : [];
  });
  return { ftyp, moov, tracks };
}

function readTrack(trak: Uint8Array, extras: readonly Box[]): Mp4Track | undefined {
  const handler = boxAt(trak, "mdia", "hdlr");
  const head = boxAt(trak, "tkhd");
  const media = boxAt(trak, "mdia", "mdhd");
  const entry = boxesIn((boxAt(trak, "mdia", "minf", "stbl", "stsd") ?? NONE).subarray(8))[0];
  if (!handler || String.fromCharCode(...handler.subarray(8, 12)) !== "soun") return undefined;
  if (!head || !media || !entry || entry.content.byteLength < 28) return undefined;
  const id = wordAt(head, head[0] === 1 ? 20 : 12);
  const timescale = wordAt(media, media[0] === 1 ? 20 : 12);
  if (timescale === 0) return undefined;
  const extra = extras.find(({ content }) => wordAt(content, 4) === id)?.content ?? NONE;
  const defaults = { duration: wordAt(extra, 12), size: wordAt(extra, 16) };
  const isOpus = entry.type === "Opus";
  const codec = codecOf(entry, timescale);
  const preSkip = isOpus ? opusPreSkipIn(entry.content) : undefined;
  const skip = Math.round(((preSkip ?? 0) * timescale) / 48_000);
  return { id, codec, isOpus, skip, defaults, trak };
}

const wordAt = (bytes: Uint8Array, at: number): number =>
  bytes.byteLength >= at + 4 ? viewOf(bytes).getUint32(at) : 0;

function codecOf(entry: Box, timescale: number): Codec {
  if (entry.type === "Opus") {
    const factor = timescale / 48_000;
    return {
      rate: timescale,
      samplesOf: (packet) => opusSamples(packet) * factor,
      preRoll: timescale * 0.08,
    };
  }
  const isAac = entry.type === "mp4a" && viewOf(entry.content).getUint16(24) === (timescale & 0xffff);
  let usual: number | undefined;
  return {
    rate: timescale,
    // All AAC packets have the same duration. Only the last one may declare a shorter one, which decoders ignore.
    samplesOf: () => usual,
    // Decoders ignore the edit list of a fragmented file: a pre-roll would be audible twice.
    preRoll: 0,
    ...(isAac && {
      learn: (duration: number) => {
        usual ??= [960, 1_024, 2_048].includes(duration) ? duration : undefined;
      },
    }),
  };
}

function opusHeadAt(content: Uint8Array): number | undefined {
  for (let at = 28; at + 8 <= content.byteLength; at += 1) {
    if (String.fromCharCode(...content.subarray(at, at + 4)) === "dOps") return at + 4;
  }
  return undefined;
}

function opusPreSkipIn(content: Uint8Array): number | undefined {
  const at = opusHeadAt(content);
  return at === undefined ? undefined : viewOf(content).getUint16(at + 2);
}

/** Returns a complete file with these tracks in one fragment, whose time starts at zero. */
export function writeMp4({ ftyp, moov, tracks }: Mp4Movie, parts: readonly TrackPart[]): Uint8Array {
  const included = tracks.flatMap((track, index) => {
    const part = parts[index];
    return part ? [{ track, part, packets: [...part.preRoll, ...part.packets] }] : [];
  });
  const movie = box("moov", ...boxesIn(moov).map((child) => moovChild(child, included)));
  const fragment = (firstAt: number): Uint8Array => {
    let at = firstAt;
    const trafs = included.map(({ track, packets }) => {
      const run = packets.flatMap(({ samples, data }) => [Math.round(samples), data.byteLength]);
      const traf = box(
        "traf",
        box("tfhd", words(0x2_0000, track.id)),
        box("tfdt", words(0x0100_0000, 0, 0)),
        box("trun", words(0x301, packets.length, at, ...run)),
      );
      at += packets.reduce((sum, { data }) => sum + data.byteLength, 0);
      return traf;
    });
    return box("moof", box("mfhd", words(0, 1)), ...trafs);
  };
  const moof = fragment(fragment(0).byteLength + 8);
  const mdat = box("mdat", ...included.flatMap(({ packets }) => packets.map(({ data }) => data)));
  return concatBytes([box("ftyp", ftyp), movie, moof, mdat]);
}

function moovChild(
  { type, content }: Box,
  included: readonly { readonly track: Mp4Track; readonly part: TrackPart }[],
): Uint8Array {
  if (type === "mvex") {
    const ids = included.map(({ track }) => track.id);
    const extras = boxesIn(content).filter(
      (extra) => extra.type === "trex" && ids.includes(wordAt(extra.content, 4)),
    );
    return box("mvex", ...extras.map((extra) => box("trex", extra.content)));
  }
  if (type !== "trak") return box(type, content);
  const found = included.find(({ track }) => track.trak === content || sameTrack(track.trak, content));
  if (!found) return NONE; // not an audio track
  const { track, part } = found;
  if (part.isFirst) return box("trak", content);
  const children = boxesIn(content).filter((child) => child.type !== "edts");
  return box(
    "trak",
    ...children.flatMap((child) => {
      if (child.type !== "mdia") return [box(child.type, child.content)];
      const edit =
        part.skip > 0 ? [box("edts", box("elst", words(0, 1, 0, Math.round(part.skip), 0x1_0000)))] : [];
      return [
        ...edit,
        box("mdia", track.isOpus ? withPreSkip(child.content, part.skip, track) : child.content),
      ];
    }),
  );
}

const sameTrack = (one: Uint8Array, other: Uint8Array): boolean =>
  one.byteOffset === other.byteOffset && one.buffer === other.buffer;

function withPreSkip(media: Uint8Array, skip: number, { codec }: Mp4Track): Uint8Array {
  const copy = media.slice();
  const at = opusHeadAt(copy);
  if (at !== undefined) viewOf(copy).setUint16(at + 2, Math.round((skip * 48_000) / codec.rate));
  return copy;
}
