import { numberAt } from "./ebml.ts";

/** The properties of a codec that are needed to segment its tracks. */
export interface Codec {
  /** The number of samples, or of other units of a packet's duration, per second. */
  readonly rate: number;
  /** Returns the duration of a packet in samples; undefined when only the container knows it. Call it once per packet, in order. */
  readonly samplesOf: (packet: Uint8Array) => number | undefined;
  /**
   * The number of samples before a chunk that a decoder needs to synchronize. `one`: the packet before, because a packet
   * yields samples only together with the next one.
   */
  readonly preRoll: number | "one";
  /** Called with the duration of a packet according to the container. */
  readonly learn?: ((samples: number) => void) | undefined;
}

/** A decoder converges within 80 ms (RFC 7845, section 4.6). */
const OPUS_PRE_ROLL = 3_840;

export const startsWith = (bytes: Uint8Array, text: string): boolean =>
  bytes.byteLength >= text.length && [...text].every((char, index) => bytes[index] === char.charCodeAt(0));

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const OPUS: Codec = { rate: 48_000, samplesOf: opusSamples, preRoll: OPUS_PRE_ROLL };

/** A codec whose packet durations are known from the container only. */
export const unknownCodec = (rate: number): Codec => ({ rate, samplesOf: () => undefined, preRoll: 0 });

/** Returns the duration of an Opus packet in samples (RFC 6716, section 3.1); 0 for an invalid one. */
export function opusSamples(packet: Uint8Array): number {
  const [toc = 0, count = 0] = packet;
  const config = toc >> 3;
  let frame: number;
  if (config < 12) frame = [480, 960, 1_920, 2_880][config & 3] ?? 0;
  else if (config < 16) frame = config & 1 ? 960 : 480;
  else frame = 120 << (config & 3);
  const frames = [1, 2, 2, count & 0x3f][toc & 3] ?? 0;
  return packet.byteLength === 0 ? 0 : Math.min(frame * frames, 5_760);
}

/** Returns the pre-skip of an `OpusHead` header: the number of samples to discard at the start. */
export const opusPreSkip = (header: Uint8Array): number =>
  header.byteLength >= 12 ? viewOf(header).getUint16(10, true) : 0;

/** Returns a copy of an `OpusHead` header with another pre-skip. */
export function withPreSkip(header: Uint8Array, samples: number): Uint8Array {
  const copy = header.slice();
  if (copy.byteLength >= 12) viewOf(copy).setUint16(10, samples, true);
  return copy;
}

/**
 * Returns the Vorbis codec of an identification and a setup header. A packet lasts a quarter of its own window plus a
 * quarter of the previous one; its mode selects one of two windows, and the modes are at the end of the setup header.
 */
export function vorbis(identification: Uint8Array, setup: Uint8Array): Codec | undefined {
  if (!startsWith(identification, "\x01vorbis") || identification.byteLength < 30) return undefined;
  const rate = viewOf(identification).getUint32(12, true);
  const sizes = identification[28] ?? 0;
  const windows = [1 << (sizes & 15), 1 << (sizes >> 4)];
  const modes = vorbisModes(setup);
  if (rate === 0 || modes === undefined) return undefined;
  const modeBits = 32 - Math.clz32(modes.length - 1);
  let before: number | undefined;
  return {
    rate,
    preRoll: "one",
    samplesOf: (packet) => {
      const mode = ((packet[0] ?? 0) >> 1) & ((1 << modeBits) - 1);
      const window = windows[modes[mode] === true ? 1 : 0] ?? 0;
      const samples = before === undefined ? 0 : before / 4 + window / 4;
      before = window;
      return samples;
    },
  };
}

/** Returns for each mode whether it has the long window. Reads backward from the end: the modes come last in the header. */
function vorbisModes(setup: Uint8Array): boolean[] | undefined {
  const bitAt = (index: number): number => ((setup[index >> 3] ?? 0) >> (index & 7)) & 1;
  const bitsAt = (index: number, count: number): number => {
    let value = 0;
    for (let bit = 0; bit < count; bit += 1) value |= bitAt(index + bit) << bit;
    return value >>> 0;
  };
  let at = setup.byteLength * 8 - 1;
  while (at > 0 && bitAt(at) === 0) at -= 1;
  // The framing bit. Before it, each mode has 1 bit for the window, 32 zero bits, and 8 bits for the mapping.
  const found: boolean[] = [];
  let modes: boolean[] | undefined;
  for (let start = at - 41; start > 96 && found.length < 64; start -= 41) {
    if (bitsAt(start + 1, 16) !== 0 || bitsAt(start + 17, 16) !== 0 || bitsAt(start + 33, 8) > 63) break;
    found.unshift(bitAt(start) === 1);
    if (bitsAt(start - 6, 6) + 1 === found.length) modes = [...found];
  }
  return modes;
}

/** FLAC: each frame is independent and begins with a sync code. */
export const flac = (rate: number): Codec => ({ rate, samplesOf: flacSamples, preRoll: 0 });

/** Returns the duration of a FLAC frame in samples (RFC 9639, section 9.1); undefined when it is not a frame. */
function flacSamples(frame: Uint8Array): number | undefined {
  if (frame[0] !== 0xff || ((frame[1] ?? 0) & 0xfc) !== 0xf8) return undefined;
  const code = (frame[2] ?? 0) >> 4;
  if (code === 1) return 192;
  if (code >= 2 && code <= 5) return 576 << (code - 2);
  if (code >= 8) return 256 << (code - 8);
  // The size follows the frame number, which is encoded like a UTF-8 character.
  const ones = Math.clz32(~((frame[4] ?? 0) << 24));
  const at = 4 + Math.max(1, ones);
  if (code === 6) return (frame[at] ?? 0) + 1;
  return code === 7 ? (((frame[at] ?? 0) << 8) | (frame[at + 1] ?? 0)) + 1 : undefined;
}

export const pcm = (rate: number, bytesPerSample: number): Codec => ({
  rate,
  samplesOf: ({ byteLength }) => Math.floor(byteLength / bytesPerSample),
  preRoll: 0,
});

/** AAC: a packet is a frame of 1,024 samples. It overlaps with the previous one, but players do not discard a pre-roll. */
export const aac = (rate: number): Codec => ({ rate, samplesOf: () => 1_024, preRoll: 0 });

/** Parses Matroska's `CodecPrivate` of Vorbis: the number of headers minus one, the sizes of all but the last, the headers. */
export function xiphHeaders(content: Uint8Array): Uint8Array[] {
  const count = (content[0] ?? 0) + 1;
  const sizes: number[] = [];
  let at = 1;
  for (let index = 1; index < count; index += 1) {
    let size = 0;
    for (let byte = 255; byte === 255; at += 1) {
      byte = content[at] ?? 0;
      size += byte;
    }
    sizes.push(size);
  }
  const headers: Uint8Array[] = [];
  for (const size of sizes) {
    headers.push(content.subarray(at, at + size));
    at += size;
  }
  return [...headers, content.subarray(at)];
}

/** Returns the frames of a laced block (RFC 9559, section 10.3); undefined when their sizes exceed the block. */
export function unlace(body: Uint8Array, lacing: number): Uint8Array[] | undefined {
  if (lacing === 0) return [body];
  const count = (body[0] ?? 0) + 1;
  let at = 1;
  const sizes: number[] = [];
  if (lacing === 2) {
    const each = (body.byteLength - 1) / count;
    if (!Number.isInteger(each) || body.byteLength === 0) return undefined;
    sizes.push(...Array.from({ length: count - 1 }, () => each));
  } else {
    for (let index = 1; index < count; index += 1) {
      if (lacing === 1) {
        let size = 0;
        for (let byte = 255; byte === 255; at += 1) {
          if (at >= body.byteLength) return undefined;
          byte = body[at] ?? 0;
          size += byte;
        }
        sizes.push(size);
        continue;
      }
      const number = numberAt(body.subarray(at));
      if (!number) return undefined;
      at += number.length;
      // The first number is a size; the others are differences from the previous size.
      const middle = 2 ** (7 * number.length - 1) - 1;
      sizes.push(index === 1 ? number.value : (sizes.at(-1) ?? 0) + number.value - middle);
    }
  }
  const rest = body.byteLength - at - sizes.reduce((sum, size) => sum + size, 0);
  if (rest < 0 || sizes.some((size) => size < 0)) return undefined;
  return [...sizes, rest].map((size) => {
    const frame = body.subarray(at, at + size);
    at += size;
    return frame;
  });
}
