import { concatBytes } from "../../upload/readers.ts";
import { encodeText } from "../../utils/utf8.ts";
import { type BufferedReader, damagedRecording } from "./buffered-reader.ts";
import { pcm, viewOf } from "./codec.ts";
import { Segmenter, type Timeline } from "./segmenter.ts";
import { MAX_HEADER_BYTES, type Segment, withRest } from "./types.ts";

/** Format tags whose blocks are independent and equally long: PCM, floating point, A-law, µ-law, and the extensible format. */
const UNCOMPRESSED = new Set([1, 3, 6, 7, 0xfffe]);
/** The duration that is read at a time. */
const PIECE_MS = 20;

/** Segments a WAV between its samples, including one that is still being written and has no size yet. */
export async function* segmentWav(
  input: BufferedReader,
  chunkMs: number,
  timeline: Timeline,
): AsyncGenerator<Segment, void, undefined> {
  const { format, sizeBytes } = await readHead(input);
  const view = viewOf(format);
  const rate = view.getUint32(4, true);
  const blockBytes = view.getUint16(12, true);
  if (!UNCOMPRESSED.has(view.getUint16(0, true)) || rate === 0 || blockBytes === 0)
    throw damagedRecording("WAV", input.offset, "its codec must be PCM, A-law or µ-law");
  const segmenter = new Segmenter(chunkMs, timeline, ([part]) =>
    writeWav(format, part?.packets.map(({ data }) => data) ?? []),
  );
  const index = segmenter.addTrack(pcm(rate, blockBytes), 0);
  const pieceBytes = Math.max(1, Math.floor((rate * PIECE_MS) / 1_000)) * blockBytes;
  async function* segments(): AsyncGenerator<Segment, void, undefined> {
    for (let left = sizeBytes; left > 0; ) {
      const found = (await input.peek(Math.min(pieceBytes, left))).byteLength;
      const data = await input.take(found - (found % blockBytes));
      if (!data || data.byteLength === 0) {
        if (Number.isFinite(left) || found > 0)
          throw damagedRecording("WAV", input.offset, "it ends before the announced size of its data");
        break;
      }
      left -= data.byteLength;
      if (left < blockBytes) left = 0;
      const samples = data.byteLength / blockBytes;
      const chunk = segmenter.add(index, { data, samples, trim: 0 });
      if (chunk) yield chunk;
    }
  }
  yield* withRest(segments(), () => segmenter.end());
  // A restarted recorder begins a new file; chunks of metadata may come before it.
  if (Number.isFinite(sizeBytes) && (await findNext(input, sizeBytes % 2)))
    yield* segmentWav(input, chunkMs, timeline);
}

/** Skips the chunks after the audio data; returns true when another file follows. */
async function findNext(input: BufferedReader, paddingBytes: number): Promise<boolean> {
  await input.skip(paddingBytes);
  for (;;) {
    const head = (await input.peek(12)).slice();
    const id = String.fromCharCode(...head);
    if (/^(RIFF|RF64|BW64)/.test(id) && id.startsWith("WAVE", 8)) return true;
    if (head.byteLength < 8) return false;
    const size = viewOf(head).getUint32(4, true);
    if (!(await input.skip(8 + size + (size % 2)))) return false;
  }
}

async function readHead(input: BufferedReader): Promise<{ format: Uint8Array; sizeBytes: number }> {
  await input.take(12);
  let format: Uint8Array | undefined;
  let largeBytes: number | undefined;
  for (;;) {
    const head = await input.take(8);
    if (!head) throw damagedRecording("WAV", input.offset, "it ends before its audio data");
    const id = String.fromCharCode(...head.subarray(0, 4));
    const size = viewOf(head).getUint32(4, true);
    if (id === "data") {
      if (!format) throw damagedRecording("WAV", input.offset, "its headers are missing");
      // The size is unknown when the file is written to a pipe.
      const isOpen = size === 0 || size >= 0x7fff_0000;
      return { format, sizeBytes: isOpen ? (largeBytes ?? Number.POSITIVE_INFINITY) : size };
    }
    const padded = size + (size % 2);
    if (padded > MAX_HEADER_BYTES) throw damagedRecording("WAV", input.offset, "its headers are too large");
    const content = await input.take(padded);
    if (!content) throw damagedRecording("WAV", input.offset, "it ends before its audio data");
    if (id === "ds64" && size >= 16) largeBytes = Number(viewOf(content).getBigUint64(8, true)) || undefined;
    if (id === "fmt " && size >= 16) format = content.subarray(0, size);
  }
}

function writeWav(format: Uint8Array, pieces: readonly Uint8Array[]): Uint8Array {
  const size = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const isOdd = size % 2 === 1;
  const header = concatBytes([
    chunkHead("RIFF", 4 + 8 + format.byteLength + (format.byteLength % 2) + 8 + size + (isOdd ? 1 : 0)),
    encodeText("WAVE"),
    chunkHead("fmt ", format.byteLength),
    format,
    new Uint8Array(format.byteLength % 2),
    chunkHead("data", size),
  ]);
  return concatBytes([header, ...pieces, new Uint8Array(isOdd ? 1 : 0)]);
}

function chunkHead(id: string, size: number): Uint8Array {
  const head = new Uint8Array(8);
  head.set(encodeText(id));
  viewOf(head).setUint32(4, size, true);
  return head;
}
