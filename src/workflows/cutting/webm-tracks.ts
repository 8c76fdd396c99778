import { joinBytes } from "../../upload/stream.ts";
import { children, element, fromUint, toUint } from "./ebml.ts";

const TRACK_ENTRY = 0xae;
const TRACK_TYPE = 0x83;
const VIDEO = 1;
const CODEC_ID = 0x86;
const CODEC_PRIVATE = 0x63a2;
const CODEC_DELAY = 0x56aa;

/** Where an Opus header has the number of samples to skip, in 16 bits from the low one. */
const PRE_SKIP_AT = 10;

/** What has to be known of the tracks of a document. */
export interface Tracks {
  readonly hasVideo: boolean;
  /** The codec of the only track, such as `A_OPUS`; undefined when there are several. */
  readonly codec: string | undefined;
}

export function readTracks(content: Uint8Array): Tracks {
  const entries = [...children(content)].filter(({ id }) => id === TRACK_ENTRY);
  const [only] = entries;
  const codec = entries.length === 1 && only ? childOf(only.content, CODEC_ID) : undefined;
  return {
    hasVideo: entries.some(
      (entry) => toUint(childOf(entry.content, TRACK_TYPE) ?? new Uint8Array(0)) === VIDEO,
    ),
    codec: codec && String.fromCharCode(...codec),
  };
}

/** The same Opus track, of which a decoder skips so much of the start: both places that say so are changed. */
export function delayed(tracks: Uint8Array, delayMs: number): Uint8Array {
  const [entry] = [...children(tracks)].filter(({ id }) => id === TRACK_ENTRY);
  const fields = entry ? [...children(entry.content)] : [];
  const changed = fields
    .filter(({ id }) => id !== CODEC_DELAY)
    .map(({ id, content }) => element(id, id === CODEC_PRIVATE ? skipping(content, delayMs * 48) : content));
  return element(TRACK_ENTRY, joinBytes(changed), element(CODEC_DELAY, fromUint(delayMs * 1_000_000)));
}

function skipping(header: Uint8Array, samples: number): Uint8Array {
  const copy = header.slice();
  if (copy.byteLength >= PRE_SKIP_AT + 2) {
    new DataView(copy.buffer).setUint16(PRE_SKIP_AT, samples, true);
  }
  return copy;
}

function childOf(content: Uint8Array, id: number): Uint8Array | undefined {
  return [...children(content)].find((child) => child.id === id)?.content;
}
