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

/** Transcription is lazy: it begins when somebody asks for a transcript. Returns when it is complete; 0 without audio. */
export function startTranscription(world: SandboxContext, session: SessionRecord): number {
  const nowMs = world.clock.now();
  for (const audio of session.audio) audio.transcribedAtMs ??= nowMs + world.timings.transcriptionMs;
  return Math.max(0, ...session.audio.map((audio) => audio.transcribedAtMs ?? nowMs));
}

/** Has everything transcribed that was uploaded, waiting as long as that takes. */
export async function awaitTranscription(
  world: SandboxContext,
  session: SessionRecord,
  signal: AbortSignal,
): Promise<void> {
  const completeAtMs = startTranscription(world, session);
  await sleep(world.clock, completeAtMs - world.clock.now(), signal);
  if (signal.aborted) throw reasonOf(signal);
  const nowMs = world.clock.now();
  // A clock that stands still is taken at its word: the wait is over.
  for (const audio of session.audio) audio.transcribedAtMs = Math.min(audio.transcribedAtMs ?? nowMs, nowMs);
}

export function isTranscribed(world: SandboxContext, audio: AudioRecord): boolean {
  return audio.transcribedAtMs !== undefined && audio.transcribedAtMs <= world.clock.now();
}

/** The consults heard in the recordings transcribed so far, each once: an upload that was repeated adds nothing. */
export function consultsOf(world: SandboxContext, session: SessionRecord): Consult[] {
  return consultsIn(session.audio.filter((audio) => isTranscribed(world, audio)));
}

/** The transcript so far; empty when nothing was uploaded or transcribed. */
export function transcriptSoFar(world: SandboxContext, session: SessionRecord): string {
  return consultsOf(world, session).map(transcriptOf).join("\n\n");
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
export function liveChunks(world: SandboxContext, audio: AudioRecord): LiveChunk[] {
  const consult = consultOf(audio);
  const count = Math.ceil(consult.lines.length / LINES_PER_CHUNK);
  const remainingMs = Math.max(0, (audio.transcribedAtMs ?? Number.POSITIVE_INFINITY) - world.clock.now());
  const done = remainingMs === 0 ? 1 : Math.max(0, 1 - remainingMs / world.timings.transcriptionMs);
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

/** A recording under way: each segment brings the next lines of the consult, up to its end. */
export function recordedChunks(world: SandboxContext, recording: RecordingRecord): LiveChunk[] {
  const { lines } = consultOf(matchChunks(world, recording));
  return recording.chunks.map(({ index, readyAtMs }) => {
    const ready = readyAtMs <= world.clock.now();
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

/** What is heard in a recording that arrives in segments: the first one tells. */
export function matchChunks(world: SandboxContext, { chunks }: RecordingRecord): RecordingMatch {
  return matchRecording(chunks[0]?.sha256 ?? "", world.words);
}
