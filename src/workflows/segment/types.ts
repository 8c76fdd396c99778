import type { RecordingGap } from "./segment-recording.ts";

/** A piece of a recording that plays on its own. */
export interface Segment {
  readonly data: Uint8Array;
  readonly startMs: number;
  readonly durationMs: number;
  readonly gap: RecordingGap | undefined;
}

/** Yields the cuts, then what is left at their end. A fault that ends them is thrown after that: no sound is lost to it. */
export async function* withRest(
  cuts: AsyncIterable<Segment>,
  end: () => Segment | undefined,
): AsyncGenerator<Segment, void, undefined> {
  let fault: { readonly error: unknown } | undefined;
  try {
    yield* cuts;
  } catch (error) {
    fault = { error };
  }
  const rest = end();
  if (rest) yield rest;
  if (fault) throw fault.error;
}

/** A chunk that is this large ends before its time, so that memory stays bounded whatever the format. */
export const MAX_CHUNK_BYTES: number = 16 * 1024 * 1024;
/** Headers are held for the whole recording and repeated in every chunk. */
export const MAX_HEADER_BYTES: number = 1024 * 1024;
/** Times that jump ahead by less, without a damaged byte, are a recorder's inaccuracy. */
export const LEAST_JUMP_MS = 100;
/** A jump that is longer is a damaged time, not a pause. */
export const MOST_JUMP_MS: number = 24 * 60 * 60 * 1_000;
