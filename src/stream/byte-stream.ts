import { isHeidiError } from "../errors.ts";
import { sleep } from "../utils/abort.ts";
import { encodeText } from "../utils/utf8.ts";
import type { ItemReader } from "./types.ts";
import { textOf } from "./types.ts";

/**
 * The format in which a stream is written for another program.
 *
 * - `sse`: Server-Sent Events, an object per event; `event: error` after a failure, `data: [DONE]` at the end.
 * - `ndjson`: an object per line; after a failure a line `{"error":{…}}`, and the body is aborted.
 * - `text`: the text alone; after a failure the body is aborted, because text has no other way to report it.
 */
export type StreamFormat = "sse" | "ndjson" | "text";

/** The settings of an encoder. */
export interface EncoderOptions {
  readonly format: StreamFormat;
  /** The longest silence of an event stream in milliseconds; a comment ends it. Undefined: no comments. */
  readonly heartbeatMs: number | undefined;
}

/** A comment line of an event stream: readers ignore it, proxies see that the connection is alive. */
const HEARTBEAT = ":\n\n";

const isHighSurrogate = (text: string): boolean => /[\ud800-\udbff]$/.test(text);

/** Writes the items of a cursor as bytes, one chunk per item, on demand. */
export function createEncoder<T extends object>(
  cursor: ItemReader<T>,
  { format, heartbeatMs }: EncoderOptions,
): () => Promise<Uint8Array | undefined> {
  let isOver = false;
  let failure: { readonly error: unknown } | undefined;
  /** The first half of a character whose second half comes with the next item. */
  let half = "";
  let pending: Promise<IteratorResult<T, undefined>> | undefined;
  const end = (text: string): string | undefined => {
    isOver = true;
    return text === "" ? undefined : text;
  };
  const write = (item: T): string => {
    if (format === "sse") return `data: ${JSON.stringify(item)}\n\n`;
    if (format === "ndjson") return `${JSON.stringify(item)}\n`;
    const text = half + (textOf(item) ?? "");
    half = isHighSurrogate(text) ? text.slice(-1) : "";
    return half === "" ? text : text.slice(0, -1);
  };
  /** The next item, or undefined after `heartbeatMs` without one. */
  const take = async (): Promise<IteratorResult<T, undefined> | undefined> => {
    const item = pending === undefined ? cursor.poll() : undefined;
    if (item !== undefined) return { done: false, value: item };
    pending ??= cursor.next();
    const result = heartbeatMs === undefined ? await pending : await orSilence(pending, heartbeatMs);
    if (result !== undefined) pending = undefined;
    return result;
  };
  const step = async (): Promise<string | undefined> => {
    try {
      const result = await take();
      if (result === undefined) return HEARTBEAT;
      return result.done ? end(format === "sse" ? "data: [DONE]\n\n" : half) : write(result.value);
    } catch (error) {
      if (format === "text") throw error;
      const report = JSON.stringify({ error: describeFailure(error) });
      if (format === "sse") return end(`event: error\ndata: ${report}\n\n`);
      failure = { error };
      return `${report}\n`;
    }
  };
  return async () => {
    while (!isOver) {
      if (failure !== undefined) {
        // A server that aborts its response at once would drop the line with the reason.
        await sleep(0, {});
        throw failure.error;
      }
      const text = await step();
      if (text !== undefined && text !== "") return encodeText(text);
    }
    return undefined;
  };
}

/** Resolves like `work`, or to undefined after `limitMs`. Only a reader that waits gets heartbeats, so none pile up. */
function orSilence<T>(work: Promise<T>, limitMs: number): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, limitMs, undefined);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/**
 * Returns the data of a failure that a browser may see: its class, whether Heidi can have acted, and what identifies the
 * request for Heidi's support. It contains no message, no value and no text of a patient.
 */
export function describeFailure(error: unknown): object {
  if (!isHeidiError(error)) return { name: "Error", outcome: "unknown" };
  const { name, outcome, requestId } = error;
  const { status, fault } = error as { readonly status?: unknown; readonly fault?: unknown };
  return { name, outcome, status, fault, requestId };
}
