/** A list of more choices than this is left out of a message. */
const MAX_LISTED = 12;
/** A pasted word can have any length; no name is longer than this. */
const MAX_LENGTH = 100;
const MAX_EDITS = 2;
/** A single letter begins too many names. */
const MIN_PREFIX = 2;

const plain = (word: string): string => word.toLowerCase().replaceAll("_", "-");
const asWritten = (name: string): string => name;

/**
 * Returns ` Did you mean …?` with the candidate that is near to a mistyped word, or an empty text when none is. Near is a
 * candidate that begins with the word, or that at most two edits turn into it, and at most one edit for three letters.
 *
 * @param write returns a candidate as it is to be shown, such as `--json`.
 */
export function didYouMean(
  word: string,
  candidates: readonly string[],
  write: (candidate: string) => string = asWritten,
): string {
  const nearest = nearestOf(word, candidates);
  return nearest === undefined ? "" : ` Did you mean ${write(nearest)}?`;
}

/** Returns the suggestion; without one, the choices after the words of `intro` when they are few. */
export function suggestOrList(
  word: string,
  choices: readonly string[],
  intro: string,
  write: (choice: string) => string = asWritten,
): string {
  const suggestion = didYouMean(word, choices, write);
  if (suggestion !== "" || choices.length === 0 || choices.length > MAX_LISTED) return suggestion;
  return ` ${intro} ${choices.map(write).join(", ")}.`;
}

function nearestOf(word: string, candidates: readonly string[]): string | undefined {
  const given = plain(word);
  if (given.length > MAX_LENGTH) return undefined;
  const limit = Math.min(MAX_EDITS, Math.floor(given.length / 3));
  let best: { readonly candidate: string; readonly edits: number; readonly isNear: boolean } | undefined;
  for (const candidate of candidates) {
    const name = plain(candidate);
    const edits = editsBetween(given, name);
    const isNear = edits <= limit;
    const isPrefix = given.length >= MIN_PREFIX && name.startsWith(given);
    if (!isNear && !isPrefix) continue;
    // A typing error comes before the beginning of a longer name.
    const isBetter = best === undefined || (isNear === best.isNear ? edits < best.edits : isNear);
    if (isBetter) best = { candidate, edits, isNear };
  }
  return best?.candidate;
}

/** Returns the number of characters to add, remove, replace or swap with their neighbour (Damerau-Levenshtein). */
function editsBetween(one: string, other: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 1; at <= one.length; at += 1) {
    const next = [at];
    for (let to = 1; to <= other.length; to += 1) {
      const isSame = one[at - 1] === other[to - 1];
      const isSwapped = at > 1 && to > 1 && one[at - 1] === other[to - 2] && one[at - 2] === other[to - 1];
      next.push(
        Math.min(
          (row[to - 1] ?? 0) + (isSame ? 0 : 1),
          (row[to] ?? 0) + 1,
          (next[to - 1] ?? 0) + 1,
          isSwapped ? (before[to - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    before = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}
