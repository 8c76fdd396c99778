import { concatBytes } from "../../upload/readers.ts";
import { type BufferedReader, damagedRecording } from "./buffered-reader.ts";

/** A page of an Ogg stream (RFC 3533). */
export interface OggPage {
  /** The continuation flag: the first packet began on an earlier page. */
  readonly continued: boolean;
  /** The beginning-of-stream flag: the first page of a logical stream. */
  readonly first: boolean;
  /** The end-of-stream flag: the last page of a logical stream. */
  readonly last: boolean;
  /** The granule position: the time at the end of the page, in the codec's units; undefined when no packet ends on it. */
  readonly granule: number | undefined;
  readonly serial: number;
  /** The page sequence number within its logical stream. */
  readonly sequence: number;
  readonly crc: number;
  /** The lacing values: the sizes of the body's segments. A packet ends with the first value below 255. */
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

/** Reads the next valid page, and returns it with the number of skipped bytes before it; undefined at the end of the stream. */
export async function readPage(
  input: BufferedReader,
): Promise<{ readonly page: OggPage; readonly lost: number } | undefined> {
  const { offset } = input;
  if ((await input.peek(1)).byteLength === 0) return undefined;
  const isFound =
    (await sizeOfPage(input, 0)) > 0 ||
    (await input.seek(
      (byte) => byte === 0x4f,
      async (at) => (await sizeOfPage(input, at)) > 0,
    ));
  // `seek` has consumed only what it searched, so use the offset from before.
  if (!isFound)
    throw damagedRecording("Ogg", offset, "a page is damaged or truncated, and no valid page follows");
  const lost = input.offset - offset;
  const bytes = await input.take(await sizeOfPage(input, 0));
  if (!bytes) throw damagedRecording("Ogg", offset, "it ends in the middle of a page");
  return { page: parse(bytes), lost };
}

/** Returns the size of the page at a position; 0 when there is no page, or its checksum does not match. */
async function sizeOfPage(input: BufferedReader, at: number): Promise<number> {
  const start = (await input.peek(at + HEAD_BYTES)).subarray(at);
  const isHead =
    start.byteLength === HEAD_BYTES &&
    viewOf(start).getUint32(0) === 0x4f67_6753 &&
    start[4] === 0 &&
    (start[5] ?? 0) < 8;
  if (!isHead) return 0;
  const headBytes = HEAD_BYTES + (start[26] ?? 0);
  const head = (await input.peek(at + headBytes)).subarray(at);
  const size = head.subarray(HEAD_BYTES).reduce((sum, lace) => sum + lace, headBytes);
  const page = (await input.peek(at + size)).subarray(at);
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

/** Splits the body of a page into its packets or parts of packets; `ends` is true when a packet ends there. */
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

/** A packet to write, with the granule position at its end. */
export interface TimedPacket {
  readonly data: Uint8Array;
  readonly granule: number;
  /** True to end the page after this packet. */
  readonly endsPage?: boolean | undefined;
}

const MAX_LACING_VALUES = 255;

/** Writes packets to pages; `pages` has each page with the granule position at its end. */
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
      if (this.#lacing.length === MAX_LACING_VALUES) this.flush({ continues: at > 0 });
      const piece = data.subarray(at, at + 255);
      this.#lacing.push(piece.byteLength);
      this.#body.push(piece);
      if (piece.byteLength < 255) break;
    }
    this.#granule = granule;
    if (endsPage) this.flush();
  }

  /** Ends the current page; does nothing when it is empty. */
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

/** Returns the encoded page with its sequence number and checksum. */
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
