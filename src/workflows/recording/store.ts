/**
 * Where a recording keeps its chunks until the API has them, and its journal: a directory (`directoryStore` of
 * `heidi-health-sdk/node`), IndexedDB, a bucket. One store holds one recording, for one process at a time.
 *
 * Chunks are patient data; the journal holds the recording's id, and nothing of a patient.
 */
export interface RecordingStore {
  /** Keeps a chunk, in place of one that is there. Resolves when it would survive a crash, and never keeps half of it. */
  put(index: number, bytes: Uint8Array): Promise<void>;
  /** The chunk as it was put; undefined when it is not there. */
  get(index: number): Promise<Uint8Array | undefined>;
  /** Forgets a chunk, there or not. */
  delete(index: number): Promise<void>;
  /** The indexes of all chunks there are, in any order. */
  list(): Promise<readonly number[]>;
  /** Keeps the journal, in place of the one before. Resolves when it would survive a crash; after one, the old or the new. */
  saveJournal(journal: string): Promise<void>;
  /** The journal as it was saved last; undefined when there is none. */
  loadJournal(): Promise<string | undefined>;
  /** Forgets everything, the journal last. */
  clear(): Promise<void>;
}

/** Keeps chunks for as long as the process lives. */
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
