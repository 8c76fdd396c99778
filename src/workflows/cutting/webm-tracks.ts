import { concatBytes } from "../../upload/stream.ts";
import {
  aac,
  type Codec,
  flac,
  OPUS,
  opusPreSkip,
  pcm,
  unknownCodec,
  vorbis,
  withPreSkip,
  xiphHeaders,
} from "./codec.ts";
import { children, element, fromUint, toUint } from "./ebml.ts";

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

/** For codecs of which only the container tells how long a packet sounds: microseconds. */
const CONTAINER_RATE = 1_000_000;

/** A track of sound. */
export interface SoundTrack {
  readonly number: number;
  readonly codec: Codec;
  /** Samples of its start that are not heard. */
  readonly skip: number;
  /** How long a packet lasts when nothing else tells, in nanoseconds. */
  readonly defaultNs: number | undefined;
  /** The content of its entry. */
  readonly entry: Uint8Array;
}

/** The tracks of a document that hold sound; the numbers of all, as those of pictures are passed over. */
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
  // Compressed or encrypted packets show nothing of their codec.
  if (childOf(entry, CONTENT_ENCODINGS)) return unknownCodec(CONTAINER_RATE);
  // Some muxers end it with a zero byte, as a string of C.
  const [id = ""] = String.fromCharCode(...(childOf(entry, CODEC_ID) ?? NONE)).split("\0");
  const secret = childOf(entry, CODEC_PRIVATE) ?? NONE;
  const audio = childOf(entry, AUDIO) ?? NONE;
  const rate = Math.round(toFloat(childOf(audio, SAMPLING_FREQUENCY) ?? NONE)) || 8_000;
  const channels = toUint(childOf(audio, CHANNELS) ?? NONE) || 1;
  const bits = toUint(childOf(audio, BIT_DEPTH) ?? NONE);
  if (id === "A_OPUS") return OPUS;
  if (id === "A_VORBIS") {
    const [identification = NONE, , setup = NONE] = xiphHeaders(secret);
    return vorbis(identification, setup) ?? { ...unknownCodec(CONTAINER_RATE), preRoll: "one" };
  }
  if (id === "A_FLAC") return flac(rate);
  if (id.startsWith("A_PCM") && bits >= 8) return pcm(rate, (channels * bits) / 8);
  if (id.startsWith("A_AAC")) return aac(rate);
  return unknownCodec(CONTAINER_RATE);
}

/** The entry of a track of which a decoder skips so much of the start: both places that say so are changed. */
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
