import type { RecordingStore } from "heidi-health-sdk";

// What every store of a recording must do. Runs in Node and in browsers, so it has no test runner in it.

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && new TextDecoder().decode(bytes);

function same(what: string, found: unknown, wanted: unknown): void {
  const [one, other] = [found, wanted].map((value) => JSON.stringify(value) ?? "undefined");
  if (one !== other) throw new Error(`${what}: ${one} instead of ${other}`);
}

const sorted = (list: readonly number[]): number[] => [...list].sort((a, b) => a - b);

/** The contract, one rule each. `open` gives a store of the same recording, as the next process or page would see it. */
export const storeContract: Readonly<Record<string, (open: () => RecordingStore) => Promise<void>>> = {
  "is empty at first": async (open) => {
    const store = open();
    same("journal", await store.loadJournal(), undefined);
    same("chunks", await store.list(), []);
    same("a chunk", await store.get(3), undefined);
    await store.delete(3);
    await store.clear();
    await store.close?.();
  },
  "returns what it was given, replaces it, and deletes it on request": async (open) => {
    const store = open();
    await store.put(3, bytesOf("old"));
    await store.put(3, bytesOf("new"));
    await store.put(1_234_567, bytesOf("far"));
    await store.saveJournal("one");
    await store.saveJournal("two é");
    same("the chunk", textOf(await store.get(3)), "new");
    same("the chunks", sorted(await store.list()), [3, 1_234_567]);
    same("the journal", await store.loadJournal(), "two é");
    await store.delete(3);
    await store.delete(3);
    same("the rest", await store.list(), [1_234_567]);
    await store.clear();
    await store.clear();
    same("the end", [await store.list(), await store.loadJournal()], [[], undefined]);
    await store.close?.();
  },
  "keeps everything for the next one that opens it": async (open) => {
    const store = open();
    await store.saveJournal("journal");
    await store.put(0, bytesOf("first"));
    await store.put(1, bytesOf("second"));
    await store.close?.();
    const next = open();
    same("the journal", await next.loadJournal(), "journal");
    same("the chunks", sorted(await next.list()), [0, 1]);
    same("the second", textOf(await next.get(1)), "second");
    await next.clear();
    await next.close?.();
    const last = open();
    same("after clear()", [await last.list(), await last.loadJournal()], [[], undefined]);
    await last.close?.();
  },
  "keeps what it was given, although its owner reuses the memory at once": async (open) => {
    const store = open();
    const memory = bytesOf("first");
    const kept = store.put(0, memory);
    memory.fill(0);
    await kept;
    same("the chunk", textOf(await store.get(0)), "first");
    await store.clear();
    await store.close?.();
  },
};
