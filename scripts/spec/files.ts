import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Writes what differs, removes what is no longer generated, and returns the names of both. */
export function writeFiles(root: string, files: ReadonlyMap<string, string>): string[] {
  const changed = [...files].filter(([file, text]) => read(root, file) !== text);
  for (const [file, text] of changed) {
    mkdirSync(dirname(`${root}/${file}`), { recursive: true });
    writeFileSync(`${root}/${file}`, text);
  }
  const stale = staleFiles(root, files);
  for (const file of stale) rmSync(`${root}/${file}`);
  return [...changed.map(([file]) => file), ...stale.map((file) => `${file} (removed)`)];
}

/** A readable report for every file that is not what the generator writes. */
export function findDrift(root: string, files: ReadonlyMap<string, string>): string[] {
  const differing = [...files].flatMap(([file, wanted]) => {
    const found = read(root, file);
    if (found === wanted) return [];
    return [found === undefined ? `${file} is missing.` : describe(file, found, wanted)];
  });
  return [
    ...differing,
    ...staleFiles(root, files).map((file) => `${file} is not generated from anything: delete it.`),
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

function read(root: string, file: string): string | undefined {
  try {
    return readFileSync(`${root}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}
