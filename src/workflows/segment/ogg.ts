import { concatBytes } from "../../upload/readers.ts";
import { encodeText } from "../../utils/utf8.ts";
import { type BufferedReader, damagedRecording } from "./buffered-reader.ts";
import { type Codec, flac, OPUS, opusPreSkip, startsWith, viewOf, vorbis, withPreSkip } from "./codec.ts";
import { type OggPage, PageWriter, piecesOf, readPage } from "./ogg-page.ts";
import { Segmenter, type Timeline, type TrackPart } from "./segmenter.ts";
import {
  LEAST_JUMP_MS,
  MAX_CHUNK_BYTES,
  MAX_HEADER_BYTES,
  MOST_JUMP_MS,
  type Segment,
  withRest,
} from "./types.ts";

/**
 * Segments an Ogg stream between its packets. Every chunk has the stream's headers, granule positions that start at zero,
 * and the pre-roll that a decoder needs and discards: the durations of all chunks add up to that of the recording. After
 * damage, it continues with the next page whose checksum is correct.
 */
export function segmentOgg(
  input: BufferedReader,
  chunkMs: number,
  timeline: Timeline,
): AsyncGenerator<Segment, void, undefined> {
  let recorder: OggRecorder | undefined;
  async function* segments(): AsyncGenerator<Segment, void, undefined> {
    for (let read = await readPage(input); read !== undefined; read = await readPage(input)) {
      const { page, lost } = read;
      recorder?.lose(lost);
      if (recorder === undefined && !page.first) throw damagedRecording("Ogg", 0, "its headers are missing");
      if (page.first && (recorder === undefined || recorder.hasBegun)) {
        // A recorder that is restarted begins a new stream.
        recorder?.leave();
        const chunk = recorder?.end();
        if (chunk) yield chunk;
        recorder = new OggRecorder(chunkMs, timeline);
      }
      yield* recorder?.add(page, input.offset) ?? [];
    }
    recorder?.checkEnd(input.offset);
  }
  return withRest(segments(), () => recorder?.end());
}

/** Segments the output of a recorder from its start to its stop: usually one logical stream, with its headers first. */
class OggRecorder {
  readonly #segmenter: Segmenter;
  readonly #timeline: Timeline;
  readonly #streams = new Map<number, OggStream>();
  /** The serial numbers of streams without supported audio: video, subtitles, an index. */
  readonly #others = new Set<number>();
  /** The number of skipped bytes since the last audio page. */
  #lost = 0;
  /** The number of bytes in repeated pages. */
  #repeated = 0;
  #hasBegun = false;

  constructor(chunkMs: number, timeline: Timeline) {
    this.#timeline = timeline;
    this.#segmenter = new Segmenter(chunkMs, timeline, (parts) => this.#write(parts));
  }

  /** True after the first page that does not begin a logical stream. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  lose(bytes: number): void {
    this.#lost += bytes;
  }

  /** Adds a page; returns the chunks that are complete with it. */
  add(page: OggPage, offset: number): Segment[] {
    if (page.first) return this.#open(page);
    this.#hasBegun = true;
    if (this.#streams.size === 0)
      throw damagedRecording("Ogg", offset, "it has no audio stream in Opus, Vorbis or FLAC");
    const stream = this.#streams.get(page.serial);
    if (!stream) {
      if (!this.#others.has(page.serial)) this.#lost += page.body.byteLength;
      return [];
    }
    if (stream.isRepeated(page)) {
      this.#repeated += page.body.byteLength;
      return [];
    }
    const { packets, isBroken } = stream.assemble(page, offset);
    if (packets.length === 0) return [];
    if (!stream.codec) return [];
    stream.index ??= this.#segmenter.addTrack(stream.codec, stream.preSkip);
    return this.#addPackets(stream, stream.codec, stream.index, page, packets, isBroken);
  }

  #addPackets(
    stream: OggStream,
    codec: Codec,
    index: number,
    page: OggPage,
    packets: readonly Uint8Array[],
    isBroken: boolean,
  ): Segment[] {
    const sizes = packets.map((packet) => codec.samplesOf(packet) ?? 0);
    const total = sizes.reduce((sum, samples) => sum + samples, 0);
    let trim = 0;
    if (page.granule !== undefined) {
      const expected = stream.granule === undefined ? undefined : stream.granule + total;
      if (expected === undefined) {
        if (page.granule < total && !page.last && codec.preRoll === "one")
          this.#segmenter.skipAtStart(index, total - page.granule);
        else if (page.granule < total && page.last) trim = total - page.granule;
      } else {
        const jumpMs = ((page.granule - expected) * 1_000) / codec.rate;
        if (page.last && jumpMs < 0 && expected - page.granule <= total) trim = expected - page.granule;
        this.#reportGap(jumpMs, isBroken);
      }
      stream.granule = page.granule;
    } else if (stream.granule !== undefined) stream.granule += total;
    const trims = trimsOf(sizes, trim);
    return packets.flatMap((data, at) => {
      const chunk = this.#segmenter.add(index, { data, samples: sizes[at] ?? 0, trim: trims[at] ?? 0 });
      return chunk ? [chunk] : [];
    });
  }

  /** Reports a gap before a page, when bytes were skipped or the granule position jumps. */
  #reportGap(jumpMs: number, isBroken: boolean): void {
    const bytes = this.#lost + this.#repeated;
    const ms = jumpMs > 0 && jumpMs <= MOST_JUMP_MS ? jumpMs : 0;
    // Sequence numbers reveal a missing page, but some recorders do not count them: the time must jump too.
    if (bytes > 0 || ms >= (isBroken ? MIN_LOSS_MS : LEAST_JUMP_MS)) this.#timeline.lose(bytes, ms);
    this.#lost = 0;
    this.#repeated = 0;
  }

  #open(page: OggPage): Segment[] {
    const stream = OggStream.of(page);
    if (stream) this.#streams.set(page.serial, stream);
    else this.#others.add(page.serial);
    return [];
  }

  /** Checks the state at the end of the stream. @throws HeidiUploadError for missing audio, damaged headers or a damaged end. */
  checkEnd(offset: number): void {
    if (this.#hasBegun && this.#segmenter.isSilent && [...this.#streams.values()].some(({ codec }) => !codec))
      throw damagedRecording("Ogg", offset, "its headers are damaged or truncated");
    if (this.#streams.size === 0)
      throw damagedRecording("Ogg", offset, "it has no audio stream in Opus, Vorbis or FLAC");
    if (this.#lost > 0 || [...this.#streams.values()].some(({ isWithin }) => isWithin))
      throw damagedRecording("Ogg", offset, "its end is damaged or truncated");
  }

  /** Reports a gap at the end; called when another stream follows, instead of `checkEnd`. */
  leave(): void {
    const isWithin = [...this.#streams.values()].some((stream) => stream.isWithin);
    if (this.#lost > 0 || isWithin) this.#timeline.lose(this.#lost, undefined);
  }

  end(): Segment | undefined {
    return this.#segmenter.end();
  }

  #write(parts: readonly TrackPart[]): Uint8Array {
    const written = [...this.#streams.values()].flatMap((stream) => {
      const part = stream.index === undefined ? undefined : parts[stream.index];
      return part ? [stream.write(part)] : [];
    });
    const firsts = written.flatMap(({ pages }) => pages.slice(0, 1));
    const headers = written.flatMap(({ pages, headerPages }) => pages.slice(1, headerPages));
    const sound = written
      .flatMap(({ pages, headerPages, rate }) =>
        pages.slice(headerPages).map(({ bytes, granule }) => ({ bytes, time: granule / rate })),
      )
      .sort((a, b) => a.time - b.time);
    return concatBytes([...firsts, ...headers, ...sound].map(({ bytes }) => bytes));
  }
}

/** Shorter than any packet, longer than a rounding error of granule positions. */
const MIN_LOSS_MS = 1;

/** Distributes the samples to discard at the end of a page over its packets, from the last one backward. */
function trimsOf(sizes: readonly number[], trim: number): number[] {
  let left = trim;
  return sizes
    .toReversed()
    .map((samples) => {
      const own = Math.min(left, samples);
      left -= own;
      return own;
    })
    .reverse();
}

/** An empty comment header of Opus; it replaces a lost one, because a stream must have it. */
const EMPTY_TAGS = encodeText("OpusTags\0\0\0\0\0\0\0\0");

class OggStream {
  readonly #first: Uint8Array;
  readonly #serial: number;
  readonly #headers: Uint8Array[] = [];
  #headerBytes = 0;
  #partial: Uint8Array[] = [];
  #partialBytes = 0;
  #page: Pick<OggPage, "sequence" | "crc"> | undefined;
  /** The granule position at the end of the last page. */
  granule: number | undefined;
  /** The index of its track. */
  index: number | undefined;
  /** Undefined until all headers are read. */
  codec: Codec | undefined;

  constructor(page: OggPage) {
    this.#first = page.body;
    this.#serial = page.serial;
    this.#page = page;
    if (this.#isOpus) this.codec = OPUS;
    if (this.#isFlac) this.codec = flac(viewOf(page.body).getUint32(27) >>> 12);
  }

  /** Returns the stream that a first page begins; undefined for an unsupported codec. */
  static of(page: OggPage): OggStream | undefined {
    const stream = new OggStream(page);
    const isVorbis = startsWith(page.body, "\x01vorbis") && page.body.byteLength >= 30;
    return stream.#isOpus || isVorbis || (stream.#isFlac && stream.codec?.rate !== 0) ? stream : undefined;
  }

  get #isOpus(): boolean {
    return startsWith(this.#first, "OpusHead") && this.#first.byteLength >= 19;
  }

  get #isFlac(): boolean {
    return startsWith(this.#first, "\x7fFLAC") && this.#first.byteLength >= 51;
  }

  get preSkip(): number {
    return this.#isOpus ? opusPreSkip(this.#first) : 0;
  }

  /** True while the last packet is incomplete. */
  get isWithin(): boolean {
    return this.#partial.length > 0;
  }

  /** Returns true for a page that was read before. */
  isRepeated({ sequence, crc, granule }: OggPage): boolean {
    if (this.#page === undefined) return false;
    if (this.#page.sequence === sequence && this.#page.crc === crc) return true;
    const ahead = (sequence - this.#page.sequence) | 0;
    return ahead < 0 && granule !== undefined && this.granule !== undefined && granule <= this.granule;
  }

  /** Returns the audio packets that end on a page; `isBroken` is true when a part of a packet or a previous page is missing. */
  assemble(page: OggPage, offset: number): { packets: Uint8Array[]; isBroken: boolean } {
    let isBroken = this.#page !== undefined && page.sequence !== (this.#page.sequence + 1) >>> 0;
    this.#page = page;
    const packets: Uint8Array[] = [];
    const wasWithin = this.isWithin;
    // The page begins with the rest of a packet whose beginning is lost: skip it.
    let isForeign = page.continued && (!wasWithin || isBroken);
    if (wasWithin && (!page.continued || isBroken)) this.#drop();
    if (wasWithin !== page.continued) isBroken = true;
    for (const { data, ends } of piecesOf(page)) {
      if (!isForeign) {
        this.#partial.push(data);
        this.#partialBytes += data.byteLength;
        if (this.#partialBytes > MAX_CHUNK_BYTES)
          throw damagedRecording("Ogg", offset, "a packet is too large");
        if (ends) this.#take(packets, offset);
      }
      if (ends) isForeign = false;
    }
    return { packets, isBroken };
  }

  #take(packets: Uint8Array[], offset: number): void {
    const packet = this.#partial.length === 1 ? this.#partial[0] : concatBytes(this.#partial);
    this.#drop();
    if (!packet) return;
    if (this.index === undefined && packets.length === 0 && this.#isHeader(packet)) {
      this.#headerBytes += packet.byteLength;
      if (this.#headerBytes > MAX_HEADER_BYTES)
        throw damagedRecording("Ogg", offset, "its headers are too large");
      this.#headers.push(packet);
      if (packet[0] === 5) this.codec ??= vorbis(this.#first, packet);
      return;
    }
    if (!this.codec) throw damagedRecording("Ogg", offset, "its headers are missing or damaged");
    packets.push(packet);
  }

  #drop(): void {
    this.#partial = [];
    this.#partialBytes = 0;
  }

  #isHeader(packet: Uint8Array): boolean {
    if (this.#isOpus) return startsWith(packet, "OpusTags");
    if (this.#isFlac) return packet[0] !== 0xff;
    return ((packet[0] ?? 0) & 1) === 1 && startsWith(packet.subarray(1), "vorbis");
  }

  write({ preRoll, skip, packets, isFirst }: TrackPart): WrittenStream {
    const { codec = OPUS } = this;
    const writer = new PageWriter(this.#serial);
    writer.add({ data: this.#identification(isFirst, skip), granule: 0 });
    writer.flush({ first: true });
    const headers = this.#isOpus && this.#headers.length === 0 ? [EMPTY_TAGS] : this.#headers;
    for (const data of headers) writer.add({ data, granule: 0 });
    writer.flush();
    const headerPages = writer.pages.length;
    // Granule positions of Opus include the pre-skip of the header; those of other codecs begin below zero.
    let granule = this.#isOpus || !isFirst ? 0 : -skip;
    let sinceMs = 0;
    const all = [...preRoll, ...packets];
    for (const [at, { data, samples, trim }] of all.entries()) {
      granule += samples - trim;
      sinceMs += (samples * 1_000) / codec.rate;
      const endsPage = at === preRoll.length - 1 || (sinceMs >= PAGE_MS && at < all.length - 1);
      if (endsPage) sinceMs = 0;
      writer.add({ data, granule: Math.max(0, granule), endsPage });
    }
    writer.flush({ last: true });
    return { pages: writer.pages, headerPages, rate: codec.rate };
  }

  #identification(isFirst: boolean, skip: number): Uint8Array {
    if (this.#isOpus) return isFirst ? this.#first : withPreSkip(this.#first, skip);
    if (!this.#isFlac) return this.#first;
    const copy = this.#first.slice();
    // Clear the number of samples and their MD5 checksum: zero means unknown, as in any live stream.
    copy[30] = (copy[30] ?? 0) & 0xf0;
    copy.fill(0, 31, 51);
    return copy;
  }
}

const PAGE_MS = 1_000;

interface WrittenStream {
  readonly pages: readonly { readonly bytes: Uint8Array; readonly granule: number }[];
  readonly headerPages: number;
  readonly rate: number;
}
