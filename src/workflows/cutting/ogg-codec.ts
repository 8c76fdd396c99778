/** What has to be known of a codec in order to cut its Ogg stream. */
export interface OggCodec {
  /** Granules per second. */
  readonly rate: number;
  /** Whether a packet that begins with these bytes is one of the codec's headers. */
  isHeader(packet: Uint8Array): boolean;
  /** How many packets before a cut a decoder must hear to be in step; the newest come last. */
  preRoll(packets: readonly Uint8Array[]): PreRoll;
  /** The identification header of a chunk; `skipped` granules of pre-roll, undefined in the first one. */
  identify(header: Uint8Array, skipped: number | undefined): Uint8Array;
}

/** Packets from before a cut, and what is skipped for them. */
export interface PreRoll {
  readonly packets: readonly Uint8Array[];
  /** The time that a decoder drops again, as the header says. */
  readonly granules: number;
}

const NONE: PreRoll = { packets: [], granules: 0 };
/** RFC 7845, section 4.6: a decoder has converged after 80 ms. */
const OPUS_PRE_ROLL = 3_840;
/** The header counts what is skipped in 16 bits. */
const MOST_SKIPPED = 0xffff;

const startsWith = (bytes: Uint8Array, text: string): boolean =>
  bytes.byteLength >= text.length && [...text].every((char, index) => bytes[index] === char.charCodeAt(0));

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The codec that a stream's first packet names; undefined when it is none of those that clinics record with. */
export function codecOf(header: Uint8Array): OggCodec | undefined {
  if (startsWith(header, "OpusHead") && header.byteLength >= 19) return OPUS;
  if (startsWith(header, "\x01vorbis") && header.byteLength >= 30) return vorbis(header);
  if (startsWith(header, "\x7fFLAC") && header.byteLength >= 51) return flac(header);
  return undefined;
}

const OPUS: OggCodec = {
  rate: 48_000,
  isHeader: (packet) => startsWith(packet, "OpusHead") || startsWith(packet, "OpusTags"),
  preRoll: (packets) => {
    let granules = 0;
    let count = 0;
    for (const packet of packets.toReversed()) {
      const more = opusGranules(packet);
      if (granules >= OPUS_PRE_ROLL || more === 0 || granules + more > MOST_SKIPPED) break;
      granules += more;
      count += 1;
    }
    return count === 0 ? NONE : { packets: packets.slice(-count), granules };
  },
  identify: (header, skipped) => {
    const copy = header.slice();
    if (skipped !== undefined) viewOf(copy).setUint16(10, skipped, true);
    return copy;
  },
};

/** How long an Opus packet sounds (RFC 6716, section 3.1), in granules; 0 for one that is not valid. */
export function opusGranules(packet: Uint8Array): number {
  const [toc = 0, count = 0] = packet;
  const config = toc >> 3;
  let frame: number;
  if (config < 12) frame = [480, 960, 1_920, 2_880][config & 3] ?? 0;
  else if (config < 16) frame = config & 1 ? 960 : 480;
  else frame = 120 << (config & 3);
  const frames = [1, 2, 2, count & 0x3f][toc & 3] ?? 0;
  return packet.byteLength === 0 ? 0 : frame * frames;
}

/** Its windows overlap: the first packet of a stream sounds only together with the next one. */
function vorbis(header: Uint8Array): OggCodec | undefined {
  const rate = viewOf(header).getUint32(12, true);
  if (rate === 0) return undefined;
  return {
    rate,
    isHeader: (packet) => ((packet[0] ?? 0) & 1) === 1 && startsWith(packet.subarray(1), "vorbis"),
    preRoll: (packets) => ({ packets: packets.slice(-1), granules: 0 }),
    identify: (same) => same,
  };
}

/** Its frames stand alone; each begins with a sync code, and no header does. */
function flac(header: Uint8Array): OggCodec | undefined {
  const rate = viewOf(header).getUint32(27) >>> 12;
  if (rate === 0) return undefined;
  return {
    rate,
    isHeader: (packet) => packet[0] !== 0xff,
    preRoll: () => NONE,
    identify: (whole) => {
      const copy = whole.slice();
      // The number of samples and the checksum of all of them: unknown, as of any live stream.
      copy[30] = (copy[30] ?? 0) & 0xf0;
      copy.fill(0, 31, 51);
      return copy;
    },
  };
}
