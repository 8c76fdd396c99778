import { HeidiAbortError, type HeidiError } from "../errors.ts";
import type { StreamFraming } from "./byte-reader.ts";
import { collectText } from "./text-buffer.ts";
import {
  DEFAULT_MAX_TEXT_LENGTH,
  DONE,
  type ItemReader,
  type StreamSource,
  textOf,
  type WaitingRead,
} from "./types.ts";

/** The limits for how far one branch may be ahead of the other; the first one reached counts. */
export const TEE_MAX_ITEMS = 16_384;
export const TEE_MAX_TEXT_LENGTH = 16_777_216;

/** One branch of a `tee()`: buffers the items that the other one read from the source, until this one is read. */
class Branch<T extends object> implements ItemReader<T> {
  readonly #source: ItemReader<T>;
  readonly #pump: () => void;
  readonly #items: T[] = [];
  #taken = 0;
  #textLength = 0;
  #pulls: WaitingRead<T>[] = [];
  #ended = false;
  #failure: unknown;
  #abortedWith: HeidiError | undefined;

  constructor(source: ItemReader<T>, pump: () => void) {
    this.#source = source;
    this.#pump = pump;
  }

  /** True when it is closed or aborted. */
  isClosed = false;

  get framing(): StreamFraming | undefined {
    return this.#source.framing;
  }

  get isWaiting(): boolean {
    return this.#pulls.length > 0;
  }

  get isFull(): boolean {
    return this.#items.length - this.#taken >= TEE_MAX_ITEMS || this.#textLength >= TEE_MAX_TEXT_LENGTH;
  }

  poll(): T | undefined {
    if (this.isClosed) return undefined;
    const item = this.#items[this.#taken];
    if (item !== undefined) this.#take(item);
    return item;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#abortedWith !== undefined) return Promise.reject(this.#abortedWith);
    if (this.isClosed) return Promise.resolve(DONE);
    const item = this.poll();
    if (item !== undefined) return Promise.resolve({ done: false, value: item });
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#ended) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.#pulls.push({ resolve, reject });
      this.#pump();
    });
  }

  close(): void {
    this.#leave((pull) => pull.resolve(DONE));
  }

  abort(reason: unknown): void {
    if (this.isClosed) return;
    const error =
      reason instanceof HeidiAbortError
        ? reason
        : new HeidiAbortError("This branch of the stream was aborted.", {
            cause: reason,
            outcome: "unknown",
          });
    this.#abortedWith = error;
    this.#leave((pull) => pull.reject(error));
  }

  open(): Promise<StreamSource> {
    return this.#source.open();
  }

  text(maxLength: number = DEFAULT_MAX_TEXT_LENGTH): Promise<string> {
    return collectText(this, maxLength);
  }

  give(item: T): void {
    if (this.isClosed) return;
    const pull = this.#pulls.shift();
    if (pull !== undefined) {
      pull.resolve({ done: false, value: item });
      return;
    }
    this.#items.push(item);
    this.#textLength += textOf(item)?.length ?? 0;
  }

  finish(): void {
    this.#ended = true;
    for (const pull of this.#pulls.splice(0)) pull.resolve(DONE);
  }

  fail(error: unknown): void {
    this.#failure = error;
    for (const pull of this.#pulls.splice(0)) pull.reject(error);
  }

  #take(item: T): void {
    this.#taken++;
    this.#textLength -= textOf(item)?.length ?? 0;
    if (this.#taken === this.#items.length || this.#taken === TEE_MAX_ITEMS) {
      this.#items.splice(0, this.#taken);
      this.#taken = 0;
    }
    // The other branch may have waited for this one.
    this.#pump();
  }

  #leave(settle: (pull: WaitingRead<T>) => void): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#items.length = 0;
    this.#textLength = 0;
    this.#taken = 0;
    for (const pull of this.#pulls.splice(0)) settle(pull);
    this.#pump();
  }
}

/**
 * Returns two cursors over one source. Items are read only on demand; the branch that is ahead waits when the buffer of
 * the other one is full. A closed branch blocks nothing; when both are closed, the source is closed.
 */
export function teeReader<T extends object>(source: ItemReader<T>): [ItemReader<T>, ItemReader<T>] {
  let isPulling = false;
  const pump = (): void => {
    if (first.isClosed && second.isClosed) {
      source.close();
      return;
    }
    const isWanted = (first.isWaiting && !second.isFull) || (second.isWaiting && !first.isFull);
    if (isPulling || !isWanted) return;
    isPulling = true;
    source.next().then(
      (result) => {
        isPulling = false;
        for (const branch of [first, second]) {
          if (result.done) branch.finish();
          else branch.give(result.value);
        }
        pump();
      },
      (error: unknown) => {
        isPulling = false;
        first.fail(error);
        second.fail(error);
      },
    );
  };
  const first = new Branch(source, pump);
  const second = new Branch(source, pump);
  return [first, second];
}
