import { isHeidiError } from "../errors.ts";
import { encodeText } from "../utils/utf8.ts";
import type { ItemReader } from "./types.ts";
import { textOf } from "./types.ts";

/**
 * The format in which a stream is written for another program.
 *
 * - `sse`: Server-Sent Events, an object per event; `event: error` after a failure, `data: [DONE]` at the end.
 * - `ndjson`: an object per line; `{"error":{…}}` after a failure.
 * - `text`: the text alone; after a failure the body is aborted, because text has no other way to report it.
 */
export type StreamFormat = "sse" | "ndjson" | "text";

const isHighSurrogate = (text: string): boolean => /[\ud800-\udbff]$/.test(text);

/** Writes the items of a cursor as bytes, one chunk per item, on demand. */
export function createEncoder<T extends object>(
  cursor: ItemReader<T>,
  format: StreamFormat,
): () => Promise<Uint8Array | undefined> {
  let isOver = false;
  /** The first half of a character whose second half comes with the next item. */
  let half = "";
  const end = (text: string): Uint8Array | undefined => {
    isOver = true;
    return text === "" ? undefined : encodeText(text);
  };
  const write = (item: T): string => {
    if (format === "sse") return `data: ${JSON.stringify(item)}\n\n`;
    if (format === "ndjson") return `${JSON.stringify(item)}\n`;
    const text = half + (textOf(item) ?? "");
    half = isHighSurrogate(text) ? text.slice(-1) : "";
    return half === "" ? text : text.slice(0, -1);
  };
  return async () => {
    while (!isOver) {
      try {
        const result = await cursor.next();
        if (result.done) return end(format === "sse" ? "data: [DONE]\n\n" : half);
        const text = write(result.value);
        if (text !== "") return encodeText(text);
      } catch (error) {
        if (format === "text") throw error;
        const failure = JSON.stringify({ error: describe(error) });
        return end(format === "sse" ? `event: error\ndata: ${failure}\n\n` : `${failure}\n`);
      }
    }
    return undefined;
  };
}

/** The error data that a browser may see: the kind of failure, and whether Heidi can have acted. No messages, no ids. */
function describe(error: unknown): object {
  if (!isHeidiError(error)) return { name: "Error", outcome: "unknown" };
  const { name, outcome } = error;
  const { status, fault } = error as { readonly status?: unknown; readonly fault?: unknown };
  return { name, outcome, status, fault };
}
