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
/** What a document consists of beside what is read: SeekHead, Cues, Tags, Chapters, Attachments, and parts of clusters. */
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

/** The longest content of an element that is read. */
const LONGEST: ReadonlyMap<number, number> = new Map([
  [EBML, 4_096],
  [INFO, MAX_HEADER_BYTES],
  [TRACKS, MAX_HEADER_BYTES],
  [TIMESTAMP, 8],
  [SIMPLE_BLOCK, MAX_CHUNK_BYTES],
  [BLOCK_GROUP, MAX_CHUNK_BYTES],
]);
/** The longest of an element whose id is unknown, and of one where it is searched for a place to go on. */
const LONGEST_UNKNOWN = 64 * 1024;
/** How many elements must follow each other to be believed after damage. */
const BELIEVED = 4;
const MOST_HEAD_BYTES = 12;
/** A packet whose length only the next one tells is not longer. */
const MOST_WAIT_MS = 1_000;

/** The first bytes of what it can go on with: a block, a group, a cluster, a document. */
const couldBegin = (byte: number): boolean =>
  byte === 0xa3 || byte === 0xa0 || byte === 0x1f || byte === 0x1a;

/**
 * Cuts a WebM or Matroska stream between the packets of its tracks of sound. Every chunk gets the stream's headers,
 * clusters of its own and times that start at zero. Recorders write clusters of half a minute, and do not know their
 * size beforehand. After damage it goes on where blocks or clusters follow each other again.
 */
export function segmentWebm(
  intake: BufferedReader,
  chunkMs: number,
  timeline: Timeline,
): AsyncGenerator<Segment, void, undefined> {
  const recorder = new WebmRecorder(intake, chunkMs, timeline);
  return withRest(cutsOf(recorder), () => recorder.end());
}

async function* cutsOf(recorder: WebmRecorder): AsyncGenerator<Segment, void, undefined> {
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
  /** A packet whose length only the next one tells. */
  waiting: { readonly data: Uint8Array; readonly atMs: number; readonly trim: number } | undefined;
  /** How long the last one lasted, in samples. */
  usual: number;
}

class WebmRecorder {
  readonly #intake: BufferedReader;
  readonly #chunkMs: number;
  readonly #timeline: Timeline;
  #segmenter: Segmenter | undefined;
  #doc: Uint8Array = new Uint8Array(0);
  #scale = 1_000_000;
  #clusterTicks = 0;
  #tracks = new Map<number, Track>();
  #numbers: ReadonlySet<number> = new Set();
  /** The longest element with sound so far, in bytes. */
  #longest = 0;
  /** Bytes that were passed over since the last block of sound. */
  #lost = 0;
  /** Bytes of elements that hold no sound, or whose id is damaged. */
  #odd = 0;

  constructor(intake: BufferedReader, chunkMs: number, timeline: Timeline) {
    this.#intake = intake;
    this.#chunkMs = chunkMs;
    this.#timeline = timeline;
  }

  /** The next element that is whole; undefined at the end of the stream. */
  async next(): Promise<{ readonly head: ElementHead; readonly content: Uint8Array } | undefined> {
    for (;;) {
      const head = await this.#headAt(0);
      const { offset } = this.#intake;
      if (head === "end") return undefined;
      if (head === "bad") {
        await this.#continue("an element was expected");
        continue;
      }
      const { id, size } = head;
      if (id === SEGMENT || id === CLUSTER) {
        await this.#intake.skip(head.length); // what they contain comes next
        continue;
      }
      if (size === undefined) throw damagedRecording("WebM", offset, "an element has no size");
      const isRead = LONGEST.has(id);
      if (!isRead && !OTHERS.has(id) && !(await this.#believe(head.length + size, 2))) {
        await this.#continue("an element was expected");
        continue;
      }
      // Only parts of a document are that long, none of a cluster: those have ids of one byte.
      if (!isRead && size > LONGEST_UNKNOWN && (id > 0xff || this.#segmenter === undefined)) {
        if (!(await this.#intake.skip(head.length + size)))
          throw damagedRecording("WebM", offset, "it ends in the middle of an element");
        continue;
      }
      const isSound = id === SIMPLE_BLOCK || id === BLOCK_GROUP;
      // What holds no sound may hold none: it is believed to be whole only when no block begins within it.
      const isBeside = !isRead && this.#segmenter !== undefined;
      const usual = isSound ? this.#longest : isBeside ? 0 : LONGEST_UNKNOWN;
      if (!(await this.#isWhole(head.length + size, usual))) {
        await this.#continue("it ends in the middle of an element");
        continue;
      }
      await this.#intake.skip(head.length);
      const content = await this.#intake.take(size);
      if (content === undefined)
        throw damagedRecording("WebM", offset, "it ends in the middle of an element");
      if (isSound) this.#longest = Math.max(this.#longest, size);
      if (isRead) return { head, content };
      this.#odd += size;
    }
  }

  /**
   * Whether what follows an element is one as well. If not, either is damaged; it is this one when others begin within
   * it, as they do when bytes of it are lost or its size is wrong. A wrong size may lead to the beginning of an element
   * by chance, so a block that is longer than all before is not believed for what follows it.
   */
  async #isWhole(size: number, usual: number): Promise<boolean> {
    const bytes = await this.#intake.peek(size);
    if (size <= usual && bytes.byteLength === size && (await this.#believe(size, 1))) return true;
    for (let at = 1; at < size; at += 1) {
      const held = await this.#intake.peek(at + 1);
      if (held.byteLength <= at) return false;
      if (couldBegin(held[at] ?? 0) && (await this.#believe(at, BELIEVED))) return false;
    }
    return bytes.byteLength === size;
  }

  /** Passes over what is damaged. @throws HeidiUploadError when nothing whole follows, or the headers are missing. */
  async #continue(what: string): Promise<void> {
    const { offset } = this.#intake;
    const fail = (): never => {
      throw damagedRecording("WebM", offset, what);
    };
    if (this.#segmenter === undefined) fail();
    if (!(await this.#intake.seek(couldBegin, (at) => this.#believe(at, BELIEVED)))) fail();
    this.#lost += this.#intake.offset - offset;
  }

  /** Whether so many elements follow each other from here on, or up to the end. */
  async #believe(at: number, count: number): Promise<boolean> {
    const head = await this.#headAt(at);
    if (head === "end") return count < BELIEVED;
    if (head === "bad") return false;
    const { id, size, length } = head;
    if (id === CLUSTER || id === SEGMENT) return count === 1 || this.#believe(at + length, count - 1);
    if (!LONGEST.has(id) && !OTHERS.has(id)) return false;
    if (count === 1) return true;
    if (size === undefined || size > LONGEST_UNKNOWN) return false;
    if (count === BELIEVED && id !== SIMPLE_BLOCK && id !== BLOCK_GROUP && id !== EBML) return false;
    if (id === BLOCK_GROUP && !(await this.#isGroup(at + length))) return false;
    const end = at + length + size;
    return (await this.#intake.peek(end)).byteLength === end && this.#believe(end, count - 1);
  }

  async #headAt(at: number): Promise<ElementHead | "bad" | "end"> {
    const bytes = (await this.#intake.peek(at + MOST_HEAD_BYTES + 8)).subarray(at);
    if (bytes.byteLength === 0) return "end";
    const head = headAt(bytes);
    if (head === undefined) return "bad";
    const { id, size, length } = head;
    if (id === SEGMENT || id === CLUSTER) return head;
    if (size === undefined) return id === EBML ? head : "bad";
    const longest = LONGEST.get(id);
    if (longest !== undefined && size > longest) return "bad";
    if (longest === undefined && !OTHERS.has(id) && size > LONGEST_UNKNOWN) return "bad";
    return id === SIMPLE_BLOCK && !this.#isBlock(bytes.subarray(length), size) ? "bad" : head;
  }

  /** Whether a group begins with a block of this document, as all known writers have it. */
  async #isGroup(at: number): Promise<boolean> {
    const bytes = (await this.#intake.peek(at + MOST_HEAD_BYTES + 8)).subarray(at);
    const block = headAt(bytes);
    if (block?.id !== BLOCK || block.size === undefined) return false;
    return this.#isBlock(bytes.subarray(block.length), block.size);
  }

  /** Whether a block begins as one of this document. */
  #isBlock(start: Uint8Array, size: number): boolean {
    if (this.#numbers.size === 0) return true;
    const [first = 0, second = 0] = start;
    const [track, width] = first >= 0x80 ? [first & 0x7f, 1] : [((first & 0x3f) << 8) | second, 2];
    const flags = start[width + 2] ?? 0;
    return size > width + 3 && this.#numbers.has(track) && (flags & 0x70) === 0;
  }

  /** Takes an element; gives the chunks that end before it. */
  add({ id }: ElementHead, content: Uint8Array): Segment[] {
    switch (id) {
      case EBML:
        // A recorder that is stopped and started begins a new document.
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
    const cuts = this.#settleAll();
    if (this.#lost > 0) this.#timeline.lose(this.#lost, undefined);
    this.#lost = 0;
    this.#odd = 0;
    const last = this.end();
    this.#segmenter = undefined;
    this.#doc = doc;
    this.#scale = 1_000_000;
    this.#clusterTicks = 0;
    this.#tracks.clear();
    return last ? [...cuts, last] : cuts;
  }

  #addTracks(content: Uint8Array): void {
    const { sound, numbers } = readTracks(content);
    if (sound.length === 0)
      throw damagedRecording(
        "WebM",
        this.#intake.offset,
        "it holds pictures or no sound at all; record sound alone",
      );
    const doc = this.#doc;
    const segmenter = new Segmenter(this.#chunkMs, this.#timeline, (parts) => writeWebm(doc, sound, parts));
    this.#tracks = new Map(
      sound.map((track) => {
        const index = segmenter.addTrack(track.codec, track.skip);
        return [
          track.number,
          { sound: track, index, clock: new TrackClock(), waiting: undefined, usual: this.#usual(track) },
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
    const { offset } = this.#intake;
    if (this.#segmenter === undefined) throw damagedRecording("WebM", offset, "its headers are missing");
    const track = this.#tracks.get(number);
    if (!track) {
      // Pictures and subtitles are passed over.
      if (!this.#numbers.has(number))
        this.#lost += frames.reduce((sum, { byteLength }) => sum + byteLength, 0);
      return [];
    }
    const { codec } = track.sound;
    const atMs = ((this.#clusterTicks + ticks) * this.#scale) / 1_000_000;
    const cuts = this.#settle(track, this.#lost > 0 ? undefined : atMs);
    const known = frames.map((data) => codec.samplesOf(data));
    const perFrame = ((lasting ?? 0) * this.#scale * codec.rate) / 1e9 / frames.length;
    track.clock.check(this.#timeline, atMs, this.#lost, this.#odd);
    this.#lost = 0;
    this.#odd = 0;
    let nextMs = atMs;
    for (const [at, data] of frames.entries()) {
      const isLast = at === frames.length - 1;
      const trim = isLast ? Math.round((discardNs * codec.rate) / 1e9) : 0;
      const own = known[at] ?? (perFrame || (isLast ? undefined : track.usual));
      if (own === undefined) {
        track.waiting = { data, atMs: nextMs, trim };
        continue;
      }
      nextMs += (own * 1_000) / codec.rate;
      cuts.push(...this.#push(track, { data, samples: own, trim: Math.min(trim, own) }));
    }
    const usualMs = (track.usual * 1_000) / codec.rate;
    track.clock.expect(track.waiting ? (usualMs > 0 ? nextMs + usualMs : undefined) : nextMs);
    return cuts;
  }

  /** A packet lasts until the next one begins, or as long as the one before. */
  #settle(track: Track, atMs: number | undefined): Segment[] {
    const { waiting, usual, sound } = track;
    if (waiting === undefined) return [];
    track.waiting = undefined;
    const ms = atMs === undefined ? 0 : atMs - waiting.atMs;
    const most = usual > 0 ? (usual * 1_000) / sound.codec.rate + LEAST_JUMP_MS : MOST_WAIT_MS;
    const samples = ms > 0 && ms < most ? (ms * sound.codec.rate) / 1_000 : usual;
    track.usual = samples;
    const { data, trim } = waiting;
    return this.#push(track, { data, samples, trim: Math.min(trim, samples) });
  }

  #push(track: Track, packet: Packet): Segment[] {
    const cut = this.#segmenter?.add(track.index, packet);
    return cut ? [cut] : [];
  }

  /** What waits for a next block, when none comes. @throws HeidiUploadError when the end is lost. */
  finish(): Segment[] {
    const cuts = this.#settleAll();
    if (this.#lost > 0) throw damagedRecording("WebM", this.#intake.offset, "its end is damaged");
    return cuts;
  }

  #settleAll(): Segment[] {
    return [...this.#tracks.values()].flatMap((track) => this.#settle(track, undefined));
  }

  end(): Segment | undefined {
    return this.#segmenter?.end();
  }
}
