import { ignoreFailure } from "../../utils/values.ts";
import type { Codec } from "./codec.ts";
import type { RecordingGap } from "./types.ts";
import { LEAST_JUMP_MS, MAX_CHUNK_BYTES, MOST_JUMP_MS, type Segment } from "./types.ts";

/** The unit that a codec's stream consists of. */
export interface Packet {
  readonly data: Uint8Array;
  /** How many samples a decoder gives for it. */
  readonly samples: number;
  /** How many of them, at its end, are not heard. */
  readonly trim: number;
}

/** A track of a chunk. */
export interface TrackPart {
  /** What a decoder must hear before the chunk begins, and drops. */
  readonly preRoll: readonly Packet[];
  /** How many samples are dropped at the start, those of the pre-roll included. */
  readonly skip: number;
  readonly packets: readonly Packet[];
  /** How many samples are heard. */
  readonly sound: number;
  readonly isFirst: boolean;
}

/** Where the recording is: goes on over restarts of its recorder, and over what was lost. */
export class Timeline {
  positionMs = 0;
  #gap: RecordingGap | undefined;
  readonly #onGap: ((gap: RecordingGap) => unknown) | undefined;

  constructor(onGap: ((gap: RecordingGap) => unknown) | undefined) {
    this.#onGap = onGap;
  }

  /** Something was lost here. */
  lose(bytes: number, durationMs: number | undefined): void {
    const gap: RecordingGap = {
      startMs: Math.round(this.positionMs),
      durationMs: durationMs === undefined ? undefined : Math.round(durationMs),
      bytes,
    };
    this.positionMs += durationMs ?? 0;
    this.#gap = together(this.#gap, gap);
    try {
      const result = this.#onGap?.(gap);
      ignoreFailure(result);
    } catch {
      // A listener that throws never breaks a recording.
    }
  }

  /** What was lost since this was last asked. */
  takeGap(): RecordingGap | undefined {
    const gap = this.#gap;
    this.#gap = undefined;
    return gap;
  }
}

function together(before: RecordingGap | undefined, gap: RecordingGap | undefined): RecordingGap | undefined {
  if (before === undefined || gap === undefined) return before ?? gap;
  const isKnown = before.durationMs !== undefined && gap.durationMs !== undefined;
  return {
    startMs: before.startMs,
    durationMs: isKnown ? (before.durationMs ?? 0) + (gap.durationMs ?? 0) : undefined,
    bytes: before.bytes + gap.bytes,
  };
}

/** Shorter than any packet: more is not due to how times are rounded. */
const LEAST_LOSS_MS = 5;

/** What the times of a track tell of packets that are missing. */
export class TrackClock {
  #nextMs: number | undefined;
  /** How far its times have jumped back: a jump ahead by as much only puts that right. */
  #backMs = 0;

  /**
   * Tells the timeline what is missing before a packet.
   *
   * @param lost - Bytes that were certainly damaged.
   * @param odd - Bytes that were passed over and may have been in order.
   */
  check(timeline: Timeline, atMs: number, lost: number, odd: number): void {
    const jumpMs = this.#nextMs === undefined ? undefined : atMs - this.#nextMs;
    if (jumpMs === undefined || Math.abs(jumpMs) > MOST_JUMP_MS) {
      if (lost > 0) timeline.lose(lost + odd, undefined);
      return;
    }
    const missingMs = Math.max(0, jumpMs - this.#backMs);
    if (Math.abs(jumpMs) >= LEAST_JUMP_MS) this.#backMs = Math.max(0, this.#backMs - jumpMs);
    if (lost > 0) timeline.lose(lost + odd, jumpMs > 0 && missingMs === 0 ? undefined : missingMs);
    else if (missingMs >= (odd > 0 ? LEAST_LOSS_MS : LEAST_JUMP_MS)) timeline.lose(odd, missingMs);
  }

  /** When the next packet is due; undefined when only that one tells. */
  expect(nextMs: number | undefined): void {
    this.#nextMs = nextMs;
  }
}

/** What was heard of a track since the last cut. */
class Track {
  readonly codec: Codec;
  preRoll: readonly Packet[] = [];
  skip: number;
  packets: Packet[] = [];
  sound: number;
  isFirst = true;
  #whole = 0;
  /** The last packets, as many as a decoder must hear to be in step. */
  #recent: Packet[] = [];

  constructor(codec: Codec, skip: number) {
    this.codec = codec;
    this.skip = skip;
    this.sound = -skip;
  }

  get soundMs(): number {
    return (this.sound * 1_000) / this.codec.rate;
  }

  /** How long it is for a player that skips nothing. */
  get wholeMs(): number {
    return (this.#whole * 1_000) / this.codec.rate;
  }

  push(packet: Packet): void {
    this.packets.push(packet);
    this.sound += packet.samples - packet.trim;
    this.#whole += packet.samples - packet.trim;
    this.#recent.push(packet);
    while (this.#recent.length > 1 && this.#isEnough(this.#recent.slice(1))) this.#recent.shift();
  }

  take(): TrackPart {
    const { preRoll, skip, packets, isFirst } = this;
    const part = { preRoll, skip, packets, sound: Math.max(0, this.sound), isFirst };
    const { preRoll: wanted } = this.codec;
    this.preRoll = wanted === 0 ? [] : [...this.#recent];
    this.skip = wanted === "one" ? 0 : this.preRoll.reduce((sum, { samples }) => sum + samples, 0);
    this.packets = [];
    this.sound = 0;
    this.#whole = this.skip;
    this.isFirst = false;
    return part;
  }

  #isEnough(packets: readonly Packet[]): boolean {
    const { preRoll } = this.codec;
    if (preRoll === "one" || preRoll === 0) return true;
    return packets.reduce((sum, { samples }) => sum + samples, 0) >= preRoll;
  }
}

/** Makes chunks of the packets of one recording, between two restarts of its recorder. */
export class Segmenter {
  readonly #tracks: Track[] = [];
  readonly #chunkMs: number;
  readonly #timeline: Timeline;
  readonly #write: (parts: readonly TrackPart[]) => Uint8Array;
  #bytes = 0;
  #startMs: number;
  #chunks = 0;
  #gap: RecordingGap | undefined;

  constructor(chunkMs: number, timeline: Timeline, write: (parts: readonly TrackPart[]) => Uint8Array) {
    this.#chunkMs = chunkMs;
    this.#timeline = timeline;
    this.#write = write;
    this.#startMs = timeline.positionMs;
  }

  /** True as long as no packet came. */
  get isSilent(): boolean {
    return this.#chunks === 0 && this.#bytes === 0;
  }

  /** A further track; gives its index. `skip` samples of its start are not heard. */
  addTrack(codec: Codec, skip: number): number {
    return this.#tracks.push(new Track(codec, skip)) - 1;
  }

  /** More of the start of a track is not heard, as its first times say; only before its first packet. */
  skipAtStart(index: number, samples: number): void {
    const track = this.#tracks[index];
    if (!track) return;
    track.skip += samples;
    track.sound -= samples;
  }

  /** Takes the next packet of a track; gives the chunk that ends before it. */
  add(index: number, packet: Packet): Segment | undefined {
    const track = this.#tracks[index];
    if (!track) return undefined;
    const moreMs = ((packet.samples - packet.trim) * 1_000) / track.codec.rate;
    const isFull =
      track.wholeMs + moreMs > this.#chunkMs + 1e-6 || this.#bytes + packet.data.byteLength > MAX_CHUNK_BYTES;
    const cut = isFull && this.#bytes > 0 ? this.end() : undefined;
    if (this.#bytes === 0) this.#startMs = this.#timeline.positionMs;
    // Of this chunk, not of the one that has just ended before it.
    this.#gap = together(this.#gap, this.#timeline.takeGap());
    const before = track.soundMs;
    track.push(packet);
    this.#bytes += packet.data.byteLength;
    // The time of a segment is that of its first track.
    if (index === 0) this.#timeline.positionMs += Math.max(0, track.soundMs) - Math.max(0, before);
    return cut;
  }

  /** The chunk in the making; undefined when nothing was heard since the last one. */
  end(): Segment | undefined {
    if (this.#bytes === 0) return undefined;
    const [main] = this.#tracks;
    const soundMs = main && main.packets.length > 0 ? main.soundMs : this.#longestMs();
    if (!main || main.packets.length === 0) this.#timeline.positionMs += Math.max(0, soundMs);
    const data = this.#write(this.#tracks.map((track) => track.take()));
    const gap = this.#gap;
    this.#gap = undefined;
    this.#bytes = 0;
    this.#chunks += 1;
    return {
      data,
      startMs: Math.round(this.#startMs),
      durationMs: Math.max(0, Math.min(Math.round(soundMs), this.#chunkMs)),
      gap,
    };
  }

  #longestMs(): number {
    return Math.max(0, ...this.#tracks.map((track) => track.soundMs));
  }
}
