import { concatBytes } from "../../upload/readers.ts";
import { type BufferedReader, damagedRecording } from "./buffered-reader.ts";

/** A page of an Ogg stream (RFC 3533). */
export interface OggPage {
  /** Its first packet began on an earlier page. */
  readonly continued: boolean;
  /** The first page of a stream. */
  readonly first: boolean;
  /** The last page of a stream. */
  readonly last: boolean;
  /** The time at its end in the codec's units; undefined when no packet ends on it. */
  readonly granule: number | undefined;
  readonly serial: number;
  /** Its place among the pages of its stream. */
  readonly sequence: number;
  readonly crc: number;
  /** How its body is cut into packets: 255 goes on in the next segment. */
  readonly lacing: Uint8Array;
  readonly body: Uint8Array;
}

const HEAD_BYTES = 27;
const CONTINUED = 1;
const FIRST = 2;
const LAST = 4;
const NO_GRANULE = 0xffff_ffff_ffff_ffffn;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ (crc & 0x8000_0000 ? 0x04c1_1db7 : 0);
  return crc >>> 0;
});

function checksum(crc: number, bytes: Uint8Array): number {
  let value = crc;
  for (const byte of bytes) value = ((value << 8) ^ (CRC_TABLE[(value >>> 24) ^ byte] ?? 0)) >>> 0;
  return value;
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The next page, and how many bytes before it belong to none; undefined at the end of the stream. */
export async function readPage(
  intake: BufferedReader,
): Promise<{ readonly page: OggPage; readonly lost: number } | undefined> {
  const { offset } = intake;
  if ((await intake.peek(1)).byteLength === 0) return undefined;
  const isFound =
    (await sizeOfPage(intake, 0)) > 0 ||
    (await intake.seek(
      (byte) => byte === 0x4f,
      async (at) => (await sizeOfPage(intake, at)) > 0,
    ));
  // What was looked at is still there when nothing was found.
  if (!isFound) throw damagedRecording("Ogg", offset, "a page is damaged or cut off, and none follows it");
  const lost = intake.offset - offset;
  const bytes = await intake.take(await sizeOfPage(intake, 0));
  if (!bytes) throw damagedRecording("Ogg", offset, "it ends in the middle of a page");
  return { page: parse(bytes), lost };
}

/** The size of the page that begins here; 0 when none does, or not as it was written. */
async function sizeOfPage(intake: BufferedReader, at: number): Promise<number> {
  const start = (await intake.peek(at + HEAD_BYTES)).subarray(at);
  const isHead =
    start.byteLength === HEAD_BYTES &&
    viewOf(start).getUint32(0) === 0x4f67_6753 &&
    start[4] === 0 &&
    (start[5] ?? 0) < 8;
  if (!isHead) return 0;
  const headBytes = HEAD_BYTES + (start[26] ?? 0);
  const head = (await intake.peek(at + headBytes)).subarray(at);
  const size = head.subarray(HEAD_BYTES).reduce((sum, lace) => sum + lace, headBytes);
  const page = (await intake.peek(at + size)).subarray(at);
  if (page.byteLength < size) return 0;
  const crc = [page.subarray(0, 22), new Uint8Array(4), page.subarray(26)].reduce(checksum, 0);
  return crc === viewOf(page).getUint32(22, true) ? size : 0;
}

function parse(bytes: Uint8Array): OggPage {
  const view = viewOf(bytes);
  const flags = bytes[5] ?? 0;
  const bodyAt = HEAD_BYTES + (bytes[26] ?? 0);
  const granule = BigInt.asIntN(64, view.getBigUint64(6, true));
  return {
    continued: (flags & CONTINUED) !== 0,
    first: (flags & FIRST) !== 0,
    last: (flags & LAST) !== 0,
    granule: granule < 0n ? undefined : Number(granule),
    serial: view.getUint32(14, true),
    sequence: view.getUint32(18, true),
    crc: view.getUint32(22, true),
    lacing: bytes.subarray(HEAD_BYTES, bodyAt),
    body: bytes.subarray(bodyAt),
  };
}

/** The pieces of packets that a page has, and whether each is the end of its packet. */
export function piecesOf({ lacing, body }: OggPage): { readonly data: Uint8Array; readonly ends: boolean }[] {
  const pieces: { readonly data: Uint8Array; readonly ends: boolean }[] = [];
  let start = 0;
  let end = 0;
  for (const [index, size] of lacing.entries()) {
    end += size;
    const ends = size < 255;
    if (!ends && index < lacing.byteLength - 1) continue;
    pieces.push({ data: body.subarray(start, end), ends });
    start = end;
  }
  return pieces;
}

/** A packet to be written, and the time at its end. */
export interface TimedPacket {
  readonly data: Uint8Array;
  readonly granule: number;
  /** Nothing follows it on its page. */
  readonly endsPage?: boolean | undefined;
}

const MOST_LACES = 255;

/** Lays packets out on pages, and gives each page with the time at its end. */
export class PageWriter {
  readonly #serial: number;
  readonly #pages: { readonly bytes: Uint8Array; readonly granule: number }[] = [];
  #lacing: number[] = [];
  #body: Uint8Array[] = [];
  #granule: number | undefined;
  #continued = false;

  constructor(serial: number) {
    this.#serial = serial;
  }

  add({ data, granule, endsPage }: TimedPacket): void {
    for (let at = 0; ; at += 255) {
      if (this.#lacing.length === MOST_LACES) this.flush({ continues: at > 0 });
      const piece = data.subarray(at, at + 255);
      this.#lacing.push(piece.byteLength);
      this.#body.push(piece);
      if (piece.byteLength < 255) break;
    }
    this.#granule = granule;
    if (endsPage) this.flush();
  }

  /** Ends the page in the making. */
  flush({ continues = false, first = false, last = false }: PageEnd = {}): void {
    if (this.#lacing.length === 0) return;
    const page = {
      continued: this.#continued,
      first,
      last,
      granule: this.#granule,
      serial: this.#serial,
      lacing: Uint8Array.from(this.#lacing),
      body: concatBytes(this.#body),
    };
    const order = this.#granule ?? this.#pages.at(-1)?.granule ?? 0;
    this.#pages.push({ bytes: writePage(page, this.#pages.length), granule: order });
    this.#lacing = [];
    this.#body = [];
    this.#granule = undefined;
    this.#continued = continues;
  }

  get pages(): readonly { readonly bytes: Uint8Array; readonly granule: number }[] {
    return this.#pages;
  }
}

interface PageEnd {
  readonly continues?: boolean;
  readonly first?: boolean;
  readonly last?: boolean;
}

/** The bytes of a page at its place in a stream. */
function writePage(page: Omit<OggPage, "sequence" | "crc">, sequence: number): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  const view = viewOf(head);
  view.setUint32(0, 0x4f67_6753);
  head[5] = (page.continued ? CONTINUED : 0) | (page.first ? FIRST : 0) | (page.last ? LAST : 0);
  view.setBigUint64(6, page.granule === undefined ? NO_GRANULE : BigInt(page.granule), true);
  view.setUint32(14, page.serial, true);
  view.setUint32(18, sequence, true);
  head[26] = page.lacing.byteLength;
  view.setUint32(22, [head, page.lacing, page.body].reduce(checksum, 0), true);
  return concatBytes([head, page.lacing, page.body]);
}
