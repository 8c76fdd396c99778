import type { RecordingGap } from "./segment-recording.ts";

/** A part of a recording that plays on its own. */
export interface Segment {
  readonly data: Uint8Array;
  readonly startMs: number;
  readonly durationMs: number;
  readonly gap: RecordingGap | undefined;
}

/** Yields the cuts, then the rest at their end. An error that ends them is thrown after that, so it loses no audio. */
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

/** A chunk of this size ends early, so that memory stays bounded for every format. */
export const MAX_CHUNK_BYTES: number = 16 * 1024 * 1024;
/** Headers are held for the whole recording and repeated in every chunk. */
export const MAX_HEADER_BYTES: number = 1024 * 1024;
/** A smaller forward jump of timestamps, without a damaged byte, is a recorder's inaccuracy. */
export const LEAST_JUMP_MS = 100;
/** A longer jump is a damaged timestamp, not a pause. */
export const MOST_JUMP_MS: number = 24 * 60 * 60 * 1_000;
