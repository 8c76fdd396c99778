import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { generateFiles } from "../emit/generate.ts";
import { findUndescribed } from "../spec/descriptions.ts";
import { bundledFile, loadSpec } from "../spec/effective.ts";
import { objectAt, textAt } from "../spec/json.ts";
import { readOperations } from "../spec/model.ts";
import { parseSource, type Source } from "../spec/source.ts";
import type { Spec } from "../spec/spec.ts";
import { compareEffective } from "./compare.ts";
import { type OverlayText, readOverlays, rebaseOverlays } from "./rebase.ts";
import type { ClassifiedChange } from "./rules.ts";

/** The plan of a bump: the changes, the rebased overlays and the files generated from both. */
export interface Plan {
  readonly before: Spec;
  readonly after: Spec;
  readonly versions: { readonly from: string; readonly to: string };
  readonly changes: readonly ClassifiedChange[];
  /** `openapi/` and `generated/` after the bump; undefined removes the file. */
  readonly files: ReadonlyMap<string, string | undefined>;
  /** Decisions that a maintainer may want to make. */
  readonly notes: readonly string[];
}

/** Plans a bump without writing anything; throws when a maintainer must change something first. */
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
    notes: [...notes, ...gaps(before, after), ...undescribed(before, after)],
  };
}

/** Generates in a temporary folder: the new description, the overlays that still have actions, and the generated files. */
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
    // From the original text, so that problems are reported with the lines of the maintainer's file.
    const generated = await generateFiles(folder, spec);
    return new Map([...inputs.map(([file = "", content]) => [file, content] as const), ...generated]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns a note for each new operation without an x-sdk-name: it works under its tag and id. */
function gaps(before: Spec, after: Spec): string[] {
  const known = new Set(readOperations(before).map(({ id }) => id));
  const paths = objectAt(after.document, "paths");
  return readOperations(after)
    .filter(({ id }) => !known.has(id))
    .filter(
      ({ path, method }) =>
        textAt(objectAt(objectAt(paths, path), method.toLowerCase()), "x-sdk-name") === undefined,
    )
    .map(
      ({ id, name }) =>
        `new operation \`${id}\` is available as \`${name}\`; set x-sdk-name in an overlay to rename it`,
    );
}

/** Returns a note when the new description has something that a caller chooses and that it does not explain. */
function undescribed(before: Spec, after: Spec): string[] {
  const known = new Set(findUndescribed(before.document, readOperations(before)));
  const names = findUndescribed(after.document, readOperations(after)).filter((name) => !known.has(name));
  if (names.length === 0) return [];
  const listed = names.slice(0, 3).map((name) => `\`${name}\``);
  const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
  return [`editors show no text for ${listed.join(", ")}${more}: describe it in an overlay`];
}

function versionOf({ document }: Spec): string {
  return textAt(objectAt(document, "info"), "version") ?? "unknown";
}
