/** A piece of a recording that plays on its own. */
export interface Cut {
  readonly data: Uint8Array;
  readonly durationMs: number;
}

/** A chunk that is this large ends before its time, so that memory stays bounded whatever the format. */
export const MAX_CHUNK_BYTES: number = 16 * 1024 * 1024;
/** Headers are held for the whole recording and repeated in every chunk. */
export const MAX_HEADER_BYTES: number = 1024 * 1024;
