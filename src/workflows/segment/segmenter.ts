import { ignoreFailure } from "../../utils/values.ts";
import type { Codec } from "./codec.ts";
import type { RecordingGap } from "./types.ts";
import { LEAST_JUMP_MS, MAX_CHUNK_BYTES, MOST_JUMP_MS, type Segment } from "./types.ts";

/** An encoded packet of a codec. */
export interface Packet {
  readonly data: Uint8Array;
  /** The number of samples that it decodes to. */
  readonly samples: number;
  /** The number of samples at its end that a decoder discards. */
  readonly trim: number;
}

/** One track of a chunk. */
export interface TrackPart {
  /** The packets before the chunk that a decoder needs to synchronize, and whose output it discards. */
  readonly preRoll: readonly Packet[];
  /** The number of samples that a decoder discards at the start, including the pre-roll. */
  readonly skip: number;
  readonly packets: readonly Packet[];
  /** The number of audible samples. */
  readonly sound: number;
  readonly isFirst: boolean;
}

/** The receiver of unfinished chunks, called whenever one has grown by `everyMs`. */
export interface Drafts {
  readonly everyMs: number;
  onDraft(draft: Segment): void;
}

/** The current position in the recording; it continues across restarts of the recorder and across gaps. */
export class Timeline {
  positionMs = 0;
  /** Receives the unfinished chunk; undefined when it is not wanted. */
  readonly drafts: Drafts | undefined;
  #gap: RecordingGap | undefined;
  readonly #onGap: ((gap: RecordingGap) => unknown) | undefined;

  constructor(onGap: ((gap: RecordingGap) => unknown) | undefined, drafts?: Drafts) {
    this.#onGap = onGap;
    this.drafts = drafts;
  }

  /** Reports a gap at the current position. */
  lose(bytes: number, durationMs: number | undefined): void {
    const gap: RecordingGap = {
      startMs: Math.round(this.positionMs),
      durationMs: durationMs === undefined ? undefined : Math.round(durationMs),
      bytes,
    };
    this.positionMs += durationMs ?? 0;
    this.#gap = mergeGaps(this.#gap, gap);
    try {
      const result = this.#onGap?.(gap);
      ignoreFailure(result);
    } catch {
      // An error in the callback must not end the recording.
    }
  }

  /** Returns the gaps since the last call, merged; undefined when there are none. */
  takeGap(): RecordingGap | undefined {
    const gap = this.#gap;
    this.#gap = undefined;
    return gap;
  }
}

function mergeGaps(
  before: RecordingGap | undefined,
  gap: RecordingGap | undefined,
): RecordingGap | undefined {
  if (before === undefined || gap === undefined) return before ?? gap;
  const isKnown = before.durationMs !== undefined && gap.durationMs !== undefined;
  return {
    startMs: before.startMs,
    durationMs: isKnown ? (before.durationMs ?? 0) + (gap.durationMs ?? 0) : undefined,
    bytes: before.bytes + gap.bytes,
  };
}

/** Shorter than any packet, longer than a rounding error of timestamps. */
const MIN_LOSS_MS = 5;

/** Detects missing packets from the timestamps of a track. */
export class TrackClock {
  #nextMs: number | undefined;
  /** The sum of backward jumps; a forward jump of the same size is their correction, not a gap. */
  #backMs = 0;

  /**
   * Reports to the timeline the gap before a packet, if there is one.
   *
   * @param lost - The number of skipped bytes that were certainly damaged.
   * @param odd - The number of skipped bytes that may have been intact.
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
    else if (missingMs >= (odd > 0 ? MIN_LOSS_MS : LEAST_JUMP_MS)) timeline.lose(odd, missingMs);
  }

  /** Sets the expected timestamp of the next packet; undefined when it is unknown. */
  expect(nextMs: number | undefined): void {
    this.#nextMs = nextMs;
  }
}

/** The packets of a track since the last chunk. */
class Track {
  readonly codec: Codec;
  preRoll: readonly Packet[] = [];
  skip: number;
  packets: Packet[] = [];
  sound: number;
  isFirst = true;
  #whole = 0;
  /** The last packets, as many as a decoder needs to synchronize, and their samples. */
  #recent: Packet[] = [];
  #recentSamples = 0;

  constructor(codec: Codec, skip: number) {
    this.codec = codec;
    this.skip = skip;
    this.sound = -skip;
  }

  get soundMs(): number {
    return (this.sound * 1_000) / this.codec.rate;
  }

  /** The duration in a player that does not discard the pre-roll. */
  get wholeMs(): number {
    return (this.#whole * 1_000) / this.codec.rate;
  }

  push(packet: Packet): void {
    this.packets.push(packet);
    this.sound += packet.samples - packet.trim;
    this.#whole += packet.samples - packet.trim;
    this.#recent.push(packet);
    this.#recentSamples += packet.samples;
    for (let [first] = this.#recent; first && this.#isEnoughWithout(first); [first] = this.#recent) {
      this.#recent.shift();
      this.#recentSamples -= first.samples;
    }
  }

  /** Returns the part since the last cut, and changes nothing. */
  peek(): TrackPart {
    const { preRoll, skip, packets, isFirst } = this;
    return { preRoll, skip, packets, sound: Math.max(0, this.sound), isFirst };
  }

  take(): TrackPart {
    const part = this.peek();
    const { preRoll: wanted } = this.codec;
    this.preRoll = wanted === 0 ? [] : [...this.#recent];
    this.skip = wanted === "one" ? 0 : this.preRoll.reduce((sum, { samples }) => sum + samples, 0);
    this.packets = [];
    this.sound = 0;
    this.#whole = this.skip;
    this.isFirst = false;
    return part;
  }

  #isEnoughWithout(first: Packet): boolean {
    const { preRoll } = this.codec;
    if (this.#recent.length < 2) return false;
    return preRoll === "one" || preRoll === 0 || this.#recentSamples - first.samples >= preRoll;
  }
}

/** Collects packets into chunks, from one start of a recorder to its stop. */
export class Segmenter {
  readonly #tracks: Track[] = [];
  readonly #chunkMs: number;
  readonly #timeline: Timeline;
  readonly #write: (parts: readonly TrackPart[]) => Uint8Array;
  #bytes = 0;
  #startMs: number;
  #chunks = 0;
  #gap: RecordingGap | undefined;
  #draftedMs = 0;

  constructor(chunkMs: number, timeline: Timeline, write: (parts: readonly TrackPart[]) => Uint8Array) {
    this.#chunkMs = chunkMs;
    this.#timeline = timeline;
    this.#write = write;
    this.#startMs = timeline.positionMs;
  }

  /** True until the first packet is added. */
  get isSilent(): boolean {
    return this.#chunks === 0 && this.#bytes === 0;
  }

  /** Adds a track and returns its index. A decoder discards the first `skip` samples. */
  addTrack(codec: Codec, skip: number): number {
    return this.#tracks.push(new Track(codec, skip)) - 1;
  }

  /** Adds samples to discard at the start of a track; call it before the track's first packet. */
  skipAtStart(index: number, samples: number): void {
    const track = this.#tracks[index];
    if (!track) return;
    track.skip += samples;
    track.sound -= samples;
  }

  /** Adds the next packet of a track; returns the chunk that is complete without it, if any. */
  add(index: number, packet: Packet): Segment | undefined {
    const track = this.#tracks[index];
    if (!track) return undefined;
    const moreMs = ((packet.samples - packet.trim) * 1_000) / track.codec.rate;
    const isFull =
      track.wholeMs + moreMs > this.#chunkMs + 1e-6 || this.#bytes + packet.data.byteLength > MAX_CHUNK_BYTES;
    const chunk = isFull && this.#bytes > 0 ? this.end() : undefined;
    if (this.#bytes === 0) this.#startMs = this.#timeline.positionMs;
    // The gap belongs to this chunk, not to the one that has just ended.
    this.#gap = mergeGaps(this.#gap, this.#timeline.takeGap());
    const before = track.soundMs;
    track.push(packet);
    this.#bytes += packet.data.byteLength;
    // The first track determines the time of a segment.
    if (index === 0) {
      this.#timeline.positionMs += Math.max(0, track.soundMs) - Math.max(0, before);
      this.#draft(track.soundMs);
    }
    return chunk;
  }

  #draft(soundMs: number): void {
    const { drafts } = this.#timeline;
    if (!drafts || soundMs - this.#draftedMs < drafts.everyMs) return;
    this.#draftedMs = soundMs;
    drafts.onDraft(this.#segment(this.#tracks.map((track) => track.peek())));
  }

  #segment(parts: readonly TrackPart[]): Segment {
    const soundMs = this.#soundMs;
    return {
      data: this.#write(parts),
      startMs: Math.round(this.#startMs),
      durationMs: Math.max(0, Math.min(Math.round(soundMs), this.#chunkMs)),
      gap: this.#gap,
    };
  }

  get #soundMs(): number {
    const [main] = this.#tracks;
    return main && main.packets.length > 0 ? main.soundMs : this.#longestMs();
  }

  /** Ends and returns the current chunk; undefined when it has no packets. */
  end(): Segment | undefined {
    if (this.#bytes === 0) return undefined;
    const [main] = this.#tracks;
    if (!main || main.packets.length === 0) this.#timeline.positionMs += Math.max(0, this.#soundMs);
    const segment = this.#segment(this.#tracks.map((track) => track.peek()));
    for (const track of this.#tracks) track.take();
    this.#gap = undefined;
    this.#bytes = 0;
    this.#draftedMs = 0;
    this.#chunks += 1;
    return segment;
  }

  #longestMs(): number {
    return Math.max(0, ...this.#tracks.map((track) => track.soundMs));
  }
}
