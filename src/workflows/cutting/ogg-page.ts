import { joinBytes } from "../../upload/stream.ts";
import { type Intake, malformed } from "./intake.ts";

/** A page of an Ogg stream (RFC 3533). */
export interface OggPage {
  /** Its first packet began on an earlier page. */
  readonly continued: boolean;
  /** The first page of a stream. */
  readonly first: boolean;
  /** The last page of a stream. */
  readonly last: boolean;
  /** The time at its end in the codec's units; undefined when no packet ends on it. */
  readonly granule: bigint | undefined;
  readonly serial: number;
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

/** The next page; undefined at the end of the stream. */
export async function readPage(intake: Intake): Promise<OggPage | undefined> {
  const { offset } = intake;
  if ((await intake.peek(1)).byteLength === 0) return undefined;
  const cut = (): never => {
    throw malformed("Ogg", offset, "it ends in the middle of a page");
  };
  const head = (await intake.take(HEAD_BYTES)) ?? cut();
  const view = viewOf(head);
  if (view.getUint32(0) !== 0x4f67_6753 || head[4] !== 0)
    throw malformed("Ogg", offset, "a page was expected");
  const lacing = (await intake.take(head[26] ?? 0)) ?? cut();
  const body = (await intake.take(lacing.reduce((sum, size) => sum + size, 0))) ?? cut();
  const crc = view.getUint32(22, true);
  view.setUint32(22, 0);
  if ([head, lacing, body].reduce(checksum, 0) !== crc) throw malformed("Ogg", offset, "a page is damaged");
  const flags = head[5] ?? 0;
  const granule = view.getBigUint64(6, true);
  return {
    continued: (flags & CONTINUED) !== 0,
    first: (flags & FIRST) !== 0,
    last: (flags & LAST) !== 0,
    granule: granule === NO_GRANULE ? undefined : granule,
    serial: view.getUint32(14, true),
    lacing,
    body,
  };
}

/** The bytes of a page at its place in a stream. */
export function writePage(page: OggPage, sequence: number): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  const view = viewOf(head);
  view.setUint32(0, 0x4f67_6753);
  head[5] = (page.continued ? CONTINUED : 0) | (page.first ? FIRST : 0) | (page.last ? LAST : 0);
  view.setBigUint64(6, page.granule ?? NO_GRANULE, true);
  view.setUint32(14, page.serial, true);
  view.setUint32(18, sequence, true);
  head[26] = page.lacing.byteLength;
  view.setUint32(22, [head, page.lacing, page.body].reduce(checksum, 0), true);
  return joinBytes([head, page.lacing, page.body]);
}

/** The packets that begin and end on this page. */
export function wholePackets({ continued, lacing, body }: OggPage): Uint8Array[] {
  const packets: Uint8Array[] = [];
  let start = 0;
  let end = 0;
  let foreign = continued;
  for (const size of lacing) {
    end += size;
    if (size === 255) continue;
    if (!foreign) packets.push(body.subarray(start, end));
    foreign = false;
    start = end;
  }
  return packets;
}

/** A page of these packets; undefined when they do not fit on one. */
export function pageOf(packets: readonly Uint8Array[], granule: bigint, serial: number): OggPage | undefined {
  const lacing = packets.flatMap(({ byteLength }) => [
    ...Array.from({ length: Math.floor(byteLength / 255) }, () => 255),
    byteLength % 255,
  ]);
  if (lacing.length > 255) return undefined;
  const body = joinBytes(packets);
  return {
    continued: false,
    first: false,
    last: false,
    granule,
    serial,
    lacing: Uint8Array.from(lacing),
    body,
  };
}
