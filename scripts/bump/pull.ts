import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { emitLock } from "../emit/lock.ts";
import { bundledFile } from "../spec/effective.ts";
import { readOverlays } from "./compare-texts.ts";
import { checkDescription } from "./description.ts";
import { replaceFiles } from "./transaction.ts";

const LOCK = "openapi/spec.lock.json";

/** Brings the description `text` into `openapi/` as it is, with its lock; returns what was written. */
export async function pull(root: string, name: string, text: string): Promise<string[]> {
  const { value } = await checkDescription(name, text);
  const folder = mkdtempSync(join(tmpdir(), "pull-"));
  try {
    mkdirSync(join(folder, "openapi/overlays"), { recursive: true });
    for (const overlay of readOverlays(root)) writeFileSync(join(folder, overlay.name), overlay.text);
    writeFileSync(join(folder, bundledFile), text);
    return replaceFiles(
      root,
      new Map([
        [bundledFile, text],
        [LOCK, emitLock(folder, value)],
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
