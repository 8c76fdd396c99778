import type { RecordingGap } from "./segment-recording.ts";

/** A part of a recording that is a complete, playable file. */
export interface Segment {
  readonly data: Uint8Array;
  readonly startMs: number;
  readonly durationMs: number;
  readonly gap: RecordingGap | undefined;
}

/** Yields the segments, then the remaining audio. Throws an error of `segments` after that, so that no audio is lost. */
export async function* withRest(
  segments: AsyncIterable<Segment>,
  end: () => Segment | undefined,
): AsyncGenerator<Segment, void, undefined> {
  let failure: { readonly error: unknown } | undefined;
  try {
    yield* segments;
  } catch (error) {
    failure = { error };
  }
  const rest = end();
  if (rest) yield rest;
  if (failure) throw failure.error;
}

/** The maximum size of a chunk; a larger one is split before `chunkMs`, so that memory stays bounded. */
export const MAX_CHUNK_BYTES: number = 16 * 1024 * 1024;
/** The maximum size of the headers: they stay in memory for the whole recording and are repeated in every chunk. */
export const MAX_HEADER_BYTES: number = 1024 * 1024;
/** Without damaged bytes, a smaller forward jump of the timestamps is jitter of the recorder, not a gap. */
export const LEAST_JUMP_MS = 100;
/** A larger jump is a damaged timestamp, not a gap. */
export const MOST_JUMP_MS: number = 24 * 60 * 60 * 1_000;
