import { reasonOf } from "../utils/abort.ts";
import { sleep } from "./clock.ts";
import type { SandboxContext } from "./context.ts";
import {
  consultOf,
  consultsOf as consultsIn,
  matchRecording,
  type RecordingMatch,
  transcriptOf,
} from "./fixtures/index.ts";
import type { Consult } from "./fixtures/types.ts";
import type { AudioRecord, RecordingRecord, SessionRecord } from "./state.ts";

/**
 * Starts the transcription, which is lazy: the first request for a transcript starts it. Returns the time at which it is
 * complete; 0 without audio.
 */
export function startTranscription(context: SandboxContext, session: SessionRecord): number {
  const nowMs = context.clock.now();
  for (const audio of session.audio) audio.transcribedAtMs ??= nowMs + context.timings.transcriptionMs;
  return Math.max(0, ...session.audio.map((audio) => audio.transcribedAtMs ?? nowMs));
}

/** Transcribes all uploads and waits until that is complete. */
export async function awaitTranscription(
  context: SandboxContext,
  session: SessionRecord,
  signal: AbortSignal,
): Promise<void> {
  const completeAtMs = startTranscription(context, session);
  await sleep(context.clock, completeAtMs - context.clock.now(), signal);
  if (signal.aborted) throw reasonOf(signal);
  const nowMs = context.clock.now();
  // The clock may stand still; its `sleep` has resolved, so the wait is over.
  for (const audio of session.audio) audio.transcribedAtMs = Math.min(audio.transcribedAtMs ?? nowMs, nowMs);
}

export function isTranscribed(context: SandboxContext, audio: AudioRecord): boolean {
  return audio.transcribedAtMs !== undefined && audio.transcribedAtMs <= context.clock.now();
}

/** The consults heard in the recordings transcribed so far, each once: a repeated upload adds nothing. */
export function consultsOf(context: SandboxContext, session: SessionRecord): Consult[] {
  return consultsIn(session.audio.filter((audio) => isTranscribed(context, audio)));
}

/** The transcript so far; empty when nothing was uploaded or transcribed. */
export function transcriptSoFar(context: SandboxContext, session: SessionRecord): string {
  return consultsOf(context, session).map(transcriptOf).join("\n\n");
}

/** One piece of the live transcript. */
export interface LiveChunk {
  readonly id: string;
  readonly status: "PENDING" | "READY";
  readonly duration: number;
  readonly text: string;
  readonly source: "USER_UPLOADED" | "LIVE";
}

const LINES_PER_CHUNK = 7;
const CHUNK_SECONDS = 60;

/** The recording in pieces that become ready one after the other while it is transcribed. */
export function liveChunks(context: SandboxContext, audio: AudioRecord): LiveChunk[] {
  const consult = consultOf(audio);
  const count = Math.ceil(consult.lines.length / LINES_PER_CHUNK);
  const remainingMs = Math.max(0, (audio.transcribedAtMs ?? Number.POSITIVE_INFINITY) - context.clock.now());
  const done = remainingMs === 0 ? 1 : Math.max(0, 1 - remainingMs / context.timings.transcriptionMs);
  return Array.from({ length: count }, (_, index) => {
    const ready = done * count >= index + 1;
    const lines = consult.lines.slice(index * LINES_PER_CHUNK, (index + 1) * LINES_PER_CHUNK);
    return {
      id: `${audio.id}-${index}`,
      status: ready ? "READY" : "PENDING",
      duration: Math.round((consult.recordingSeconds * 10 * lines.length) / consult.lines.length) / 10,
      text: ready ? lines.map((line) => line.text).join("\n") : "",
      source: "USER_UPLOADED",
    };
  });
}

/** A live recording: each segment adds the next lines of the consult, up to its end. */
export function recordedChunks(context: SandboxContext, recording: RecordingRecord): LiveChunk[] {
  const { lines } = consultOf(matchChunks(context, recording));
  return recording.chunks.map(({ index, readyAtMs }) => {
    const ready = readyAtMs <= context.clock.now();
    const said = lines.slice(index * LINES_PER_CHUNK, (index + 1) * LINES_PER_CHUNK);
    return {
      id: `${recording.id}-${index}`,
      status: ready ? "READY" : "PENDING",
      duration: CHUNK_SECONDS,
      text: ready ? said.map((line) => line.text).join("\n") : "",
      source: "LIVE",
    };
  });
}

/** Returns the content of a recording that arrives in segments; the first segment decides it. */
export function matchChunks(context: SandboxContext, { chunks }: RecordingRecord): RecordingMatch {
  return matchRecording(chunks[0]?.sha256 ?? "", context.words);
}
