import { reasonOf } from "../abort.ts";
import { sleep } from "./clock.ts";
import { consultsOf as consultsIn, transcriptOf } from "./consults/index.ts";
import type { Consult } from "./consults/types.ts";
import type { AudioRecord, SessionRecord } from "./state.ts";
import type { SandboxContext } from "./world.ts";

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
