import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Writes the files that differ and removes the ones no longer generated, all or none; returns the names of both. */
export function writeFiles(root: string, files: ReadonlyMap<string, string>): string[] {
  const stale = staleFiles(root, files).map((file) => [file, undefined] as const);
  const changed = replaceFiles(root, new Map([...files, ...stale]));
  return changed.map((file) => (files.has(file) ? file : `${file} (removed)`));
}

/** Returns a readable report for every file that differs from the generated one. */
export function findDrift(root: string, files: ReadonlyMap<string, string>): string[] {
  const differing = [...files].flatMap(([file, wanted]) => {
    const found = readIfThere(join(root, file));
    if (found === wanted) return [];
    return [found === undefined ? `${file} is missing.` : describe(file, found, wanted)];
  });
  return [
    ...differing,
    ...staleFiles(root, files).map((file) => `${file} is no longer generated: delete it.`),
  ];
}

function describe(file: string, found: string, wanted: string): string {
  const before = found.split("\n");
  const after = wanted.split("\n");
  const first = after.findIndex((line, index) => line !== before[index]);
  const at = first === -1 ? after.length : first;
  const shared = sharedTail(before.slice(at), after.slice(at));
  const removed = before.slice(at, before.length - shared);
  const added = after.slice(at, after.length - shared);
  return [`${file} differs from line ${at + 1}:`, ...excerpt("-", removed), ...excerpt("+", added)].join(
    "\n",
  );
}

function sharedTail(a: readonly string[], b: readonly string[]): number {
  const longest = Math.min(a.length, b.length);
  for (let count = 0; count < longest; count += 1) if (a.at(-1 - count) !== b.at(-1 - count)) return count;
  return longest;
}

function excerpt(sign: string, lines: readonly string[]): string[] {
  const shown = lines.slice(0, 6).map((line) => `  ${sign} ${line}`);
  return lines.length > 6 ? [...shown, `  ${sign} … and ${lines.length - 6} more lines`] : shown;
}

function staleFiles(root: string, files: ReadonlyMap<string, string>): string[] {
  return listGenerated(root).filter((file) => !files.has(file));
}

function listGenerated(root: string): string[] {
  try {
    return readdirSync(`${root}/generated`).map((name) => `generated/${name}`);
  } catch {
    return [];
  }
}

/**
 * Replaces files under `root` (undefined removes one), all or none: writes temporary files first, and restores the
 * originals when a later step fails. Returns the names of the files that changed.
 */
export function replaceFiles(root: string, files: ReadonlyMap<string, string | undefined>): string[] {
  const changed = [...files].filter(([file, text]) => readIfThere(join(root, file)) !== text);
  const staged = new Map<string, string>();
  const undo: (() => void)[] = [];
  try {
    for (const [file, text] of changed) {
      if (text === undefined) continue;
      const place = join(root, file);
      mkdirSync(dirname(place), { recursive: true });
      const beside = `${place}.${process.pid}.tmp`;
      staged.set(file, beside);
      writeFileSync(beside, text);
    }
    for (const [file] of changed) {
      const place = join(root, file);
      const before = readIfThere(place);
      const beside = staged.get(file);
      if (beside === undefined) rmSync(place);
      else renameSync(beside, place);
      undo.push(() => (before === undefined ? rmSync(place) : writeFileSync(place, before)));
    }
  } catch (error) {
    for (const step of undo.toReversed()) step();
    throw error;
  } finally {
    for (const beside of staged.values()) rmSync(beside, { force: true });
  }
  return changed.map(([file]) => file);
}

function readIfThere(place: string): string | undefined {
  return existsSync(place) ? readFileSync(place, "utf8") : undefined;
}
