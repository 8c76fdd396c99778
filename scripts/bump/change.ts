import { highest, type Impact } from "./impact.ts";
import { type ChangeKind, RULES } from "./rules.ts";

/** One difference between two versions of the API that a user could notice; `kind` is the row of the rule table. */
export interface Change {
  readonly kind: ChangeKind;
  /** What it concerns, as a user names it: `documents.generate`, `ContextDocument.status`. */
  readonly subject: string;
  /** The part of the subject: a parameter, property, value, media type or status. */
  readonly part?: string;
  readonly from?: string;
  readonly to?: string;
}

/** A change with what the rule table says of it. */
export interface RatedChange extends Change {
  readonly impact: Impact;
  readonly sentence: string;
}

export function rate(change: Change): RatedChange {
  const rule = RULES[change.kind];
  return { ...change, impact: rule.impact, sentence: rule.say(change) };
}

const ORDER: readonly Impact[] = ["major", "minor", "patch"];

/** Rated, what breaks first; changes that read the same are one, with the highest impact. */
export function rateAll(changes: readonly Change[]): RatedChange[] {
  const bySentence = new Map<string, RatedChange>();
  for (const change of changes.map(rate)) {
    const same = bySentence.get(change.sentence);
    if (!same || ORDER.indexOf(change.impact) < ORDER.indexOf(same.impact))
      bySentence.set(change.sentence, change);
  }
  return [...bySentence.values()].sort(
    (a, b) => ORDER.indexOf(a.impact) - ORDER.indexOf(b.impact) || (a.sentence < b.sentence ? -1 : 1),
  );
}

export function impactOf(changes: readonly RatedChange[]): Impact | undefined {
  return highest(changes.map(({ impact }) => impact));
}
