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
 * Cuts an Ogg stream between its packets. Every chunk gets the stream's headers, times that start at zero, and what a
 * decoder must have heard before, which it skips: the chunks together sound as long as the whole. After damage it goes
 * on with the next page whose checksum is right.
 */
export function segmentOgg(
  intake: BufferedReader,
  chunkMs: number,
  timeline: Timeline,
): AsyncGenerator<Segment, void, undefined> {
  let recorder: OggRecorder | undefined;
  async function* cuts(): AsyncGenerator<Segment, void, undefined> {
    for (let read = await readPage(intake); read !== undefined; read = await readPage(intake)) {
      const { page, lost } = read;
      recorder?.lose(lost);
      if (recorder === undefined && !page.first) throw damagedRecording("Ogg", 0, "its headers are missing");
      if (page.first && (recorder === undefined || recorder.hasBegun)) {
        // A recorder that is stopped and started begins a new stream.
        recorder?.leave();
        const cut = recorder?.end();
        if (cut) yield cut;
        recorder = new OggRecorder(chunkMs, timeline);
      }
      yield* recorder?.add(page, intake.offset) ?? [];
    }
    recorder?.checkEnd(intake.offset);
  }
  return withRest(cuts(), () => recorder?.end());
}

/** What a recorder writes between its start and its stop: usually one stream, with its headers at the start. */
class OggRecorder {
  readonly #segmenter: Segmenter;
  readonly #timeline: Timeline;
  readonly #streams = new Map<number, OggStream>();
  /** Streams that hold no sound that is known: pictures, subtitles, an index. */
  readonly #others = new Set<number>();
  /** Bytes that were passed over since the last page of sound. */
  #lost = 0;
  /** Bytes that came once more. */
  #repeated = 0;
  #hasBegun = false;

  constructor(chunkMs: number, timeline: Timeline) {
    this.#timeline = timeline;
    this.#segmenter = new Segmenter(chunkMs, timeline, (parts) => this.#write(parts));
  }

  /** True when more than the first pages of its streams came. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  lose(bytes: number): void {
    this.#lost += bytes;
  }

  /** Takes a page; gives the chunks that end on it. */
  add(page: OggPage, offset: number): Segment[] {
    if (page.first) return this.#open(page);
    this.#hasBegun = true;
    if (this.#streams.size === 0)
      throw damagedRecording(
        "Ogg",
        offset,
        "its codec is none of Opus, Vorbis and FLAC, or it holds no sound",
      );
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
        this.#note(jumpMs, isBroken);
      }
      stream.granule = page.granule;
    } else if (stream.granule !== undefined) stream.granule += total;
    const trims = trimsOf(sizes, trim);
    return packets.flatMap((data, at) => {
      const cut = this.#segmenter.add(index, { data, samples: sizes[at] ?? 0, trim: trims[at] ?? 0 });
      return cut ? [cut] : [];
    });
  }

  /** Tells of what was lost before a page, by the bytes or by the time. */
  #note(jumpMs: number, isBroken: boolean): void {
    const bytes = this.#lost + this.#repeated;
    const ms = jumpMs > 0 && jumpMs <= MOST_JUMP_MS ? jumpMs : 0;
    // A page that never came is seen by the numbers of the others; some recorders do not count.
    if (bytes > 0 || ms >= (isBroken ? LEAST_LOSS_MS : LEAST_JUMP_MS)) this.#timeline.lose(bytes, ms);
    this.#lost = 0;
    this.#repeated = 0;
  }

  #open(page: OggPage): Segment[] {
    const stream = OggStream.of(page);
    if (stream) this.#streams.set(page.serial, stream);
    else this.#others.add(page.serial);
    return [];
  }

  /** @throws HeidiUploadError when there was no sound, or something was lost up to the end. */
  checkEnd(offset: number): void {
    if (this.#hasBegun && this.#segmenter.isSilent && [...this.#streams.values()].some(({ codec }) => !codec))
      throw damagedRecording("Ogg", offset, "its headers are damaged or cut off");
    if (this.#streams.size === 0)
      throw damagedRecording(
        "Ogg",
        offset,
        "its codec is none of Opus, Vorbis and FLAC, or it holds no sound",
      );
    if (this.#lost > 0 || [...this.#streams.values()].some(({ isWithin }) => isWithin))
      throw damagedRecording("Ogg", offset, "its end is damaged or cut off");
  }

  /** Another recording follows: a loss at the end of this one is reported, and the recording goes on. */
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

/** Shorter than any packet: more is not due to how times are rounded. */
const LEAST_LOSS_MS = 1;

/** How much of the end of each packet is not heard. */
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

/** Opus says what is in it in a second header; where that is lost, one without a word does. */
const EMPTY_TAGS = encodeText("OpusTags\0\0\0\0\0\0\0\0");

class OggStream {
  readonly #first: Uint8Array;
  readonly #serial: number;
  readonly #headers: Uint8Array[] = [];
  #headerBytes = 0;
  #partial: Uint8Array[] = [];
  #partialBytes = 0;
  #page: Pick<OggPage, "sequence" | "crc"> | undefined;
  /** The time at the end of the last page. */
  granule: number | undefined;
  /** Its place among the tracks. */
  index: number | undefined;
  /** Undefined as long as not all headers came. */
  codec: Codec | undefined;

  constructor(page: OggPage) {
    this.#first = page.body;
    this.#serial = page.serial;
    this.#page = page;
    if (this.#isOpus) this.codec = OPUS;
    if (this.#isFlac) this.codec = flac(viewOf(page.body).getUint32(27) >>> 12);
  }

  /** The stream that a first page begins; undefined when its codec is none of those that clinics record with. */
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

  /** The last packet has no end yet. */
  get isWithin(): boolean {
    return this.#partial.length > 0;
  }

  /** A page that came before, once more. */
  isRepeated({ sequence, crc, granule }: OggPage): boolean {
    if (this.#page === undefined) return false;
    if (this.#page.sequence === sequence && this.#page.crc === crc) return true;
    const ahead = (sequence - this.#page.sequence) | 0;
    return ahead < 0 && granule !== undefined && this.granule !== undefined && granule <= this.granule;
  }

  /** The packets of sound that end on a page; `isBroken` when a part of one, or a page before, is missing. */
  assemble(page: OggPage, offset: number): { packets: Uint8Array[]; isBroken: boolean } {
    let isBroken = this.#page !== undefined && page.sequence !== (this.#page.sequence + 1) >>> 0;
    this.#page = page;
    const packets: Uint8Array[] = [];
    const wasWithin = this.isWithin;
    // Begun on a page that is lost, or not gone on with.
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
    // Of Opus the header says what is skipped, so that it counts; else the times begin before zero.
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
    // The number of samples and the checksum of all of them: unknown, as of any live stream.
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
