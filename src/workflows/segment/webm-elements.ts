import { concatBytes } from "../../upload/readers.ts";
import { encodeText } from "../../utils/utf8.ts";
import {
  aac,
  type Codec,
  flac,
  OPUS,
  opusPreSkip,
  pcm,
  unknownCodec,
  unlace,
  vorbis,
  withPreSkip,
  xiphHeaders,
} from "./codec.ts";
import { children, element, elementHead, fromFloat, fromUint, numberAt, toUint } from "./ebml.ts";
import type { TrackPart } from "./segmenter.ts";

export const EBML = 0x1a45_dfa3;
export const SEGMENT = 0x1853_8067;
export const INFO = 0x1549_a966;
export const TIMESTAMP_SCALE = 0x2a_d7b1;
export const TRACKS = 0x1654_ae6b;
export const CLUSTER = 0x1f43_b675;
export const TIMESTAMP = 0xe7;
export const SIMPLE_BLOCK = 0xa3;
export const BLOCK_GROUP = 0xa0;
const DURATION = 0x4489;
const MUXING_APP = 0x4d80;
const WRITING_APP = 0x5741;
export const BLOCK = 0xa1;
const BLOCK_DURATION = 0x9b;
const DISCARD_PADDING = 0x75a2;

/** The longest Cluster written; the relative timestamp of a block must fit into a signed 16-bit integer. */
const CLUSTER_MS = 5_000;

/** A parsed SimpleBlock or BlockGroup. */
export interface Block {
  readonly track: number;
  /** Its timestamp relative to the Cluster, in ticks of the timestamp scale. */
  readonly ticks: number;
  readonly frames: readonly Uint8Array[];
  /** Its BlockDuration in ticks; undefined when absent. */
  readonly lasting: number | undefined;
  /** The duration to discard at its end, in nanoseconds (DiscardPadding). */
  readonly discardNs: number;
}

/** Parses a SimpleBlock or a BlockGroup; returns undefined when it is damaged. */
export function readBlock(content: Uint8Array, isSimple: boolean): Block | undefined {
  let block: Uint8Array | undefined = content;
  let lasting: number | undefined;
  let discardNs = 0;
  if (!isSimple) {
    const parts = [...children(content)];
    block = parts.find(({ id }) => id === BLOCK)?.content;
    const duration = parts.find(({ id }) => id === BLOCK_DURATION);
    lasting = duration && toUint(duration.content);
    const discard = parts.find(({ id }) => id === DISCARD_PADDING)?.content;
    // A signed integer; a negative value applies to the start of the block.
    if (discard && (discard[0] ?? 0) < 0x80) discardNs = toUint(discard);
  }
  const track = block && numberAt(block);
  if (!block || !track || block.byteLength < track.length + 3) return undefined;
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const flags = view.getUint8(track.length + 2);
  const frames = unlace(block.subarray(track.length + 3), (flags >> 1) & 3);
  if (!frames) return undefined;
  return { track: track.value, ticks: view.getInt16(track.length), frames, lasting, discardNs };
}

/** Returns a complete document with these tracks. Its timestamps start at zero and are in milliseconds. */
export function writeWebm(
  doc: Uint8Array,
  tracks: readonly SoundTrack[],
  parts: readonly TrackPart[],
): Uint8Array {
  const app = encodeText("heidi-health-sdk");
  const lengthMs = Math.max(
    0,
    ...parts.map(({ sound }, index) => (sound * 1_000) / (tracks[index]?.codec.rate ?? 1)),
  );
  const info = element(
    INFO,
    element(TIMESTAMP_SCALE, fromUint(1_000_000)),
    element(MUXING_APP, app),
    element(WRITING_APP, app),
    element(DURATION, fromFloat(lengthMs)),
  );
  const entries = tracks.map((track, index) => {
    const part = parts[index];
    return trackEntry(track, part && !part.isFirst ? part.skip : undefined);
  });
  const blocks = parts
    .flatMap((part, index) => {
      const track = tracks[index];
      return track ? timed(track, part) : [];
    })
    .sort((a, b) => a.ms - b.ms);
  const segment = element(SEGMENT, info, element(TRACKS, ...entries), ...clustersOf(blocks));
  const head = element(EBML, doc);
  const whole = new Uint8Array(head.byteLength + segment.byteLength);
  whole.set(head);
  whole.set(segment, head.byteLength);
  return whole;
}

interface TimedBlock {
  readonly ms: number;
  readonly track: number;
  readonly data: Uint8Array;
  readonly discardNs: number;
}

function timed({ number, codec }: SoundTrack, { preRoll, packets }: TrackPart): TimedBlock[] {
  let samples = 0;
  return [...preRoll, ...packets].map((packet) => {
    const ms = Math.round((samples * 1_000) / codec.rate);
    samples += packet.samples;
    const discardNs = Math.round((packet.trim * 1e9) / codec.rate);
    return { ms, track: number, data: packet.data, discardNs };
  });
}

function clustersOf(blocks: readonly TimedBlock[]): Uint8Array[] {
  const clusters: Uint8Array[] = [];
  let current: TimedBlock[] = [];
  const end = (): void => {
    const [first] = current;
    if (!first) return;
    const written = current.flatMap((block) => writeBlock(block, first.ms));
    clusters.push(element(CLUSTER, element(TIMESTAMP, fromUint(first.ms)), ...written));
    current = [];
  };
  for (const block of blocks) {
    if (block.ms - (current[0]?.ms ?? block.ms) > CLUSTER_MS) end();
    current.push(block);
  }
  end();
  return clusters;
}

/** Returns the parts of an encoded block; its data is copied once, into the Cluster. */
function writeBlock({ ms, track, data, discardNs }: TimedBlock, clusterMs: number): readonly Uint8Array[] {
  const isSimple = discardNs === 0;
  const ticks = ms - clusterMs;
  const number = track < 127 ? [0x80 | track] : [0x40 | (track >> 8), track & 0xff];
  const start = [...number, (ticks >> 8) & 0xff, ticks & 0xff, isSimple ? 0x80 : 0];
  const head = elementHead(isSimple ? SIMPLE_BLOCK : BLOCK, start, data.byteLength);
  if (isSimple) return [head, data];
  // The leading zero keeps the signed integer positive.
  const padding = element(DISCARD_PADDING, Uint8Array.of(0, ...fromUint(discardNs)));
  return [element(BLOCK_GROUP, head, data, padding)];
}

const TRACK_ENTRY = 0xae;
const TRACK_NUMBER = 0xd7;
const TRACK_TYPE = 0x83;
const SOUND = 2;
const CODEC_ID = 0x86;
const CODEC_PRIVATE = 0x63a2;
const CODEC_DELAY = 0x56aa;
const DEFAULT_DURATION = 0x23_e383;
const CONTENT_ENCODINGS = 0x6d80;
const AUDIO = 0xe1;
const SAMPLING_FREQUENCY = 0xb5;
const CHANNELS = 0x9f;
const BIT_DEPTH = 0x6264;

/** The rate (microseconds) for codecs whose packet durations are known from the container only. */
const CONTAINER_RATE = 1_000_000;

/** An audio track. */
export interface SoundTrack {
  readonly number: number;
  readonly codec: Codec;
  /** The number of samples that a decoder discards at the start. */
  readonly skip: number;
  /** The DefaultDuration of a packet, in nanoseconds; undefined when absent. */
  readonly defaultNs: number | undefined;
  /** The content of its TrackEntry. */
  readonly entry: Uint8Array;
}

/** Returns the audio tracks of a document, and the numbers of all tracks: blocks of the others are skipped. */
export function readTracks(content: Uint8Array): {
  readonly sound: readonly SoundTrack[];
  readonly numbers: ReadonlySet<number>;
} {
  const entries = [...children(content)].filter(({ id }) => id === TRACK_ENTRY).map((child) => child.content);
  const numbers = new Set(entries.map((entry) => toUint(childOf(entry, TRACK_NUMBER) ?? NONE)));
  const sound = entries
    .filter((entry) => toUint(childOf(entry, TRACK_TYPE) ?? NONE) === SOUND)
    .map(readTrack);
  return { sound, numbers };
}

const NONE = new Uint8Array(0);

function readTrack(entry: Uint8Array): SoundTrack {
  const numberOf = (id: number): number => toUint(childOf(entry, id) ?? NONE);
  const codec = codecOf(entry);
  const delay = (numberOf(CODEC_DELAY) * codec.rate) / 1e9;
  const skip = codec === OPUS ? opusPreSkip(childOf(entry, CODEC_PRIVATE) ?? NONE) || delay : delay;
  const defaultNs = numberOf(DEFAULT_DURATION) || undefined;
  return { number: numberOf(TRACK_NUMBER), codec, skip: Math.round(skip), defaultNs, entry };
}

function codecOf(entry: Uint8Array): Codec {
  // Compressed or encrypted packets cannot be parsed.
  if (childOf(entry, CONTENT_ENCODINGS)) return unknownCodec(CONTAINER_RATE);
  // Some muxers end the codec id with a zero byte.
  const [id = ""] = String.fromCharCode(...(childOf(entry, CODEC_ID) ?? NONE)).split("\0");
  const codecPrivate = childOf(entry, CODEC_PRIVATE) ?? NONE;
  const audio = childOf(entry, AUDIO) ?? NONE;
  const rate = Math.round(toFloat(childOf(audio, SAMPLING_FREQUENCY) ?? NONE)) || 8_000;
  const channels = toUint(childOf(audio, CHANNELS) ?? NONE) || 1;
  const bits = toUint(childOf(audio, BIT_DEPTH) ?? NONE);
  if (id === "A_OPUS") return OPUS;
  if (id === "A_VORBIS") {
    const [identification = NONE, , setup = NONE] = xiphHeaders(codecPrivate);
    return vorbis(identification, setup) ?? { ...unknownCodec(CONTAINER_RATE), preRoll: "one" };
  }
  if (id === "A_FLAC") return flac(rate);
  if (id.startsWith("A_PCM") && bits >= 8) return pcm(rate, (channels * bits) / 8);
  if (id.startsWith("A_AAC")) return aac(rate);
  return unknownCodec(CONTAINER_RATE);
}

/** Returns the TrackEntry with the number of samples to discard at the start: sets CodecDelay and the pre-skip of Opus. */
export function trackEntry({ codec, entry }: SoundTrack, skip: number | undefined): Uint8Array {
  if (skip === undefined) return element(TRACK_ENTRY, entry);
  const changed = [...children(entry)]
    .filter(({ id }) => id !== CODEC_DELAY)
    .map(({ id, content }) =>
      element(id, id === CODEC_PRIVATE && codec === OPUS ? withPreSkip(content, skip) : content),
    );
  const delayNs = Math.round((skip * 1e9) / codec.rate);
  return element(
    TRACK_ENTRY,
    concatBytes(changed),
    ...(skip > 0 ? [element(CODEC_DELAY, fromUint(delayNs))] : []),
  );
}

function toFloat(content: Uint8Array): number {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  if (content.byteLength === 4) return view.getFloat32(0);
  return content.byteLength === 8 ? view.getFloat64(0) : 0;
}

function childOf(content: Uint8Array, id: number): Uint8Array | undefined {
  return [...children(content)].find((child) => child.id === id)?.content;
}
