import { concatBytes } from "../../upload/readers.ts";
import { type BufferedReader, damagedRecording } from "./buffered-reader.ts";
import { unknownCodec } from "./codec.ts";
import { Segmenter, type Timeline } from "./segmenter.ts";
import { type Segment, withRest } from "./types.ts";

/** The fields of a frame header. */
interface Frame {
  readonly size: number;
  readonly samples: number;
  readonly rate: number;
  /** The header fields that are equal in all frames of a stream. */
  readonly kind: string;
}

interface Format {
  readonly name: string;
  readonly headBytes: number;
  readonly frameAt: (head: Uint8Array) => Frame | undefined;
  /** Returns true for a frame with metadata of the file instead of audio. */
  readonly isInfo: (frame: Uint8Array) => boolean;
}

/** Segments MP3 (and MP1, MP2) between its frames, without tags. */
export const segmentMp3 = (
  input: BufferedReader,
  chunkMs: number,
  timeline: Timeline,
): AsyncGenerator<Segment, void, undefined> => segmentFrames(MP3, input, chunkMs, timeline);

/** Segments AAC in ADTS between its frames. */
export const segmentAdts = (
  input: BufferedReader,
  chunkMs: number,
  timeline: Timeline,
): AsyncGenerator<Segment, void, undefined> => segmentFrames(ADTS, input, chunkMs, timeline);

/** The number of consecutive valid frames required to continue after damage. */
const MIN_CONSECUTIVE = 3;
/** The size of an ID3v1 tag, at the end of a file or of the output of a restarted recorder. */
const TAG_BYTES = 128;

function segmentFrames(
  format: Format,
  input: BufferedReader,
  chunkMs: number,
  timeline: Timeline,
): AsyncGenerator<Segment, void, undefined> {
  const stream = new FrameStream(format, input);
  let segmenter: Segmenter | undefined;
  async function* segments(): AsyncGenerator<Segment, void, undefined> {
    let kind: string | undefined;
    for (let next = await stream.next(); next !== undefined; next = await stream.next()) {
      const { frame, data, lost } = next;
      if (lost > 0) timeline.lose(lost, undefined);
      if (kind !== frame.kind) {
        // A restarted recorder may use another sample rate.
        const chunk = segmenter?.end();
        if (chunk) yield chunk;
        segmenter = new Segmenter(chunkMs, timeline, ([part]) =>
          concatBytes(part?.packets.map((packet) => packet.data) ?? []),
        );
        segmenter.addTrack(unknownCodec(frame.rate), 0);
        kind = frame.kind;
      }
      const chunk = segmenter?.add(0, { data, samples: frame.samples, trim: 0 });
      if (chunk) yield chunk;
    }
  }
  return withRest(segments(), () => segmenter?.end());
}

class FrameStream {
  readonly #format: Format;
  readonly #input: BufferedReader;
  #kind: string | undefined;

  constructor(format: Format, input: BufferedReader) {
    this.#format = format;
    this.#input = input;
  }

  /** Returns the next audio frame and the number of damaged bytes before it; undefined at the end of the stream. */
  async next(): Promise<
    { readonly frame: Frame; readonly data: Uint8Array; readonly lost: number } | undefined
  > {
    const { name, isInfo } = this.#format;
    const input = this.#input;
    let lost = 0;
    for (;;) {
      const { offset } = input;
      if ((await input.peek(1)).byteLength === 0) {
        if (lost > 0) throw damagedRecording(name, offset, "its end is damaged");
        return undefined;
      }
      const frame = await this.#frameAt(0);
      if (frame && (await this.#isOfStream(frame)) && (await this.#isFollowed(frame))) {
        const data = await input.take(frame.size);
        if (!data) throw damagedRecording(name, offset, "it ends in the middle of a frame");
        this.#kind = frame.kind;
        if (isInfo(data)) continue;
        return { frame, data, lost };
      }
      if (await this.#skipTag()) continue;
      const isFound = await input.seek(
        (byte) => byte === 0xff,
        (at) => this.#areFramesAt(at, MIN_CONSECUTIVE),
      );
      if (!isFound)
        throw damagedRecording(name, offset, "a frame is damaged or truncated, and no valid frame follows");
      lost += input.offset - offset;
    }
  }

  /**
   * Returns true for a frame of the stream's kind. Another kind counts only with consecutive frames: a restarted recorder
   * may change it, and damaged bytes can resemble a frame.
   */
  async #isOfStream({ kind }: Frame): Promise<boolean> {
    return this.#kind === undefined || kind === this.#kind || this.#areFramesAt(0, MIN_CONSECUTIVE, kind);
  }

  /**
   * Returns true when a frame is intact: a frame, a tag or the end follows, or no other frame begins inside it. A frame
   * that the end of the recording truncates is intact too; its reader reports it.
   */
  async #isFollowed({ size }: Frame): Promise<boolean> {
    const bytes = await this.#input.peek(size + this.#format.headBytes);
    const isTruncated = bytes.byteLength < size;
    const rest = bytes.subarray(size);
    if (!isTruncated && (rest.byteLength < this.#format.headBytes || this.#format.frameAt(rest))) return true;
    if (/^(TAG|ID3|APE)/.test(String.fromCharCode(...rest.subarray(0, 3)))) return true;
    // A frame that begins inside this one shows that this one is incomplete, or that its size is damaged.
    const count = isTruncated ? MIN_CONSECUTIVE : 2;
    for (let at = 1; at < Math.min(size, bytes.byteLength); at += 1)
      if (await this.#areFramesAt(at, count)) return false;
    return true;
  }

  async #areFramesAt(at: number, count: number, kind: string | undefined = this.#kind): Promise<boolean> {
    const frame = await this.#frameAt(at);
    if (!frame) return count < MIN_CONSECUTIVE && (await this.#input.peek(at + 1)).byteLength <= at;
    if (kind !== undefined && frame.kind !== kind) return false;
    return count === 1 || this.#areFramesAt(at + frame.size, count - 1, kind);
  }

  async #frameAt(at: number): Promise<Frame | undefined> {
    const { headBytes, frameAt } = this.#format;
    const head = (await this.#input.peek(at + headBytes)).subarray(at);
    return head.byteLength < headBytes ? undefined : frameAt(head);
  }

  async #skipTag(): Promise<boolean> {
    const head = (await this.#input.peek(10)).slice();
    const start = String.fromCharCode(...head.subarray(0, 3));
    if (start === "TAG") return this.#input.skip(TAG_BYTES);
    if (start !== "ID3" || head.byteLength < 10) return false;
    const [a = 0, b = 0, c = 0, d = 0] = head.subarray(6);
    return this.#input.skip(10 + a * 0x20_0000 + b * 0x4000 + c * 128 + d);
  }
}

const RATES = [44_100, 48_000, 32_000];
/** Kilobits per second, by version (1, or 2 and 2.5) and layer. */
const BITRATES: Readonly<Record<string, readonly number[]>> = {
  "1-1": [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  "1-2": [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  "1-3": [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  "2-1": [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  "2-2": [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  "2-3": [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};

const MP3: Format = {
  name: "MP3",
  headBytes: 4,
  frameAt: (head) => {
    const [sync = 0, version = 0, rates = 0, mode = 0] = head;
    if (sync !== 0xff || (version & 0xe0) !== 0xe0) return undefined;
    const id = (version >> 3) & 3; // 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5
    const layer = 4 - ((version >> 1) & 3);
    const rateIndex = (rates >> 2) & 3;
    const kbps = BITRATES[`${id === 3 ? 1 : 2}-${layer}`]?.[rates >> 4];
    if (id === 1 || layer === 4 || rateIndex === 3 || kbps === undefined || kbps === 0) return undefined;
    const rate = (RATES[rateIndex] ?? 0) / (id === 3 ? 1 : id === 2 ? 2 : 4);
    const padding = (rates >> 1) & 1;
    const samples = layer === 1 ? 384 : layer === 2 || id === 3 ? 1_152 : 576;
    const size =
      layer === 1
        ? (Math.floor((12_000 * kbps) / rate) + padding) * 4
        : Math.floor((samples * 125 * kbps) / rate) + padding;
    return { size, samples, rate, kind: `${id}-${layer}-${rate}-${mode >> 6 === 3 ? "mono" : "stereo"}` };
  },
  // Xing, Info and VBRI frames hold the number of frames of the file, which is wrong for a chunk.
  isInfo: (frame) => /Xing|Info|VBRI/.test(String.fromCharCode(...frame.subarray(4, 44))),
};

const ADTS_RATES = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];

const ADTS: Format = {
  name: "AAC",
  headBytes: 7,
  frameAt: (head) => {
    const [sync = 0, flags = 0, profile = 0, channels = 0, middle = 0, low = 0, blocks = 0] = head;
    const rate = ADTS_RATES[(profile >> 2) & 15];
    const size = ((channels & 3) << 11) | (middle << 3) | (low >> 5);
    if (sync !== 0xff || (flags & 0xf6) !== 0xf0 || rate === undefined || size < 7) return undefined;
    const kind = `${flags >> 3}-${profile & 0xfd}-${channels >> 6}`;
    return { size, samples: 1_024 * ((blocks & 3) + 1), rate, kind };
  },
  isInfo: () => false,
};
