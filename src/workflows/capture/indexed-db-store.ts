import { decodeText, encodeText } from "../../utils/utf8.ts";
import { checkCount, throwInvalidArgument } from "../../utils/validate.ts";
import { isText } from "../../utils/values.ts";
import type { RecordingStore } from "../recording/store.ts";
import { HeidiRecordingError, nameOfFault } from "./errors.ts";

/** Options of `indexedDbStore`. */
export interface IndexedDbStoreOptions {
  /** The name of the recording, such as its session's id. It is stored as a hash only. One name holds one recording. */
  readonly name: string;
  /**
   * How long an unfinished recording is kept after its last change, in milliseconds, up to 365 days. Default 7 days. The
   * next use of any `indexedDbStore` on this origin deletes what is older.
   */
  readonly maxAgeMs?: number | undefined;
  /** How long to wait for another tab that uses the same recording, in milliseconds. Default 5,000. */
  readonly lockTimeoutMs?: number | undefined;
}

/**
 * Returns a store that keeps a live recording in this browser's IndexedDB across a reload, a crash and an offline hour,
 * until Heidi has it. Only one tab at a time can use a recording; the others get an error with the fault `in-use`.
 *
 * Everything is encrypted (AES-GCM) with a key for each recording that the browser keeps and no script can read, and each
 * record is bound to its recording and its place. This protects the audio from those who read the disk, not from scripts
 * on your origin. The key is deleted with the recording.
 *
 * Browsers may delete a page's storage when the disk is nearly full: call `navigator.storage.persist()` to prevent that.
 *
 * @throws HeidiArgumentError for an invalid option. Its methods reject with HeidiRecordingError.
 *
 * @example
 * const store = indexedDbStore({ name: session_id });
 * const recording = await recordMicrophone(clinician, session_id, { store });
 */
export function indexedDbStore(options: IndexedDbStoreOptions): RecordingStore {
  const { name, maxAgeMs, lockTimeoutMs } = Object(options) as Partial<IndexedDbStoreOptions>;
  if (!isText(name))
    throwInvalidArgument("name", "The option `name` must be a text, such as the session's id.");
  const count = (option: string, value: unknown, min: number, max: number): number | undefined =>
    checkCount(option, value, { min, max }, throwInvalidArgument);
  return new IndexedDbStore(
    name,
    count("maxAgeMs", maxAgeMs, 1, 365 * DAY_MS) ?? 7 * DAY_MS,
    count("lockTimeoutMs", lockTimeoutMs, 1, 600_000) ?? 5_000,
  );
}

const DAY_MS = 86_400_000;
const DATABASE = "heidi-health-sdk";
/** The key and the age of each recording, and its encrypted records by its id and their index. */
const RECORDINGS = "recordings";
const RECORDS = "records";
const JOURNAL = -1;

interface RecordingEntry {
  readonly id: string;
  readonly key: CryptoKey;
  readonly expiresAtMs: number;
}

interface EncryptedRecord {
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly data: ArrayBuffer;
}

/** What is held open while the store is in use. */
interface Handle {
  readonly database: IDBDatabase;
  readonly id: string;
  /** Created by the first write. */
  key: CryptoKey | undefined;
}

class IndexedDbStore implements RecordingStore {
  readonly #name: string;
  readonly #maxAgeMs: number;
  readonly #lockTimeoutMs: number;
  #locking: Promise<() => void> | undefined;
  #opening: Promise<Handle> | undefined;

  constructor(name: string, maxAgeMs: number, lockTimeoutMs: number) {
    this.#name = name;
    this.#maxAgeMs = maxAgeMs;
    this.#lockTimeoutMs = lockTimeoutMs;
  }

  put(index: number, bytes: Uint8Array): Promise<void> {
    // The caller may reuse the memory before it is encrypted.
    const copy = new Uint8Array(bytes);
    return this.#use((handle) => this.#write(handle, index, copy));
  }

  get(index: number): Promise<Uint8Array | undefined> {
    return this.#use((handle) => read(handle, index));
  }

  delete(index: number): Promise<void> {
    return this.#use(({ database, id }) =>
      change(database, (transaction) => transaction.objectStore(RECORDS).delete([id, index])),
    );
  }

  list(): Promise<readonly number[]> {
    return this.#use(async ({ database, id }) => {
      const chunks = IDBKeyRange.bound([id, 0], [id, Number.POSITIVE_INFINITY]);
      const keys = await resultOf(store(database, RECORDS).getAllKeys(chunks));
      return keys.flatMap((key) => (Array.isArray(key) && typeof key[1] === "number" ? [key[1]] : []));
    });
  }

  saveJournal(journal: string): Promise<void> {
    const bytes = encodeText(journal);
    return this.#use((handle) => this.#write(handle, JOURNAL, bytes));
  }

  loadJournal(): Promise<string | undefined> {
    return this.#use(async (handle) => {
      const bytes = await read(handle, JOURNAL);
      return bytes && decodeText(bytes);
    });
  }

  async clear(): Promise<void> {
    // In one transaction: there is no moment at which a part of it is left.
    await this.#use(({ database, id }) => change(database, (transaction) => remove(transaction, id)));
    await this.close();
  }

  /** Lets another tab use the recording. */
  async close(): Promise<void> {
    await this.#closeDatabase();
    const locking = this.#locking;
    this.#locking = undefined;
    (await locking?.catch(() => undefined))?.();
  }

  async #use<T>(work: (handle: Handle) => Promise<T>): Promise<T> {
    this.#opening ??= this.#open();
    const opening = this.#opening;
    try {
      return await work(await opening);
    } catch (error) {
      const fault = storageError(error);
      // The browser may have closed the database: the next use opens it again, under the lock that is still held.
      if (fault.fault !== "storage-full" && this.#opening === opening) await this.#closeDatabase();
      throw fault;
    }
  }

  async #closeDatabase(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    (await opening?.catch(() => undefined))?.database.close();
  }

  async #open(): Promise<Handle> {
    checkPlatform();
    const id = await idOf(this.#name);
    await this.#lock(id);
    const database = await openDatabase();
    try {
      const entry = await sweep(database, id);
      return { database, id, key: entry?.key };
    } catch (error) {
      database.close();
      throw error;
    }
  }

  async #lock(id: string): Promise<void> {
    this.#locking ??= lock(id, this.#lockTimeoutMs);
    try {
      await this.#locking;
    } catch (error) {
      this.#locking = undefined;
      throw error;
    }
  }

  async #write(handle: Handle, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { database, id } = handle;
    const algorithm = { name: "AES-GCM", length: 256 };
    handle.key ??= await crypto.subtle.generateKey(algorithm, false, ["encrypt", "decrypt"]);
    const { key } = handle;
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const data = await crypto.subtle.encrypt(cipher(iv, id, index), key, bytes);
    const entry: RecordingEntry = { id, key, expiresAtMs: Date.now() + this.#maxAgeMs };
    const record: EncryptedRecord = { iv, data };
    await change(database, (transaction) => {
      transaction.objectStore(RECORDINGS).put(entry);
      transaction.objectStore(RECORDS).put(record, [id, index]);
    });
  }
}

async function read({ database, id, key }: Handle, index: number): Promise<Uint8Array | undefined> {
  const found: EncryptedRecord | undefined = await resultOf(store(database, RECORDS).get([id, index]));
  if (found === undefined) return undefined;
  if (key === undefined) throw new HeidiRecordingError("storage-failed", DAMAGED);
  return new Uint8Array(await crypto.subtle.decrypt(cipher(found.iv, id, index), key, found.data));
}

/** A record that is moved to another place cannot be decrypted there. */
const cipher = (iv: Uint8Array<ArrayBuffer>, id: string, index: number): AesGcmParams => ({
  name: "AES-GCM",
  iv,
  additionalData: encodeText(`${id}/${index}`),
});

/** Deletes what has expired, and returns the recording's entry. @throws HeidiRecordingError when that is what expired. */
async function sweep(database: IDBDatabase, id: string): Promise<RecordingEntry | undefined> {
  const entries: readonly RecordingEntry[] = await resultOf(store(database, RECORDINGS).getAll());
  const expired = entries.filter(({ expiresAtMs }) => expiresAtMs <= Date.now());
  if (expired.length > 0)
    await change(database, (transaction) => {
      for (const entry of expired) remove(transaction, entry.id);
    });
  if (expired.some((entry) => entry.id === id))
    throw new HeidiRecordingError(
      "storage-expired",
      "The stored recording was older than `maxAgeMs`, so its chunks that Heidi did not have were deleted. The next call begins another recording.",
    );
  return entries.find((entry) => entry.id === id);
}

function remove(transaction: IDBTransaction, id: string): void {
  transaction.objectStore(RECORDS).delete(IDBKeyRange.bound([id], [id, []]));
  transaction.objectStore(RECORDINGS).delete(id);
}

const store = (database: IDBDatabase, name: string): IDBObjectStore =>
  database.transaction(name, "readonly").objectStore(name);

/** Makes a change completely or not at all; resolves when it would survive a crash. */
function change(database: IDBDatabase, work: (transaction: IDBTransaction) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction([RECORDINGS, RECORDS], "readwrite", { durability: "strict" });
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
    work(transaction);
  });
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(RECORDINGS, { keyPath: "id" });
    request.result.createObjectStore(RECORDS);
  };
  const database = await resultOf(request);
  // A later version of this SDK, or the user, wants to change or delete it.
  database.onversionchange = () => database.close();
  return database;
}

async function idOf(name: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", encodeText(`recording/${name}`));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Holds the recording for this tab, until the returned function is called or the tab is closed. */
function lock(id: string, timeoutMs: number): Promise<() => void> {
  const name = `${DATABASE}/${id}`;
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isHeld = false;
    const watch = (): void => {
      timer = setTimeout(() => giveUp().catch(reject), timeoutMs);
    };
    // A busy device takes its time to grant a lock that is free; only one that is held means another user.
    const giveUp = async (): Promise<void> => {
      const { held = [] } = await navigator.locks.query();
      if (isHeld) return;
      if (held.some((one) => one.name === name)) controller.abort();
      else watch();
    };
    const hold = (): Promise<void> => {
      isHeld = true;
      clearTimeout(timer);
      return new Promise((release) => resolve(release));
    };
    watch();
    navigator.locks.request(name, { signal: controller.signal }, hold).catch((error: unknown) => {
      clearTimeout(timer);
      if (!controller.signal.aborted) return reject(error);
      reject(
        new HeidiRecordingError(
          "in-use",
          "Another tab, or another store in this page, uses this recording. Finish it there, or close that tab, then call again.",
        ),
      );
    });
  });
}

function checkPlatform(): void {
  if (globalThis.isSecureContext === false)
    throw new HeidiRecordingError(
      "insecure-context",
      "Browsers encrypt and lock only for pages that are served by HTTPS, or from localhost. Nothing was stored.",
    );
  const { crypto, indexedDB, navigator } = globalThis;
  if (crypto?.subtle && indexedDB && navigator?.locks) return;
  throw new HeidiRecordingError(
    "unsupported",
    "This browser lacks IndexedDB, Web Crypto or Web Locks, so a recording cannot be stored. Record without a `store`, or ask the user to update the browser.",
  );
}

const DAMAGED =
  "The stored recording cannot be decrypted: it is damaged, or its key was deleted. To discard it, call the store's `clear()`.";

/** The error for a failure of the browser's storage; the platform's own may contain the page's data. */
function storageError(error: unknown): HeidiRecordingError {
  if (error instanceof HeidiRecordingError) return error;
  const name = nameOfFault(error);
  if (name === "QuotaExceededError")
    return new HeidiRecordingError(
      "storage-full",
      "The browser gives this page no more storage, so the audio was not saved. Ask the user to free disk space; what was saved before is still there.",
    );
  if (name === "OperationError") return new HeidiRecordingError("storage-failed", DAMAGED);
  return new HeidiRecordingError(
    "storage-failed",
    `The browser's storage failed (${name}). What was saved before is still there, unless the user or the browser deleted it.`,
  );
}
