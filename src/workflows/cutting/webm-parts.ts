import { children, element, fromFloat, fromUint, numberAt, toUint } from "./ebml.ts";

/** What is repeated at the start of every chunk. */
export interface Init {
  /** The content of the EBML header. */
  readonly doc: Uint8Array;
  /** Nanoseconds in a tick. */
  readonly scale: number;
  readonly tracks: Uint8Array | undefined;
}

/** A piece of sound. */
export interface Block {
  /** The whole content of its element. */
  readonly content: Uint8Array;
  readonly isSimple: boolean;
  /** Where in `content` the time stands, 16 bits from its cluster's. */
  readonly timeAt: number;
  readonly ticks: number;
  /** How long it lasts, when it says so. */
  readonly lasting: number | undefined;
}

const EBML = 0x1a45_dfa3;
const SEGMENT = 0x1853_8067;
const INFO = 0x1549_a966;
const TIMESTAMP_SCALE = 0x2a_d7b1;
const DURATION = 0x4489;
const MUXING_APP = 0x4d80;
const WRITING_APP = 0x5741;
const TRACKS = 0x1654_ae6b;
const CLUSTER = 0x1f43_b675;
const TIMESTAMP = 0xe7;
const SIMPLE_BLOCK = 0xa3;
const BLOCK_GROUP = 0xa0;
const BLOCK = 0xa1;
const BLOCK_DURATION = 0x9b;

/** A block's time must fit into 16 bits with a sign. */
const LONGEST_CLUSTER_TICKS = 30_000;

/** Understands a SimpleBlock or a BlockGroup; undefined when it is damaged. */
export function readBlock(content: Uint8Array, isSimple: boolean, clusterTicks: number): Block | undefined {
  let block: Uint8Array | undefined = content;
  let lasting: number | undefined;
  if (!isSimple) {
    const parts = [...children(content)];
    block = parts.find(({ id }) => id === BLOCK)?.content;
    const duration = parts.find(({ id }) => id === BLOCK_DURATION);
    lasting = duration && toUint(duration.content);
  }
  const track = block && numberAt(block);
  if (!block || !track || block.byteLength < track.length + 3) return undefined;
  const timeAt = block.byteOffset - content.byteOffset + track.length;
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  return { content, isSimple, timeAt, ticks: clusterTicks + view.getInt16(timeAt), lasting };
}

/** A whole document of these blocks, its time starting with the first one. Puts the blocks' own times right in place. */
export function writeWebm(
  { doc, scale, tracks }: Init & { readonly tracks: Uint8Array },
  blocks: readonly Block[],
  ticks: number,
): Uint8Array {
  const app = new TextEncoder().encode("heidi-health-sdk");
  const info = element(
    INFO,
    element(TIMESTAMP_SCALE, fromUint(scale)),
    element(MUXING_APP, app),
    element(WRITING_APP, app),
    element(DURATION, fromFloat(ticks)),
  );
  const start = blocks[0]?.ticks ?? 0;
  const clusters = clustersOf(blocks).map((group) => writeCluster(group, start));
  const segment = element(SEGMENT, info, element(TRACKS, tracks), ...clusters);
  const head = element(EBML, doc);
  const whole = new Uint8Array(head.byteLength + segment.byteLength);
  whole.set(head);
  whole.set(segment, head.byteLength);
  return whole;
}

function clustersOf(blocks: readonly Block[]): Block[][] {
  const clusters: Block[][] = [];
  let current: Block[] = [];
  for (const block of blocks) {
    if (current.length === 0 || Math.abs(block.ticks - (current[0]?.ticks ?? 0)) > LONGEST_CLUSTER_TICKS) {
      current = [];
      clusters.push(current);
    }
    current.push(block);
  }
  return clusters;
}

function writeCluster(blocks: readonly Block[], start: number): Uint8Array {
  const first = blocks[0]?.ticks ?? start;
  const base = Math.max(0, first - start);
  const written = blocks.map(({ content, isSimple, timeAt, ticks }) => {
    new DataView(content.buffer, content.byteOffset, content.byteLength).setInt16(
      timeAt,
      ticks - start - base,
    );
    return element(isSimple ? SIMPLE_BLOCK : BLOCK_GROUP, content);
  });
  return element(CLUSTER, element(TIMESTAMP, fromUint(base)), ...written);
}
