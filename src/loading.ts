import { HeidiConnectionError } from "./errors.ts";

/**
 * Waits for a part of the SDK that is loaded on its first use. A page that has lost its network, or a process whose
 * deployment was replaced while it ran, cannot load one: the caller is told so as of any other failure.
 *
 * @throws HeidiConnectionError when it cannot be loaded; the next use tries again.
 */
export async function load<T>(part: Promise<T>): Promise<T> {
  try {
    return await part;
  } catch (cause) {
    throw new HeidiConnectionError(
      "A part of the SDK could not be loaded, see `cause`; nothing was sent. Check the network, and that all files of the deployment are there.",
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
  #making: Promise<T> | undefined;

  constructor(importPart: () => Promise<M>, create: (part: M) => T | Promise<T>) {
    this.#importPart = importPart;
    this.#create = create;
  }

  /** Makes it, once for all who ask meanwhile. */
  make(): Promise<T> {
    this.#making ??= this.#begin();
    return this.#making;
  }

  async #begin(): Promise<T> {
    try {
      this.made = await this.#create(await load(this.#importPart()));
      return this.made;
    } catch (error) {
      this.#making = undefined;
      throw error;
    }
  }

  /** For its end: runs with it now, or as soon as it is made; never when nobody asked for it. */
  end(use: (made: T) => unknown): void {
    if (this.made !== undefined) use(this.made);
    else this.#making?.then(use).catch(() => undefined);
  }
}
