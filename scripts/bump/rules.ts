/** The impact of a change on users, in semantic versioning. */
export type Impact = "major" | "minor" | "patch";

export function highest(impacts: readonly Impact[]): Impact | undefined {
  if (impacts.includes("major")) return "major";
  return impacts.includes("minor") ? "minor" : impacts[0];
}

/** Returns the version bump for an impact. Below 1.0 a breaking change is minor, as npm's `^0.x` ranges expect. */
export function bumpFor(impact: Impact, version: string): Impact {
  return impact === "major" && version.startsWith("0.") ? "minor" : impact;
}

/** One user-visible difference between two versions of the API; `kind` is its row of the rule table. */
export interface Change {
  readonly kind: ChangeKind;
  /** The changed operation or field, as a user names it: `documents.generate`, `ContextDocument.status`. */
  readonly subject: string;
  /** The part of the subject: a parameter, property, value, media type or status. */
  readonly part?: string;
  readonly from?: string;
  readonly to?: string;
}

/** A change with its impact and sentence from the rule table. */
export interface ClassifiedChange extends Change {
  readonly impact: Impact;
  readonly sentence: string;
}

export function classify(change: Change): ClassifiedChange {
  const rule = RULES[change.kind];
  return { ...change, impact: rule.impact, sentence: rule.say(change) };
}

const ORDER: readonly Impact[] = ["major", "minor", "patch"];

/** Classifies the changes, breaking ones first; merges changes with the same sentence under the highest impact. */
export function classifyAll(changes: readonly Change[]): ClassifiedChange[] {
  const bySentence = new Map<string, ClassifiedChange>();
  for (const change of changes.map(classify)) {
    const same = bySentence.get(change.sentence);
    if (!same || ORDER.indexOf(change.impact) < ORDER.indexOf(same.impact))
      bySentence.set(change.sentence, change);
  }
  return [...bySentence.values()].sort(
    (a, b) => ORDER.indexOf(a.impact) - ORDER.indexOf(b.impact) || (a.sentence < b.sentence ? -1 : 1),
  );
}

export function impactOf(changes: readonly ClassifiedChange[]): Impact | undefined {
  return highest(changes.map(({ impact }) => impact));
}

/** The rows of the rule table. */
export type ChangeKind =
  | "operation-removed"
  | "operation-moved"
  | "operation-renamed"
  | "method-renamed"
  | "operation-added"
  | "operation-deprecated"
  | "operation-restored"
  | "authorisation-changed"
  | "arguments-shifted"
  | "types-broken"
  | "parameter-required"
  | "parameter-optional"
  | "parameter-added"
  | "parameter-removed"
  | "parameter-deprecated"
  | "request-required"
  | "request-optional"
  | "request-property-added"
  | "request-property-removed"
  | "request-narrowed"
  | "request-widened"
  | "request-tightened"
  | "request-loosened"
  | "request-value-added"
  | "request-value-removed"
  | "request-media-added"
  | "request-media-removed"
  | "response-property-added"
  | "response-property-removed"
  | "response-optional"
  | "response-required"
  | "response-retyped"
  | "response-narrowed"
  | "response-constrained"
  | "response-value-added"
  | "response-value-removed"
  | "response-kind-changed"
  | "response-media-added"
  | "response-media-removed"
  | "response-code-added"
  | "response-code-removed"
  | "success-code-removed"
  | "property-deprecated"
  | "schema-added"
  | "schema-removed"
  | "schema-renamed"
  | "server-changed"
  | "other-breaking"
  | "other-compatible"
  | "texts-changed";

export interface BumpRule {
  readonly impact: Impact;
  /** The sentence of the changelog. */
  readonly say: (change: Said) => string;
}

type Said = Omit<Change, "kind">;

const name = ({ subject, part }: Said): string => (part === undefined ? subject : `${subject}.${part}`);
const major = (say: BumpRule["say"]): BumpRule => ({ impact: "major", say });
const minor = (say: BumpRule["say"]): BumpRule => ({ impact: "minor", say });
const patch = (say: BumpRule["say"]): BumpRule => ({ impact: "patch", say });

const remove = (change: Said): string => `Remove \`${name(change)}\``;
const removePart = ({ subject, part }: Said): string => `Remove \`${part}\` from \`${subject}\``;
const add = (change: Said): string => `Add \`${name(change)}\``;
const addPart = ({ subject, part }: Said): string => `Add \`${part}\` to \`${subject}\``;
const rename = ({ from, to }: Said): string => `Rename \`${from}\` to \`${to}\``;
const nowRequired = ({ subject, part }: Said): string => `\`${part}\` is now required on \`${subject}\``;
const nowOptional = ({ subject, part }: Said): string => `\`${part}\` is now optional on \`${subject}\``;
const addValue = ({ subject, part }: Said): string => `Add value \`${part}\` to \`${subject}\``;
const removeValue = ({ subject, part }: Said): string => `Remove value \`${part}\` from \`${subject}\``;
const retype = ({ subject, from, to }: Said): string =>
  `Change the type of \`${subject}\` from ${from} to ${to}`;
const constrain = ({ subject, part, from, to }: Said): string =>
  `Change \`${part}\` of \`${subject}\` from ${from} to ${to}`;
const deprecate = (change: Said): string => `Deprecate \`${name(change)}\``;

/** The rule table of the bump: the impact of each kind of change, and its sentence in the changelog. */
export const RULES: Readonly<Record<ChangeKind, BumpRule>> = {
  "operation-removed": major(remove),
  "operation-moved": major(({ subject, from, to }) => `Move \`${subject}\` from \`${from}\` to \`${to}\``),
  "operation-renamed": major(({ from, to }) => `Rename operation \`${from}\` to \`${to}\``),
  "method-renamed": major(rename),
  "operation-added": minor(add),
  "operation-deprecated": minor(deprecate),
  "operation-restored": patch(({ subject }) => `\`${subject}\` is no longer deprecated`),
  "authorisation-changed": major(
    ({ subject, from, to }) => `Change the authorisation of \`${subject}\` from ${from} to ${to}`,
  ),
  "arguments-shifted": major(
    ({ subject, part }) => `\`${subject}\` now takes \`${part}\` before its other arguments`,
  ),
  "types-broken": major(({ subject }) => `Code that calls \`${subject}\` may no longer compile`),

  "parameter-required": major(nowRequired),
  "parameter-optional": minor(nowOptional),
  "parameter-added": minor(addPart),
  "parameter-removed": major(removePart),
  "parameter-deprecated": minor(deprecate),

  "request-required": major(nowRequired),
  "request-optional": minor(nowOptional),
  "request-property-added": minor(addPart),
  "request-property-removed": major(removePart),
  "request-narrowed": major(retype),
  "request-widened": minor(retype),
  "request-tightened": major(constrain),
  "request-loosened": minor(constrain),
  "request-value-added": minor(addValue),
  "request-value-removed": major(removeValue),
  "request-media-added": minor(addPart),
  "request-media-removed": major(removePart),

  "response-property-added": minor(addPart),
  "response-property-removed": major(removePart),
  "response-optional": major(nowOptional),
  "response-required": patch(({ subject, part }) => `\`${part}\` is now always in \`${subject}\``),
  "response-retyped": major(retype),
  "response-narrowed": patch(retype),
  "response-constrained": patch(constrain),
  "response-value-added": minor(addValue),
  "response-value-removed": patch(removeValue),
  "response-kind-changed": major(
    ({ subject, from, to }) => `Change the answer of \`${subject}\` from ${from} to ${to}`,
  ),
  "response-media-added": minor(addPart),
  "response-media-removed": major(removePart),
  "response-code-added": minor(({ subject, part }) => `Add status ${part} to \`${subject}\``),
  "response-code-removed": patch(({ subject, part }) => `Remove status ${part} from \`${subject}\``),
  "success-code-removed": major(({ subject, part }) => `Remove status ${part} from \`${subject}\``),

  "property-deprecated": minor(deprecate),
  "schema-added": minor(({ subject }) => `Add type \`${subject}\``),
  "schema-removed": major(({ subject }) => `Remove type \`${subject}\``),
  "schema-renamed": major(({ from, to }) => `Rename type \`${from}\` to \`${to}\``),

  "server-changed": major(() => "Change the default address of the API"),
  "other-breaking": major(({ subject }) => subject),
  "other-compatible": minor(({ subject }) => subject),
  "texts-changed": patch(() => "Update descriptions and examples"),
};
