import { encodeText } from "../../utf8.ts";
import { unlace } from "./codec.ts";
import { children, element, fromFloat, fromUint, numberAt, toUint } from "./ebml.ts";
import type { TrackPart } from "./segmenter.ts";
import { type SoundTrack, trackEntry } from "./webm-tracks.ts";

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

/** A cluster of our own; a block's time must fit into 16 bits with a sign. */
const CLUSTER_MS = 5_000;

/** What a block holds. */
export interface Block {
  readonly track: number;
  /** Its time from that of its cluster, in ticks. */
  readonly ticks: number;
  readonly frames: readonly Uint8Array[];
  /** How long it lasts, in ticks, when it says so. */
  readonly lasting: number | undefined;
  /** How much of its end is not heard, in nanoseconds. */
  readonly discardNs: number;
}

/** Understands a SimpleBlock or a BlockGroup; undefined when it is damaged. */
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
    // A number with a sign; a negative one would be about its start.
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

/** A whole document of these tracks, its time starting at zero, in milliseconds. */
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
    const written = current.map((block) => writeBlock(block, first.ms));
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

function writeBlock({ ms, track, data, discardNs }: TimedBlock, clusterMs: number): Uint8Array {
  const number = track < 127 ? Uint8Array.of(0x80 | track) : Uint8Array.of(0x40 | (track >> 8), track & 0xff);
  const head = new Uint8Array(number.byteLength + 3);
  head.set(number);
  new DataView(head.buffer).setInt16(number.byteLength, ms - clusterMs);
  if (discardNs === 0) {
    head[head.byteLength - 1] = 0x80;
    return element(SIMPLE_BLOCK, head, data);
  }
  // With a leading zero, as the number has a sign.
  const padding = element(DISCARD_PADDING, Uint8Array.of(0, ...fromUint(discardNs)));
  return element(BLOCK_GROUP, element(BLOCK, head, data), padding);
}
