import { sleep } from "../clock.ts";
import type { World } from "../world.ts";

/** The text word by word, each with the white space after it; joined, they are the text again. */
export function wordsOf(text: string): string[] {
  return text.match(/^\s+|\S+\s*/g) ?? [];
}

/**
 * Sends the text word by word at the world's pace, and calls `onComplete` once all of it was taken. A client that goes
 * away ends it at once, with the signal's reason.
 */
export async function* streamText(
  world: World,
  text: string,
  signal: AbortSignal,
  onComplete: () => void = () => {},
): AsyncGenerator<string, void, undefined> {
  const words = wordsOf(text);
  for (const [index, word] of words.entries()) {
    if (index > 0) await sleep(world.clock, world.streamDelayMs, signal);
    signal.throwIfAborted();
    // Before the last word leaves, so that whoever has read the stream finds the note kept.
    if (index === words.length - 1) onComplete();
    yield word;
  }
}
