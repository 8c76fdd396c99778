import { BLOCK_BYTES } from "./source.ts";

/**
 * Below this, a sender's write may be queued without its being told to wait: sockets queue up to 64 KiB,
 * and a recycled block (see `OpenOptions.recycle`) must not be in a queue.
 */
const LEAST_BYTES = 64 * 1024;
const SLOW_MS = 1000;

/**
 * Decides how much to hand over at a time: little at first and on a slow link, where a large chunk would look like
 * a stall and make progress jump; much on a fast one. All sizes are powers of two, so every piece but the last of a
 * file has at least the least size.
 */
export class ProgressPace {
  readonly #now: () => number;
  #size = LEAST_BYTES;
  #sent = 0;
  #since: number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#since = now();
  }

  /** The largest size of the next chunk; called when the last one was taken. */
  next(): number {
    const now = this.#now();
    if (now - this.#since > SLOW_MS) this.#size = LEAST_BYTES;
    else if (this.#sent >= this.#size * 8) this.#size = Math.min(this.#size * 2, BLOCK_BYTES);
    this.#since = now;
    return this.#size;
  }

  sent(bytes: number): void {
    this.#sent += bytes;
  }
}
