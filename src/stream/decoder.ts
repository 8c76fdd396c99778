import type { Position } from "./faults.ts";

/** Turns chunks into objects, lazily: nothing is decoded before `next()` asks for it. Throws `HeidiStreamError`. */
export interface Decoder {
  /** Takes the next chunk. Only after `next()` has returned undefined. */
  push(chunk: Uint8Array): void;
  /** The next object of the chunk, or undefined when another chunk is needed. */
  next(): object | undefined;
  /** No more bytes will come: whatever is incomplete is judged. `next()` may have a last object after it. */
  end(): void;
  /** True when the format's own end mark was seen; the bytes after it do not count. */
  readonly finished: boolean;
  /** Whether content (more than heartbeats) was seen since the last call. */
  takeContent(): boolean;
}

/** Where a decoder starts, when something was read before it. */
export const START: Position = { line: 1, offsetBytes: 0 };

export const DEFAULT_MAX_ITEM_BYTES = 8_388_608;
