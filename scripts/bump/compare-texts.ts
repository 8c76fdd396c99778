import { readFileSync } from "node:fs";
import { overlayFiles, projectRoot } from "../spec/effective.ts";
import { parseSource } from "../spec/source.ts";
import { type Spec, trySpec } from "../spec/spec.ts";
import { validate } from "../spec/validate.ts";
import { type RatedChange, rateAll } from "./change.ts";
import { compareSpecs } from "./compare.ts";
import { otherChanges } from "./others.ts";
import { findMoves, followMoves, type OverlayText } from "./overlays.ts";
import { redoclyChanges } from "./redocly.ts";

/** The project's overlays, as they are on disk. */
export function readOverlays(root: string): OverlayText[] {
  return overlayFiles(root).map((name) => ({ name, text: readFileSync(`${root}/${name}`, "utf8") }));
}

/** Our comparison and redocly's, rated by the rule table. */
export async function compareEffective(before: Spec, after: Spec): Promise<RatedChange[]> {
  const ours = compareSpecs(before, after);
  const others = otherChanges(await redoclyChanges(before.document, after.document), ours);
  const isOnlyTexts = ours.every(({ kind }) => kind === "texts-changed");
  return rateAll(isOnlyTexts && others.length > 0 ? others : [...ours, ...others]);
}

/** `spec:diff`: two descriptions, each with the overlays as far as they fit it. */
export async function compareTexts(
  before: { readonly name: string; readonly text: string },
  after: { readonly name: string; readonly text: string },
  root: string = projectRoot,
): Promise<RatedChange[]> {
  const old = parseSource(before.name, before.text);
  const now = parseSource(after.name, after.text);
  const overlays = readOverlays(root);
  const moved = followMoves(overlays, findMoves(old.value, now.value));
  const effective = (source: typeof old, texts: readonly OverlayText[]): Spec => {
    validate({ document: source.value, locate: (pointer) => `${source.name}:${source.find(pointer).line}` });
    const { spec } = trySpec(
      source,
      texts.map(({ name, text }) => parseSource(name, text)),
    );
    validate(spec);
    return spec;
  };
  return compareEffective(effective(old, overlays), effective(now, moved));
}
