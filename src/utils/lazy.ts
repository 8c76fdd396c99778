import { HeidiConnectionError } from "../errors.ts";

/**
 * Waits for a part of the SDK that is loaded on its first use. A page that has lost its network, or a process whose
 * deployment was replaced while it ran, cannot load one: the caller is told so as of any other failure.
 *
 * @throws HeidiConnectionError when it cannot be loaded; the next use tries again.
 */
export async function loadChunk<T>(part: Promise<T>): Promise<T> {
  try {
    return await part;
  } catch (cause) {
    throw new HeidiConnectionError(
      "A part of the SDK could not be loaded, see `cause`; nothing was sent. Check the network, and that all files of the deployment are there; a service worker needs the SDK in one file.",
      { cause },
    );
  }
}

/** Something whose code is loaded, and which is made, when it is needed for the first time. */
export class Lazy<M, T> {
  /** Undefined until it is made. */
  made: T | undefined;
  readonly #importPart: () => Promise<M>;
  readonly #create: (part: M) => T | Promise<T>;
  #end: ((made: T) => unknown) | undefined;

  constructor(importPart: () => Promise<M>, create: (part: M) => T | Promise<T>) {
    this.#importPart = importPart;
    this.#create = create;
  }

  /**
   * Makes it. Of all who ask meanwhile, the first to be ready makes it for the others; none waits for another, whose
   * request may have ended with all that it began.
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

  /** For its end: runs with it now, or as soon as it is made; never when nobody asked for it. */
  end(use: (made: T) => unknown): void {
    if (this.made === undefined) this.#end = use;
    else use(this.made);
  }
}
