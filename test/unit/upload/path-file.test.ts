import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { fileFromPath } from "../../../src/node.ts";
import type { OpenOptions } from "../../../src/upload/types.ts";
import {
  audio,
  collect,
  createScratch,
  failure,
  iterate,
  openDescriptors,
  parse,
  partOf,
  sha256,
} from "./support.ts";

const scratch = createScratch();
afterAll(() => scratch.remove());

const MODES: readonly OpenOptions[] = [{ recycle: false }, { recycle: true }];
const LARGE = Buffer.alloc(5 * 1024 * 1024 + 777, "0123456789abcdef-");

function create(name: string, content: string | Buffer = LARGE): string {
  const path = scratch.path(name);
  writeFileSync(path, content);
  // A file that was finished a while ago, so that any write moves its time.
  utimesSync(path, 1_700_000_000, 1_700_000_000);
  return path;
}

describe("a file on disk", () => {
  it.each(MODES)("arrives whole, block by block %j", async (mode) => {
    for (const size of [1, 4096, 65_536, 1024 * 1024 - 1, 1024 * 1024, 1024 * 1024 + 1, LARGE.byteLength]) {
      const body = await audio(fileFromPath(create("sized.mp3", LARGE.subarray(0, size))));
      const bytes = await collect(body, mode);
      expect(bytes.byteLength).toBe(body.sizeBytes);
      const start = bytes.indexOf("\r\n\r\n") + 4;
      expect(sha256(bytes.subarray(start, start + size))).toBe(sha256(LARGE.subarray(0, size)));
    }
  });

  it("takes a file URL, and gives its name and type", async () => {
    const body = await audio(fileFromPath(pathToFileURL(create("visit one.ogg", "x"))));
    expect(await partOf(body)).toMatchObject({ filename: "visit one.ogg", contentType: "audio/ogg" });
    const other = await audio(fileFromPath(create("a.bin", "fLaC"), { filename: "b", contentType: "" }));
    expect(await partOf(other)).toMatchObject({ filename: "b", contentType: "audio/flac" });
    const wrapped = await audio({
      data: fileFromPath(create("c.bin", "x")),
      filename: "d.mp3",
      contentType: "audio/mp4",
    });
    expect(await partOf(wrapped)).toMatchObject({ filename: "d.mp3", contentType: "audio/mp4" });
  });

  it.each([
    ["", "empty"],
    ["a\0b", "NUL"],
    [undefined, "missing"],
    [7, "a number"],
    [new URL("https://host/visit.mp3"), "scheme"],
    [new URL("file://host/visit.mp3"), "host"],
  ])("%j is no path", (path, reason) => {
    // Some of these are what callers without types give.
    expect(() => fileFromPath(path as string)).toThrow(
      expect.objectContaining({ argument: "path", message: expect.stringContaining(reason) }),
    );
  });

  it("an unusable type is refused at once [D15]", () => {
    expect(() => fileFromPath("x.mp3", { contentType: "a\r\nb" })).toThrow(
      expect.objectContaining({ argument: "contentType" }),
    );
  });

  it("shows nothing of itself", () => {
    const handle = fileFromPath("/secret/Jane Doe.mp3");
    expect(inspect(handle, { showHidden: true, depth: 9 }) + JSON.stringify(handle)).not.toContain("Jane");
  });

  it("is read by two uploads at once and again by a second attempt [D16]", async () => {
    const handle = fileFromPath(create("shared.mp3"));
    const body = await audio(handle);
    const all = await Promise.all([parse(body), audio(handle).then(parse)]);
    all.push(await parse(body));
    expect(new Set(all.map(([part]) => sha256(part?.content ?? new Uint8Array()))).size).toBe(1);
  });
});

describe("a path that cannot be uploaded is refused before any request [D1]", () => {
  const before = openDescriptors();
  const refused = async (path: string, expected: object): Promise<void> => {
    const error = await failure(audio(fileFromPath(path)));
    expect(error).toMatchObject({ name: "HeidiUploadError", outcome: "not-sent", attempts: 0, ...expected });
    expect(
      inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }).replace(/ at .*/g, ""),
    ).not.toContain("Jane");
    expect(openDescriptors()).toBe(before);
  };

  it("a missing file", () =>
    refused(scratch.path("Jane.mp3"), { cause: { code: "ENOENT", syscall: "stat" } }));

  it("a path through a file", () =>
    refused(`${create("Jane.txt", "x")}/x.mp3`, { cause: { code: "ENOTDIR" } }));

  it("a directory", () => {
    mkdirSync(scratch.path("Jane.d"));
    return refused(scratch.path("Jane.d"), { message: expect.stringContaining("directory") });
  });

  it("an empty file", () => refused(create("Jane0.mp3", ""), { message: expect.stringContaining("empty") }));

  it.skipIf(process.platform === "win32")("a loop of links (needs POSIX)", () => {
    symlinkSync("Jane-b", scratch.path("Jane-a"));
    symlinkSync("Jane-a", scratch.path("Jane-b"));
    return refused(scratch.path("Jane-a"), { cause: { code: "ELOOP" } });
  });

  it.skipIf(process.platform === "win32")("a pipe, without waiting for its writer (needs POSIX)", () => {
    execFileSync("mkfifo", [scratch.path("Jane.fifo")]);
    return refused(scratch.path("Jane.fifo"), { message: expect.stringContaining("pipe") });
  });

  it.skipIf(process.platform === "win32")("a device (needs POSIX)", () =>
    refused("/dev/null", { message: expect.stringContaining("device") }),
  );

  it.skipIf(process.platform === "win32")("a file without permission (needs POSIX)", async () => {
    const path = create("Jane.secret.mp3", "x");
    chmodSync(scratch.path("."), 0o755);
    chmodSync(path, 0o000);
    // The superuser may read everything: be another user for a moment.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      await refused(path, { cause: { code: "EACCES" } });
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});

describe.each(MODES)("a file that changes while it is sent %j", (mode) => {
  /** Sends the first piece, changes the file, sends the rest. */
  async function changeMidway(
    path: string,
    change: () => void,
  ): Promise<{ error: unknown; sent: number; announced: number }> {
    const body = await audio(fileFromPath(path));
    const iterator = iterate(body, mode);
    let sent = 0;
    const error = await failure(
      (async () => {
        for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
          if (sent === 0) change();
          sent += next.value.byteLength;
        }
      })(),
    ).catch(() => undefined);
    return { error, sent, announced: body.sizeBytes ?? 0 };
  }

  it.each([
    ["truncated", (path: string) => truncateSync(path, 10)],
    ["grown", (path: string) => appendFileSync(path, "more")],
    ["overwritten", (path: string) => writeFileSync(path, Buffer.alloc(LARGE.byteLength, "x"))],
    ["touched", (path: string) => utimesSync(path, 1_700_000_001, 1_700_000_001)],
  ])("%s: the request never completes and nothing stays open [D2]", async (name, change) => {
    const path = create(`${name}.mp3`);
    const before = openDescriptors();
    const { error, sent, announced } = await changeMidway(path, () => change(path));
    expect(error).toMatchObject({
      name: "HeidiUploadError",
      outcome: "unknown",
      message: expect.stringContaining("changed"),
    });
    expect(sent).toBeLessThan(announced);
    await expect.poll(openDescriptors).toBe(before);
  });

  it("deleted or renamed: it is sent to its end [D3]", async () => {
    for (const remove of [unlinkSync, (path: string) => renameSync(path, `${path}.moved`)]) {
      const path = create("gone.mp3");
      const { error, sent, announced } = await changeMidway(path, () => remove(path));
      expect(error).toBeUndefined();
      expect(sent).toBe(announced);
    }
  });

  it("changed or gone between two attempts: the second one is not begun [D2]", async () => {
    const path = create("between.mp3", "one");
    const body = await audio(fileFromPath(path));
    await collect(body, mode);
    writeFileSync(path, "two");
    expect(await failure(collect(body, mode))).toMatchObject({
      outcome: "not-sent",
      message: expect.stringContaining("changed"),
    });
    unlinkSync(path);
    expect(await failure(collect(body, mode))).toMatchObject({
      outcome: "not-sent",
      cause: { code: "ENOENT" },
    });
  });
});

describe("descriptors", () => {
  it.each([0, 50, 99])("an abort at %i % leaves none open and ends at once [D7]", async (percent) => {
    const path = create("abort.mp3");
    const before = openDescriptors();
    for (const mode of MODES) {
      const body = await audio(fileFromPath(path));
      const iterator = iterate(body, mode);
      let sent = 0;
      while (sent < ((body.sizeBytes ?? 0) * percent) / 100) sent += (await iterator.next()).value.byteLength;
      const cutOff = expect(iterator.next()).rejects.toMatchObject({ name: "HeidiUploadError" });
      await iterator.return?.();
      await cutOff;
      expect(openDescriptors()).toBe(before);
    }
  });

  it("a thousand failed uploads leave none open, without the collector's help [D8]", async () => {
    const path = create("thousand.mp3", LARGE.subarray(0, 300_000));
    const before = openDescriptors();
    for (let round = 0; round < 250; round++) {
      await Promise.all(
        [0, 1, 2, 3].map(async (fault) => {
          const iterator = iterate(await audio(fileFromPath(path)), { recycle: fault % 2 === 0 });
          for (let step = 0; step < fault; step++) await iterator.next();
          await iterator.return?.();
        }),
      );
    }
    expect(openDescriptors()).toBe(before);
  });
});
