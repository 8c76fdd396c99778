import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { generateFiles } from "../emit/generate.ts";
import { bundledFile, loadSpec } from "../spec/effective.ts";
import { objectAt, textAt } from "../spec/json.ts";
import { readOperations } from "../spec/model.ts";
import { parseSource, type Source } from "../spec/source.ts";
import type { Spec } from "../spec/spec.ts";
import { compareEffective } from "./compare.ts";
import { type OverlayText, readOverlays, rebaseOverlays } from "./rebase.ts";
import type { ClassifiedChange } from "./rules.ts";

/** A new description, understood: what differs, which overlays fit it, and what is generated from both. */
export interface Plan {
  readonly before: Spec;
  readonly after: Spec;
  readonly versions: { readonly from: string; readonly to: string };
  readonly changes: readonly ClassifiedChange[];
  /** `openapi/` and `generated/` as they will be; undefined is a file to remove. */
  readonly files: ReadonlyMap<string, string | undefined>;
  /** What a person may want to decide. */
  readonly notes: readonly string[];
}

/** Works out a bump without writing anything; stops where a person has to change something first. */
export async function planBump(root: string, source: Source, text: string): Promise<Plan> {
  const before = loadSpec(root);
  const old = parseSource(bundledFile, readFileSync(join(root, bundledFile), "utf8"));
  const written = readOverlays(root);
  const { spec: after, overlays, notes } = rebaseOverlays(old, source, written);
  const [changes, files] = await Promise.all([
    compareEffective(before, after),
    generateFor(text, after, overlays),
  ]);
  for (const { name } of written) if (!files.has(name)) files.set(name, undefined);
  return {
    before,
    after,
    versions: { from: versionOf(before), to: versionOf(after) },
    changes,
    files,
    notes: [...notes, ...gaps(before, after)],
  };
}

/** Generates in a folder of its own; the new description, the overlays that still act, and all that follows from them. */
async function generateFor(
  text: string,
  spec: Spec,
  overlays: readonly OverlayText[],
): Promise<Map<string, string | undefined>> {
  const folder = mkdtempSync(join(tmpdir(), "bump-"));
  try {
    const acting = overlays.filter(
      (each) => parseSource(each.name, each.text).find(["actions", 0]).depth === 2,
    );
    const inputs = [[bundledFile, text], ...acting.map((each) => [each.name, each.text])] as const;
    mkdirSync(join(folder, "openapi/overlays"), { recursive: true });
    for (const [file = "", content = ""] of inputs) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), content);
    }
    // From the description as it was given, so that what is wrong with it is said of the file that a person has.
    const generated = await generateFiles(folder, spec);
    return new Map([...inputs.map(([file = "", content]) => [file, content] as const), ...generated]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** New operations work under their tag and id; a nicer name is a wish, not a need. */
function gaps(before: Spec, after: Spec): string[] {
  const known = new Set(readOperations(before).map(({ id }) => id));
  const paths = objectAt(after.document, "paths");
  return readOperations(after)
    .filter(({ id }) => !known.has(id))
    .filter(
      ({ path, method }) =>
        textAt(objectAt(objectAt(paths, path), method.toLowerCase()), "x-sdk-name") === undefined,
    )
    .map(({ id, name }) => `new operation \`${id}\` is reachable as \`${name}\`; add a name if you like`);
}

function versionOf({ document }: Spec): string {
  return textAt(objectAt(document, "info"), "version") ?? "unknown";
}
