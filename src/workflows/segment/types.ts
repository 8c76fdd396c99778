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

/** Options of {@link segmentRecording}. */
export interface SegmentOptions {
  /**
   * The longest duration of a chunk, in milliseconds, from 1,000 to 60,000. Default 50,000: Heidi asks for chunks of 45 to
   * 60 seconds. A chunk ends with the last packet of its codec (10 to 100 ms of audio) that fits.
   */
  readonly chunkMs?: number | undefined;
  /** Called for every damaged or missing part of the recording when it is found; errors that it throws are ignored. */
  readonly onGap?: ((gap: RecordingGap) => unknown) | undefined;
  /**
   * Called with the unfinished chunk, as a complete file, every time it has grown by `draftMs`; errors that it throws are
   * ignored. Pass it to `recording.draft()`, so that a crash does not lose the audio since the last chunk.
   */
  readonly onDraft?: ((draft: RecordingChunk) => unknown) | undefined;
  /** The audio between two drafts, in milliseconds, from 500. Default 3,000. Only used with `onDraft`. */
  readonly draftMs?: number | undefined;
}

/** A missing part of a recording: bytes that were damaged or lost in transit, or a jump of its timestamps. */
export interface RecordingGap {
  /** The position in the recording, in milliseconds. */
  readonly startMs: number;
  /** The duration of the missing audio, in milliseconds, by the recording's timestamps; undefined when unknown. */
  readonly durationMs: number | undefined;
  /** The number of skipped bytes; 0 when they never arrived. */
  readonly bytes: number;
}

/** A chunk of a recording: a complete file, as `append` accepts it. */
export interface RecordingChunk {
  /** The bytes of a complete file, including headers. */
  readonly data: Uint8Array;
  /** The media type, such as `audio/ogg`. */
  readonly contentType: string;
  /** The start in the recording, in milliseconds. */
  readonly startMs: number;
  /** The duration of its audio, in milliseconds; never more than `chunkMs`. */
  readonly durationMs: number;
  /** The missing audio in it or directly before it, all gaps together; undefined when there is none. */
  readonly gap?: RecordingGap | undefined;
}
