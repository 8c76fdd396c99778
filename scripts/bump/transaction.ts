import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Replaces (or with undefined removes) files under `root`, all or none: everything is written beside its place first,
 * and whatever fails afterwards puts back what was there.
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
