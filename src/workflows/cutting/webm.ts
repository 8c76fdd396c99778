import { type Cut, MAX_CHUNK_BYTES, MAX_HEADER_BYTES } from "./cut.ts";
import { children, type ElementHead, readHead, toUint } from "./ebml.ts";
import { type Intake, malformed } from "./intake.ts";
import { type Block, type Init, readBlock, writeWebm } from "./webm-parts.ts";
import { delayed, readTracks } from "./webm-tracks.ts";

const EBML = 0x1a45_dfa3;
const SEGMENT = 0x1853_8067;
const INFO = 0x1549_a966;
const TIMESTAMP_SCALE = 0x2a_d7b1;
const TRACKS = 0x1654_ae6b;
const CLUSTER = 0x1f43_b675;
const TIMESTAMP = 0xe7;
const SIMPLE_BLOCK = 0xa3;
const BLOCK_GROUP = 0xa0;

/** As for Opus in Ogg: by then a decoder has converged. */
const PRE_ROLL_MS = 80;

/** The longest content of an element that is read; others are passed over unread. */
const LONGEST: Readonly<Record<number, number>> = {
  [EBML]: 4_096,
  [INFO]: MAX_HEADER_BYTES,
  [TRACKS]: MAX_HEADER_BYTES,
  [TIMESTAMP]: 8,
  [SIMPLE_BLOCK]: MAX_CHUNK_BYTES,
  [BLOCK_GROUP]: MAX_CHUNK_BYTES,
};

/**
 * Cuts a WebM or Matroska stream between its blocks. Every chunk gets the stream's headers, clusters of its own and
 * times that start at zero. Recorders write clusters of half a minute, and do not know their size beforehand.
 */
export async function* cutWebm(intake: Intake, chunkMs: number): AsyncGenerator<Cut, void, undefined> {
  const stream = new WebmStream(chunkMs);
  let fault: { readonly error: unknown } | undefined;
  try {
    for (let head = await readHead(intake); head !== undefined; head = await readHead(intake)) {
      if (head.id === SEGMENT || head.id === CLUSTER) continue; // what they contain comes next
      const content = await readContent(intake, head);
      const cut = content && stream.add(head, content);
      if (cut) yield cut;
    }
  } catch (error) {
    fault = { error };
  }
  const rest = stream.end();
  if (rest) yield rest;
  if (fault) throw fault.error;
}

async function readContent(
  intake: Intake,
  { id, size, offset }: ElementHead,
): Promise<Uint8Array | undefined> {
  if (size === undefined) throw malformed("WebM", offset, "an element has no size");
  const longest = LONGEST[id];
  if (longest !== undefined && size > longest) throw malformed("WebM", offset, "an element is too large");
  if (longest === undefined && (await intake.skip(size))) return undefined;
  const content = longest === undefined ? undefined : await intake.take(size);
  if (content === undefined) throw malformed("WebM", offset, "it ends in the middle of an element");
  return content;
}

class WebmStream {
  readonly #chunkMs: number;
  #init: Init = { doc: new Uint8Array(0), scale: 1_000_000, tracks: undefined };
  #blocks: Block[] = [];
  #bytes = 0;
  #clusterTicks = 0;
  #codec: string | undefined;
  /** The last blocks, as many as a decoder must hear to be in step. */
  #recent: readonly Block[] = [];
  /** Those of them that the chunk in the making begins with. */
  #preRoll: readonly Block[] = [];

  constructor(chunkMs: number) {
    this.#chunkMs = chunkMs;
  }

  /** Takes an element; gives the chunk that ends before it. */
  add({ id, offset }: ElementHead, content: Uint8Array): Cut | undefined {
    switch (id) {
      case EBML: {
        // A recorder that is stopped and started begins a new document.
        const cut = this.end();
        this.#init = { doc: content, scale: 1_000_000, tracks: undefined };
        this.#recent = [];
        this.#preRoll = [];
        return cut;
      }
      case INFO: {
        const scale = [...children(content)].find((child) => child.id === TIMESTAMP_SCALE);
        if (scale) this.#init = { ...this.#init, scale: toUint(scale.content) || 1_000_000 };
        return undefined;
      }
      case TRACKS:
        return this.#addTracks(content, offset);
      case TIMESTAMP:
        this.#clusterTicks = toUint(content);
        return undefined;
      default:
        return this.#addBlock(readBlock(content, id === SIMPLE_BLOCK, this.#clusterTicks), offset);
    }
  }

  #addBlock(block: Block | undefined, offset: number): Cut | undefined {
    if (block === undefined) throw malformed("WebM", offset, "a block is damaged");
    if (this.#init.tracks === undefined) throw malformed("WebM", offset, "its headers are missing");
    const [first] = this.#blocks;
    const ticks = first === undefined ? 0 : block.ticks - first.ticks;
    const isFull =
      this.#ms(ticks) >= this.#chunkMs || this.#bytes + block.content.byteLength > MAX_CHUNK_BYTES;
    const cut = first !== undefined && isFull ? this.end(ticks) : undefined;
    this.#blocks.push(block);
    this.#bytes += block.content.byteLength;
    this.#recent = this.#inStep([...this.#recent, block]);
    return cut;
  }

  #addTracks(content: Uint8Array, offset: number): undefined {
    const { hasVideo, codec } = readTracks(content);
    if (hasVideo) throw malformed("WebM", offset, "it holds pictures; record sound alone");
    this.#init = { ...this.#init, tracks: content };
    this.#codec = codec;
  }

  /** As many of the last blocks as are heard, and dropped, before a cut. */
  #inStep(blocks: readonly Block[]): readonly Block[] {
    if (this.#codec === "A_VORBIS") return blocks.slice(-1);
    if (this.#codec !== "A_OPUS") return [];
    const last = blocks.at(-1)?.ticks ?? 0;
    const start = blocks.findLastIndex(({ ticks }) => this.#ms(last - ticks) >= PRE_ROLL_MS);
    return start < 0 ? blocks : blocks.slice(start);
  }

  /** The chunk in the making, which lasts `ticks` when the next block is known; undefined when there is none. */
  end(ticks: number = this.#estimate()): Cut | undefined {
    const { tracks } = this.#init;
    if (this.#blocks.length === 0 || tracks === undefined) return undefined;
    const [heard = this.#blocks[0]] = this.#preRoll;
    const ahead = (this.#blocks[0]?.ticks ?? 0) - (heard?.ticks ?? 0);
    const delayMs = this.#ms(ahead);
    const isDelayed = this.#codec === "A_OPUS" && this.#preRoll.length > 0;
    const init = { ...this.#init, tracks: isDelayed ? delayed(tracks, delayMs) : tracks };
    const data = writeWebm(init, [...this.#preRoll, ...this.#blocks], ahead + ticks);
    this.#preRoll = this.#recent;
    this.#blocks = [];
    this.#bytes = 0;
    return { data, durationMs: this.#ms(ticks) };
  }

  /** The last block lasts as long as it says, or as the one before. */
  #estimate(): number {
    const [first] = this.#blocks;
    const [before, last] = this.#blocks.slice(-2);
    if (first === undefined || before === undefined || last === undefined) return 0;
    return last.ticks - first.ticks + (last.lasting ?? Math.max(0, last.ticks - before.ticks));
  }

  #ms(ticks: number): number {
    return (ticks * this.#init.scale) / 1_000_000;
  }
}
