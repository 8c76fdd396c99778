import { HeidiConnectionError } from "../errors.ts";

/**
 * Waits for a part of the SDK that is loaded on first use. Loading fails in a page that lost its network, or in a process
 * whose deployment was replaced while it ran.
 *
 * @throws HeidiConnectionError when loading fails; the next use tries again.
 */
export async function loadChunk<T>(part: Promise<T>): Promise<T> {
  try {
    return await part;
  } catch (cause) {
    throw new HeidiConnectionError(
      "A part of the SDK could not be loaded; see `cause`. Nothing was sent. Check the network and that the deployment has all files; a service worker needs the SDK in one file.",
      { cause },
    );
  }
}

/** A value whose code is loaded, and which is created, on first use. */
export class Lazy<M, T> {
  /** The value; undefined until it is created. */
  made: T | undefined;
  readonly #importPart: () => Promise<M>;
  readonly #create: (part: M) => T | Promise<T>;
  #end: ((made: T) => unknown) | undefined;

  constructor(importPart: () => Promise<M>, create: (part: M) => T | Promise<T>) {
    this.#importPart = importPart;
    this.#create = create;
  }

  /**
   * Creates the value. Among concurrent callers, the first whose code is loaded creates it for all. No caller waits for
   * another one, whose work may have ended together with its request.
   */
  async make(): Promise<T> {
    const part = await loadChunk(this.#importPart());
    if (this.made !== undefined) return this.made;
    const made = await this.#create(part);
    if (this.made !== undefined) return this.made;
    this.made = made;
    this.#end?.(made);
    return made;
  }

  /** Runs `use`, which releases the value: now, or when the value is created; never if it is not created. */
  end(use: (made: T) => unknown): void {
    if (this.made === undefined) this.#end = use;
    else use(this.made);
  }
}
