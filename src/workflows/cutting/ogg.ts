import { joinBytes } from "../../upload/stream.ts";
import { type Cut, MAX_CHUNK_BYTES, MAX_HEADER_BYTES } from "./cut.ts";
import { type Intake, malformed } from "./intake.ts";
import { codecOf, type OggCodec } from "./ogg-codec.ts";
import { type OggPage, pageOf, readPage, wholePackets, writePage } from "./ogg-page.ts";

/**
 * Cuts an Ogg stream between its pages. Every chunk gets the stream's headers, times that start at zero, and what a
 * decoder must have heard before, which it skips: the chunks together sound as long as the whole.
 */
export async function* cutOgg(intake: Intake, chunkMs: number): AsyncGenerator<Cut, void, undefined> {
  let stream: OggStream | undefined;
  let fault: { readonly error: unknown } | undefined;
  try {
    for (let page = await readPage(intake); page !== undefined; page = await readPage(intake)) {
      const cut = page.first ? stream?.end() : stream?.add(page, intake.offset);
      if (cut) yield cut;
      // A recorder that is stopped and started begins a new stream.
      if (page.first) stream = open(page, stream, intake.offset, chunkMs);
      else if (stream === undefined) throw malformed("Ogg", 0, "its headers are missing");
    }
  } catch (error) {
    fault = { error };
  }
  const rest = stream?.end();
  if (rest) yield rest;
  if (fault) throw fault.error;
}

function open(page: OggPage, before: OggStream | undefined, offset: number, chunkMs: number): OggStream {
  if (before?.isSilent)
    throw malformed("Ogg", offset, "it holds several streams at once; record sound alone");
  const codec = codecOf(page.body);
  if (!codec) throw malformed("Ogg", offset, "its codec is none of Opus, Vorbis and FLAC");
  return new OggStream(page, codec, chunkMs);
}

class OggStream {
  readonly #first: OggPage;
  readonly #codec: OggCodec;
  readonly #limit: bigint;
  #headers: OggPage[] = [];
  #headerBytes = 0;
  #pages: OggPage[] = [];
  #bytes = 0;
  /** The time at the end of what was heard so far. */
  #end = 0n;
  /** The time at which the chunk in the making begins. */
  #start = 0n;
  /** What is taken off the times of its pages: nothing from the first chunk's. */
  #shift = 0n;
  #chunks = 0;
  /** Packets up to the last page, without a gap, as many as a pre-roll can need. */
  #recent: readonly Uint8Array[] = [];
  #preRoll: { readonly page: OggPage | undefined; readonly granules: number } | undefined;

  constructor(first: OggPage, codec: OggCodec, chunkMs: number) {
    this.#first = first;
    this.#codec = codec;
    this.#limit = BigInt(Math.floor((chunkMs * codec.rate) / 1_000));
  }

  /** True as long as only headers came. */
  get isSilent(): boolean {
    return this.#pages.length === 0 && this.#chunks === 0;
  }

  /** Takes a page; gives the chunk that ends before it. */
  add(page: OggPage, offset: number): Cut | undefined {
    if (page.serial !== this.#first.serial) throw malformed("Ogg", offset, "a page belongs to no stream");
    if (this.isSilent) {
      if (page.continued || this.#codec.isHeader(page.body)) return this.#addHeader(page, offset);
      // Whoever taps a live stream late hears it from a late time on.
      if (page.granule !== undefined && page.granule > this.#limit) this.#start = page.granule;
    }
    const end = page.granule ?? this.#end;
    if (end < this.#end) throw malformed("Ogg", offset, "its time runs backwards");
    const isFull = end - this.#start > this.#limit || this.#bytes + page.body.byteLength > MAX_CHUNK_BYTES;
    const cut = isFull && !page.continued ? this.end() : undefined;
    this.#pages.push(page);
    this.#bytes += page.body.byteLength;
    if (this.#bytes > 2 * MAX_CHUNK_BYTES) throw malformed("Ogg", offset, "a packet is too large");
    this.#end = end;
    const whole = wholePackets(page);
    this.#recent = this.#codec.preRoll(page.continued ? whole : [...this.#recent, ...whole]).packets;
    return cut;
  }

  /** The chunk in the making; undefined when nothing was heard since the last one. */
  end(): Cut | undefined {
    if (this.#pages.length === 0) return undefined;
    const granules = this.#preRoll?.granules;
    const body = this.#codec.identify(this.#first.body, granules);
    const ahead = BigInt(granules ?? 0) - this.#shift;
    const pages = [
      { ...this.#first, body },
      ...this.#headers,
      ...(this.#preRoll?.page ? [this.#preRoll.page] : []),
      ...this.#pages.map((page) => ({
        ...page,
        granule: page.granule === undefined ? undefined : page.granule + ahead,
      })),
    ];
    // A time on a page that is the first and the last would be read as where to stop, not as where to begin.
    const last = this.#pages.length > 1 || this.#preRoll?.page ? pages.at(-1) : undefined;
    const data = joinBytes(
      pages.map((page, index) => writePage({ ...page, last: page.last || page === last }, index)),
    );
    const durationMs = (Number(this.#end - this.#start) * 1_000) / this.#codec.rate;
    this.#begin();
    return { data, durationMs };
  }

  #begin(): void {
    this.#pages = [];
    this.#bytes = 0;
    this.#chunks += 1;
    this.#start = this.#end;
    this.#shift = this.#end;
    const { packets, granules } = this.#codec.preRoll(this.#recent);
    const page = packets.length === 0 ? undefined : pageOf(packets, BigInt(granules), this.#first.serial);
    this.#preRoll = { page, granules: page ? granules : 0 };
  }

  #addHeader(page: OggPage, offset: number): undefined {
    this.#headerBytes += page.body.byteLength;
    if (this.#headerBytes > MAX_HEADER_BYTES) throw malformed("Ogg", offset, "its headers are too large");
    this.#headers.push(page);
  }
}
