import { type BufferedReader, damagedRecording } from "./buffered-reader.ts";
import { children, type ElementHead, headAt, toUint } from "./ebml.ts";
import { type Packet, Segmenter, type Timeline, TrackClock } from "./segmenter.ts";
import { LEAST_JUMP_MS, MAX_CHUNK_BYTES, MAX_HEADER_BYTES, type Segment, withRest } from "./types.ts";
import {
  BLOCK,
  BLOCK_GROUP,
  type Block,
  CLUSTER,
  EBML,
  INFO,
  readBlock,
  readTracks,
  SEGMENT,
  SIMPLE_BLOCK,
  type SoundTrack,
  TIMESTAMP,
  TIMESTAMP_SCALE,
  TRACKS,
  writeWebm,
} from "./webm-elements.ts";

const VOID = 0xec;
const CRC_32 = 0xbf;
/** Known elements that are skipped: SeekHead, Cues, Tags, Chapters, Attachments, and some children of Clusters. */
const OTHERS = new Set([
  VOID,
  CRC_32,
  0x114d_9b74,
  0x1c53_bb6b,
  0x1254_c367,
  0x1043_a770,
  0x1941_a469,
  0xa7,
  0xab,
  0x5854,
  0xaf,
]);

/** The elements that are read, with the maximum size of their content. */
const MAX_SIZES: ReadonlyMap<number, number> = new Map([
  [EBML, 4_096],
  [INFO, MAX_HEADER_BYTES],
  [TRACKS, MAX_HEADER_BYTES],
  [TIMESTAMP, 8],
  [SIMPLE_BLOCK, MAX_CHUNK_BYTES],
  [BLOCK_GROUP, MAX_CHUNK_BYTES],
]);
/** The maximum size of an element with an unknown id, and of any element while resynchronizing after damage. */
const MAX_UNKNOWN_BYTES = 64 * 1024;
/** The number of consecutive valid elements required to continue after damage. */
const MIN_CONSECUTIVE = 4;
const MAX_HEAD_BYTES = 12;
/** The maximum duration of a packet whose duration follows from the timestamp of the next one. */
const MAX_PENDING_MS = 1_000;

/** Returns true for the first byte of a SimpleBlock, a BlockGroup, a Cluster or an EBML header. */
const couldBegin = (byte: number): boolean =>
  byte === 0xa3 || byte === 0xa0 || byte === 0x1f || byte === 0x1a;

/**
 * Segments a WebM or Matroska stream between the packets of its audio tracks. Every chunk has the stream's headers, its
 * own Clusters, and timestamps that start at zero. Recorders write Clusters of half a minute with an unknown size. After
 * damage, it continues where valid blocks or Clusters follow each other again.
 */
export function segmentWebm(
  input: BufferedReader,
  chunkMs: number,
  timeline: Timeline,
): AsyncGenerator<Segment, void, undefined> {
  const recorder = new WebmRecorder(input, chunkMs, timeline);
  return withRest(segmentsOf(recorder), () => recorder.end());
}

async function* segmentsOf(recorder: WebmRecorder): AsyncGenerator<Segment, void, undefined> {
  for (;;) {
    const element = await recorder.next();
    if (element === undefined) break;
    yield* recorder.add(element.head, element.content);
  }
  yield* recorder.finish();
}

interface Track {
  readonly sound: SoundTrack;
  readonly index: number;
  readonly clock: TrackClock;
  /** A packet whose duration follows from the timestamp of the next one. */
  pending: { readonly data: Uint8Array; readonly atMs: number; readonly trim: number } | undefined;
  /** The duration of the last packet, in samples. */
  usual: number;
}

class WebmRecorder {
  readonly #input: BufferedReader;
  readonly #chunkMs: number;
  readonly #timeline: Timeline;
  #segmenter: Segmenter | undefined;
  #doc: Uint8Array = new Uint8Array(0);
  #scale = 1_000_000;
  #clusterTicks = 0;
  #tracks = new Map<number, Track>();
  #numbers: ReadonlySet<number> = new Set();
  /** The size of the largest audio block so far, in bytes. */
  #largestBlock = 0;
  /** The number of skipped bytes since the last audio block. */
  #lost = 0;
  /** The number of bytes in skipped elements: they have no audio, or their id is damaged. */
  #skipped = 0;

  constructor(input: BufferedReader, chunkMs: number, timeline: Timeline) {
    this.#input = input;
    this.#chunkMs = chunkMs;
    this.#timeline = timeline;
  }

  /** Returns the next intact element; undefined at the end of the stream. */
  async next(): Promise<{ readonly head: ElementHead; readonly content: Uint8Array } | undefined> {
    for (;;) {
      const head = await this.#headAt(0);
      const { offset } = this.#input;
      if (head === "end") return undefined;
      if (head === "bad") {
        await this.#continue("an element was expected");
        continue;
      }
      const { id, size } = head;
      if (id === SEGMENT || id === CLUSTER) {
        await this.#input.skip(head.length); // continue with the children
        continue;
      }
      if (size === undefined) throw damagedRecording("WebM", offset, "an element has no size");
      const isRead = MAX_SIZES.has(id);
      if (!isRead && !OTHERS.has(id) && !(await this.#areElementsAt(head.length + size, 2))) {
        await this.#continue("an element was expected");
        continue;
      }
      // Only children of the Segment can be that large; those of a Cluster, with one-byte ids, cannot.
      if (!isRead && size > MAX_UNKNOWN_BYTES && (id > 0xff || this.#segmenter === undefined)) {
        if (!(await this.#input.skip(head.length + size)))
          throw damagedRecording("WebM", offset, "it ends in the middle of an element");
        continue;
      }
      const isAudio = id === SIMPLE_BLOCK || id === BLOCK_GROUP;
      // A skipped element may be a damaged audio block: it counts as intact only when no block begins inside it.
      const isSkipped = !isRead && this.#segmenter !== undefined;
      const usual = isAudio ? this.#largestBlock : isSkipped ? 0 : MAX_UNKNOWN_BYTES;
      if (!(await this.#isIntact(head.length + size, usual))) {
        await this.#continue("it ends in the middle of an element");
        continue;
      }
      await this.#input.skip(head.length);
      const content = await this.#input.take(size);
      if (content === undefined)
        throw damagedRecording("WebM", offset, "it ends in the middle of an element");
      if (isAudio) this.#largestBlock = Math.max(this.#largestBlock, size);
      if (isRead) return { head, content };
      this.#skipped += size;
    }
  }

  /**
   * Returns true when an element is intact. When no element follows, this one or the next is damaged: this one, if other
   * elements begin inside it, because some of its bytes are lost or its size is wrong. A wrong size can point to the start
   * of an element by chance, so for a block larger than all previous ones, a following element is no proof.
   */
  async #isIntact(size: number, usual: number): Promise<boolean> {
    const bytes = await this.#input.peek(size);
    if (size <= usual && bytes.byteLength === size && (await this.#areElementsAt(size, 1))) return true;
    for (let at = 1; at < size; at += 1) {
      const held = await this.#input.peek(at + 1);
      if (held.byteLength <= at) return false;
      if (couldBegin(held[at] ?? 0) && (await this.#areElementsAt(at, MIN_CONSECUTIVE))) return false;
    }
    return bytes.byteLength === size;
  }

  /** Skips damaged bytes. @throws HeidiUploadError when no intact element follows, or the headers are missing. */
  async #continue(reason: string): Promise<void> {
    const { offset } = this.#input;
    const fail = (): never => {
      throw damagedRecording("WebM", offset, reason);
    };
    if (this.#segmenter === undefined) fail();
    if (!(await this.#input.seek(couldBegin, (at) => this.#areElementsAt(at, MIN_CONSECUTIVE)))) fail();
    this.#lost += this.#input.offset - offset;
  }

  /** Returns true when `count` valid elements, or fewer up to the end of the stream, follow each other from `at`. */
  async #areElementsAt(at: number, count: number): Promise<boolean> {
    const head = await this.#headAt(at);
    if (head === "end") return count < MIN_CONSECUTIVE;
    if (head === "bad") return false;
    const { id, size, length } = head;
    if (id === CLUSTER || id === SEGMENT) return count === 1 || this.#areElementsAt(at + length, count - 1);
    if (!MAX_SIZES.has(id) && !OTHERS.has(id)) return false;
    if (count === 1) return true;
    if (size === undefined || size > MAX_UNKNOWN_BYTES) return false;
    if (count === MIN_CONSECUTIVE && id !== SIMPLE_BLOCK && id !== BLOCK_GROUP && id !== EBML) return false;
    if (id === BLOCK_GROUP && !(await this.#isGroup(at + length))) return false;
    const end = at + length + size;
    return (await this.#input.peek(end)).byteLength === end && this.#areElementsAt(end, count - 1);
  }

  async #headAt(at: number): Promise<ElementHead | "bad" | "end"> {
    const bytes = (await this.#input.peek(at + MAX_HEAD_BYTES + 8)).subarray(at);
    if (bytes.byteLength === 0) return "end";
    const head = headAt(bytes);
    if (head === undefined) return "bad";
    const { id, size, length } = head;
    if (id === SEGMENT || id === CLUSTER) return head;
    if (size === undefined) return id === EBML ? head : "bad";
    const longest = MAX_SIZES.get(id);
    if (longest !== undefined && size > longest) return "bad";
    if (longest === undefined && !OTHERS.has(id) && size > MAX_UNKNOWN_BYTES) return "bad";
    return id === SIMPLE_BLOCK && !this.#isBlock(bytes.subarray(length), size) ? "bad" : head;
  }

  /** Returns true when a BlockGroup begins with a Block of this document, as all known muxers write it. */
  async #isGroup(at: number): Promise<boolean> {
    const bytes = (await this.#input.peek(at + MAX_HEAD_BYTES + 8)).subarray(at);
    const block = headAt(bytes);
    if (block?.id !== BLOCK || block.size === undefined) return false;
    return this.#isBlock(bytes.subarray(block.length), block.size);
  }

  /** Returns true when a block header is valid and names a track of this document. */
  #isBlock(start: Uint8Array, size: number): boolean {
    if (this.#numbers.size === 0) return true;
    const [first = 0, second = 0] = start;
    const [track, width] = first >= 0x80 ? [first & 0x7f, 1] : [((first & 0x3f) << 8) | second, 2];
    const flags = start[width + 2] ?? 0;
    return size > width + 3 && this.#numbers.has(track) && (flags & 0x70) === 0;
  }

  /** Adds an element; returns the chunks that are complete before it. */
  add({ id }: ElementHead, content: Uint8Array): Segment[] {
    switch (id) {
      case EBML:
        // A recorder that is restarted begins a new document.
        return this.#restart(content);
      case INFO: {
        const scale = [...children(content)].find((child) => child.id === TIMESTAMP_SCALE);
        if (scale) this.#scale = toUint(scale.content) || 1_000_000;
        return [];
      }
      case TRACKS:
        if (this.#segmenter === undefined || this.#segmenter.isSilent) this.#addTracks(content);
        return [];
      case TIMESTAMP:
        this.#clusterTicks = toUint(content);
        return [];
      default: {
        const block = readBlock(content, id === SIMPLE_BLOCK);
        if (block) return this.#addBlock(block);
        this.#lost += content.byteLength;
        return [];
      }
    }
  }

  #restart(doc: Uint8Array): Segment[] {
    const chunks = this.#flushAll();
    if (this.#lost > 0) this.#timeline.lose(this.#lost, undefined);
    this.#lost = 0;
    this.#skipped = 0;
    const last = this.end();
    this.#segmenter = undefined;
    this.#doc = doc;
    this.#scale = 1_000_000;
    this.#clusterTicks = 0;
    this.#tracks.clear();
    return last ? [...chunks, last] : chunks;
  }

  #addTracks(content: Uint8Array): void {
    const { sound, numbers } = readTracks(content);
    if (sound.length === 0)
      throw damagedRecording("WebM", this.#input.offset, "it has no audio track; record audio");
    const doc = this.#doc;
    const segmenter = new Segmenter(this.#chunkMs, this.#timeline, (parts) => writeWebm(doc, sound, parts));
    this.#tracks = new Map(
      sound.map((track) => {
        const index = segmenter.addTrack(track.codec, track.skip);
        return [
          track.number,
          { sound: track, index, clock: new TrackClock(), pending: undefined, usual: this.#usual(track) },
        ];
      }),
    );
    this.#numbers = numbers;
    this.#segmenter = segmenter;
  }

  #usual({ codec, defaultNs }: SoundTrack): number {
    return defaultNs === undefined ? 0 : (defaultNs * codec.rate) / 1e9;
  }

  #addBlock({ track: number, ticks, frames, lasting, discardNs }: Block): Segment[] {
    const { offset } = this.#input;
    if (this.#segmenter === undefined) throw damagedRecording("WebM", offset, "its headers are missing");
    const track = this.#tracks.get(number);
    if (!track) {
      // Video and subtitles are skipped.
      if (!this.#numbers.has(number))
        this.#lost += frames.reduce((sum, { byteLength }) => sum + byteLength, 0);
      return [];
    }
    const { codec } = track.sound;
    const atMs = ((this.#clusterTicks + ticks) * this.#scale) / 1_000_000;
    const chunks = this.#flush(track, this.#lost > 0 ? undefined : atMs);
    const known = frames.map((data) => codec.samplesOf(data));
    const perFrame = ((lasting ?? 0) * this.#scale * codec.rate) / 1e9 / frames.length;
    track.clock.check(this.#timeline, atMs, this.#lost, this.#skipped);
    this.#lost = 0;
    this.#skipped = 0;
    let nextMs = atMs;
    for (const [at, data] of frames.entries()) {
      const isLast = at === frames.length - 1;
      const trim = isLast ? Math.round((discardNs * codec.rate) / 1e9) : 0;
      const own = known[at] ?? (perFrame || (isLast ? undefined : track.usual));
      if (own === undefined) {
        track.pending = { data, atMs: nextMs, trim };
        continue;
      }
      nextMs += (own * 1_000) / codec.rate;
      chunks.push(...this.#push(track, { data, samples: own, trim: Math.min(trim, own) }));
    }
    const usualMs = (track.usual * 1_000) / codec.rate;
    track.clock.expect(track.pending ? (usualMs > 0 ? nextMs + usualMs : undefined) : nextMs);
    return chunks;
  }

  /** Adds the pending packet. It lasts until the next one begins, or as long as the previous one. */
  #flush(track: Track, atMs: number | undefined): Segment[] {
    const { pending, usual, sound } = track;
    if (pending === undefined) return [];
    track.pending = undefined;
    const ms = atMs === undefined ? 0 : atMs - pending.atMs;
    const most = usual > 0 ? (usual * 1_000) / sound.codec.rate + LEAST_JUMP_MS : MAX_PENDING_MS;
    const samples = ms > 0 && ms < most ? (ms * sound.codec.rate) / 1_000 : usual;
    track.usual = samples;
    const { data, trim } = pending;
    return this.#push(track, { data, samples, trim: Math.min(trim, samples) });
  }

  #push(track: Track, packet: Packet): Segment[] {
    const chunk = this.#segmenter?.add(track.index, packet);
    return chunk ? [chunk] : [];
  }

  /** Adds the pending packets at the end of the stream. @throws HeidiUploadError when the end is damaged. */
  finish(): Segment[] {
    const chunks = this.#flushAll();
    if (this.#lost > 0) throw damagedRecording("WebM", this.#input.offset, "its end is damaged");
    return chunks;
  }

  #flushAll(): Segment[] {
    return [...this.#tracks.values()].flatMap((track) => this.#flush(track, undefined));
  }

  end(): Segment | undefined {
    return this.#segmenter?.end();
  }
}
