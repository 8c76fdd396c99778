/** What a lane needs of its owner. */
export interface SendQueueOptions {
  readonly concurrency: number;
  send(index: number): Promise<void>;
  /** Called whenever a chunk was sent, or not. */
  onChange(): void;
}

/** Sends chunks in order, a few at a time, until one fails for good; that one is kept for the next start. */
export class SendQueue {
  readonly #parts: SendQueueOptions;
  /** Indexes that are not under way, in order. */
  readonly #queue: number[] = [];
  #active = 0;
  #failure: { readonly error: unknown } | undefined;
  #stopped = false;

  constructor(parts: SendQueueOptions) {
    this.#parts = parts;
  }

  /** What the sending ended with; undefined while it goes on. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Nothing is under way. */
  get isAtRest(): boolean {
    return this.#active === 0;
  }

  /** Everything is sent. */
  get isEmpty(): boolean {
    return this.#active === 0 && this.#queue.length === 0;
  }

  add(index: number): void {
    this.#queue.push(index);
    this.#pump();
  }

  /** Tries again what failed. */
  restart(): void {
    this.#failure = undefined;
    this.#pump();
  }

  /** Begins nothing more. */
  stop(): void {
    this.#stopped = true;
  }

  #pump(): void {
    while (!this.#failure && !this.#stopped && this.#active < this.#parts.concurrency) {
      const index = this.#queue.shift();
      if (index === undefined) return;
      this.#active += 1;
      void this.#send(index);
    }
  }

  async #send(index: number): Promise<void> {
    try {
      await this.#parts.send(index);
    } catch (error) {
      this.#queue.push(index);
      this.#queue.sort((a, b) => a - b);
      this.#failure ??= { error };
    }
    this.#active -= 1;
    this.#pump();
    this.#parts.onChange();
  }
}
