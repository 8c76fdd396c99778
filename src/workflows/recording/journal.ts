import { HeidiArgumentError, HeidiUploadError, isHeidiError } from "../../errors.ts";
import { redactPath } from "../../upload/errors.ts";
import { fingerprint } from "../../utils/fingerprint.ts";
import type { RecordingStore } from "./store.ts";

/** The recorded state of a chunk. Its place in the list is its index. */
export interface ChunkRecord {
  /**
   * - `stored`: the chunk is in the store, and certainly not at the API.
   * - `sent`: its request may have been sent.
   * - `acknowledged`: the API has the chunk.
   */
  state: "stored" | "sent" | "acknowledged";
  /** The media type, when it is known. */
  type?: string | undefined;
  /** True when it was sent again after an attempt with unknown outcome: the API may have it twice. */
  uncertain?: boolean | undefined;
  /** The duration of the audio that was missing when it was appended, in milliseconds; 0 when unknown. */
  gapMs?: number | undefined;
}

/** The phase of a recording. `finishing`: the request to finish may have been sent. */
export type Phase = "open" | "finishing" | "finished";

interface Saved {
  readonly version: 1;
  /** A hash that distinguishes sessions without naming them. */
  readonly session: string;
  readonly recording_id: string;
  readonly phase: Phase;
  readonly chunks: readonly ChunkRecord[];
  /** The unfinished chunk, stored under the next index. */
  readonly draft?: ChunkRecord | undefined;
}

const PHASES: readonly unknown[] = ["open", "finishing", "finished"] satisfies Phase[];
const STATES: readonly unknown[] = ["stored", "sent", "acknowledged"] satisfies ChunkRecord["state"][];

/** The journal of one recording. It is saved to the store before any action that depends on it. */
export class RecordingJournal {
  readonly recording_id: string;
  readonly chunks: ChunkRecord[];
  phase: Phase;
  /** The unfinished chunk, stored under the next index; it becomes a chunk when nothing replaces it. */
  draft: ChunkRecord | undefined;
  readonly #store: RecordingStore;
  readonly #session: string;
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(
    store: RecordingStore,
    session: string,
    { recording_id, phase, chunks, draft }: Pick<Saved, "recording_id" | "phase" | "chunks" | "draft">,
  ) {
    this.#store = store;
    this.#session = session;
    this.recording_id = recording_id;
    this.phase = phase;
    this.chunks = [...chunks];
    this.draft = draft;
  }

  /** Creates the journal of a new recording. */
  static begin(store: RecordingStore, session_id: string, recording_id: string): RecordingJournal {
    return new RecordingJournal(store, fingerprint([session_id]), {
      recording_id,
      phase: "open",
      chunks: [],
    });
  }

  /**
   * Loads the journal of a store and reconciles it with the stored chunks; returns undefined when the store is empty.
   *
   * @throws HeidiArgumentError for a journal of another version or session, and when chunks are missing.
   */
  static async load(store: RecordingStore, session_id: string): Promise<RecordingJournal | undefined> {
    const text = await inStore(() => store.loadJournal());
    const kept = new Set(await inStore(() => store.list()));
    if (text === undefined) {
      if (kept.size > 0)
        throwInvalidJournal("holds chunks without a journal; check them before you clear() it");
      return undefined;
    }
    const journal = new RecordingJournal(store, fingerprint([session_id]), read(text, session_id));
    await journal.#reconcile(kept);
    return journal;
  }

  /** Resolves when the state at the time of the call is saved. Calls during a write share the next write. */
  save(): Promise<void> {
    this.#next ??= this.#writing
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        this.#writing = inStore(() => this.#store.saveJournal(this.#text()));
        return this.#writing;
      });
    return this.#next;
  }

  #text(): string {
    const { recording_id, phase, chunks, draft } = this;
    const saved: Saved = { version: 1, session: this.#session, recording_id, phase, chunks, draft };
    return JSON.stringify(saved);
  }

  /** Makes the draft a chunk; returns its index. */
  acceptDraft(): number | undefined {
    const { draft } = this;
    this.draft = undefined;
    return draft && this.chunks.push(draft) - 1;
  }

  async #reconcile(kept: ReadonlySet<number>): Promise<void> {
    if (kept.has(this.chunks.length)) this.acceptDraft();
    this.draft = undefined;
    const last = this.chunks.length - 1;
    // In the journal, but the process ended before the chunk was stored: `append` never resolved for it.
    if (this.chunks[last]?.state === "stored" && !kept.has(last)) this.chunks.pop();
    for (const [index, chunk] of this.chunks.entries()) {
      if (chunk.state !== "acknowledged" && !kept.has(index)) {
        throwInvalidJournal(
          "lacks a chunk that was not sent yet: it was deleted, or the journal belongs to another recording",
        );
      }
      if (chunk.state === "sent") chunk.uncertain = true;
    }
    for (const index of kept) {
      const chunk = this.chunks[index];
      if (!chunk) throwInvalidJournal("holds a chunk that is not in its journal");
      if (chunk?.state === "acknowledged") await inStore(() => this.#store.delete(index));
    }
  }
}

function read(text: string, session_id: string): Saved {
  let saved: Partial<Record<keyof Saved, unknown>>;
  try {
    saved = Object(JSON.parse(text));
  } catch {
    return throwInvalidJournal("has a damaged journal");
  }
  const { version, session, recording_id, phase, chunks, draft } = saved;
  if (version !== 1) return throwInvalidJournal("has a journal of another version of this SDK");
  if (session !== fingerprint([session_id])) {
    return throwInvalidJournal(
      "holds a recording of another session; finish that one, or use a separate store",
    );
  }
  if (typeof recording_id !== "string" || recording_id === "")
    return throwInvalidJournal("has a damaged journal");
  const isDraft = draft === undefined || isChunk(draft);
  if (!PHASES.includes(phase) || !Array.isArray(chunks) || !chunks.every(isChunk) || !isDraft) {
    return throwInvalidJournal("has a damaged journal");
  }
  return saved as Saved;
}

function isChunk(value: unknown): value is ChunkRecord {
  if (typeof value !== "object" || value === null) return false;
  const { state, type, uncertain, gapMs } = value as Partial<Record<keyof ChunkRecord, unknown>>;
  const known = STATES.includes(state) && (type === undefined || typeof type === "string");
  const isGap = gapMs === undefined || typeof gapMs === "number";
  return known && isGap && (uncertain === undefined || typeof uncertain === "boolean");
}

function throwInvalidJournal(why: string): never {
  throw new HeidiArgumentError("store", `The option \`store\` cannot be used: it ${why}. Nothing was sent.`);
}

/** Runs a method of a store and redacts its errors: they may name files, and file names may name patients. */
export async function inStore<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isHeidiError(error)) throw error;
    throw new HeidiUploadError(
      "The store of the recording failed. Data that it already held is still there.",
      {
        cause: redactPath(error),
      },
    );
  }
}
