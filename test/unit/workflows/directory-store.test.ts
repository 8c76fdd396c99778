import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { HeidiArgumentError, HeidiUploadError, type RecordingStore } from "heidi-health-sdk";
import { directoryStore } from "heidi-health-sdk/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { storeContract } from "../../store-contract.ts";
import { chunkOf, RecordingServer } from "./recording-support.ts";

let parent: string;
let path: string;
let store: RecordingStore;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "heidi-spool-"));
  path = join(parent, "canary-karen");
  store = directoryStore(path);
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const modeOf = async (name: string): Promise<number> => (await stat(name)).mode & 0o777;

describe("a spool directory", () => {
  it("is made when it is used, for this user alone, and is gone with its recording", async () => {
    expect(await readdir(parent)).toEqual([]);
    const server = new RecordingServer();
    server.react = (step) => (step === "transcribe" ? new Promise(() => undefined) : undefined);
    const recording = await server.start({ store });
    await recording.append(chunkOf("a"));
    expect((await readdir(path)).sort()).toEqual(["chunk-000000", "journal.json"]);
    expect(await modeOf(path)).toBe(0o700);
    expect(await modeOf(join(path, "chunk-000000"))).toBe(0o600);
    expect(await modeOf(join(path, "journal.json"))).toBe(0o600);
    await recording.abort();
    server.react = () => undefined;
    const next = await server.start({ store: directoryStore(pathToFileURL(path)) });
    expect(await next.finish()).toMatchObject({ chunks: 1 });
    expect(await readdir(parent)).toEqual([]);
  });

  it("gives back what it was given, in place of what was there, and forgets what it is told to", async () => {
    expect(await store.loadJournal()).toBeUndefined();
    expect(await store.list()).toEqual([]);
    expect(await store.get(3)).toBeUndefined();
    await store.put(3, chunkOf("old"));
    await store.put(3, chunkOf("new"));
    await store.put(1_234_567, chunkOf("far"));
    await store.saveJournal("one");
    await store.saveJournal("two");
    expect(Buffer.from((await store.get(3)) ?? []).toString()).toBe("OggSnew");
    expect([...(await store.list())].sort((a, b) => a - b)).toEqual([3, 1_234_567]);
    expect(await store.loadJournal()).toBe("two");
    await store.delete(3);
    await store.delete(3);
    expect(await store.list()).toEqual([1_234_567]);
    await store.clear();
    await store.clear();
    expect(await readdir(parent)).toEqual([]);
  });

  it("[R2] keeps what it was given, although its owner uses the memory again at once", async () => {
    const memory = Buffer.from(chunkOf("first"));
    const kept = store.put(0, memory);
    memory.fill(0);
    await kept;
    expect(Buffer.from((await store.get(0)) ?? []).toString()).toBe("OggSfirst");
  });

  it.each(Object.entries(storeContract))("%s", async (_, check) => {
    await check(() => directoryStore(path));
  });

  it("removes what a crash left half written, and leaves alone what is not its own", async () => {
    await store.put(0, chunkOf("a"));
    const half = `chunk-000001.${"ab".repeat(8)}.part`;
    await writeFile(join(path, half), "OggSha");
    await writeFile(join(path, "notes.txt"), "mine");
    expect(await store.list()).toEqual([0]);
    expect((await readdir(path)).sort()).toEqual(["chunk-000000", "notes.txt"]);
    await store.clear();
    expect(await readdir(path)).toEqual(["notes.txt"]);
  });

  it("is refused when other users may write to it", async () => {
    await mkdir(path);
    await chmod(path, 0o777);
    await expect(store.put(0, chunkOf("a"))).rejects.toMatchObject({
      message: expect.stringContaining("0700"),
    });
    expect(await readdir(path)).toEqual([]);
  });

  it("says what the system refused with, and not where", async () => {
    await writeFile(path, "a file in its place");
    const calls = [() => store.put(0, chunkOf("a")), () => store.list(), () => store.loadJournal()];
    for (const call of [...calls, () => store.clear()]) {
      const error = await (call() as Promise<unknown>).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(HeidiUploadError);
      expect(
        inspect(error, { depth: Infinity, showHidden: true }).replaceAll(/^ +at .*$/gm, ""),
      ).not.toContain("karen");
    }
  });

  it.each([[""], ["a\0b"], [undefined], [42], [new URL("https://clinic.example/spool")]])(
    "is not made of %s",
    (bad) => {
      expect(() => directoryStore(bad as string)).toThrow(HeidiArgumentError);
    },
  );
});
