import { throwIfAborted } from "../../utils/abort.ts";
import { sleep } from "../clock.ts";
import type { SandboxContext } from "../context.ts";

/** Splits the text into words, each with the white space after it; joined, they are the text again. */
export function safeMessageOf(text: string): string[] {
  return text.match(/^\s+|\S+\s*/g) ?? [];
}

/**
 * Sends the text word by word at the context's pace, and calls `onComplete` when all of it is consumed. A client that
 * disconnects ends it at once, with the signal's reason.
 */
export function streamText(
  context: SandboxContext,
  text: string,
  signal: AbortSignal,
  onComplete?: () => void,
): AsyncGenerator<string, void, undefined> {
  return streamPieces(context, safeMessageOf(text), context.streamDelayMs, signal, onComplete);
}

/** Sends pieces of text with a pause between them, as {@link streamText} does. */
export async function* streamPieces(
  context: SandboxContext,
  pieces: readonly string[],
  delayMs: number,
  signal: AbortSignal,
  onComplete: () => void = () => {},
): AsyncGenerator<string, void, undefined> {
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await sleep(context.clock, delayMs, signal);
    throwIfAborted(signal);
    // Before the last piece is sent, so that the note is stored when a reader reaches the end.
    if (index === pieces.length - 1) onComplete();
    yield piece;
  }
}
