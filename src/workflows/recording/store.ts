/**
 * The store of a recording's journal, and of its chunks until the API has them: a directory (`directoryStore` of
 * `heidi-health-sdk/node`), IndexedDB, a bucket. One store holds one recording, for one process at a time.
 *
 * Chunks are patient data; the journal contains the recording's id and no patient data.
 */
export interface RecordingStore {
  /** Stores a chunk, replacing one with its index. Resolves when it would survive a crash; never stores a part of it. */
  put(index: number, bytes: Uint8Array): Promise<void>;
  /** Returns the stored chunk; undefined when there is none. */
  get(index: number): Promise<Uint8Array | undefined>;
  /** Deletes a chunk; does nothing when there is none. */
  delete(index: number): Promise<void>;
  /** Returns the indexes of all stored chunks, in any order. */
  list(): Promise<readonly number[]>;
  /** Replaces the journal atomically: a crash leaves the old or the new one. Resolves when it would survive a crash. */
  saveJournal(journal: string): Promise<void>;
  /** Returns the last saved journal; undefined when there is none. */
  loadJournal(): Promise<string | undefined>;
  /** Deletes everything, the journal last. */
  clear(): Promise<void>;
  /** Frees what the store holds open, such as a lock. Called when its recording is over or aborted; optional. */
  close?(): unknown;
}

/** The store in memory; its chunks are lost when the process ends. */
export class MemoryStore implements RecordingStore {
  readonly #chunks = new Map<number, Uint8Array>();

  async put(index: number, bytes: Uint8Array): Promise<void> {
    this.#chunks.set(index, bytes);
  }

  async get(index: number): Promise<Uint8Array | undefined> {
    return this.#chunks.get(index);
  }

  async delete(index: number): Promise<void> {
    this.#chunks.delete(index);
  }

  async list(): Promise<readonly number[]> {
    return [...this.#chunks.keys()];
  }

  async saveJournal(): Promise<void> {}

  async loadJournal(): Promise<undefined> {}

  async clear(): Promise<void> {
    this.#chunks.clear();
  }
}
