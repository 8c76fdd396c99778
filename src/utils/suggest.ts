/** Returns the candidate with the fewest edits; undefined without candidates. */
export function suggestSimilar(word: string, candidates: readonly string[]): string | undefined {
  // A pasted word can have any length; no name is longer than this.
  const given = word.slice(0, 100).toLowerCase();
  let best: { readonly candidate: string; readonly edits: number } | undefined;
  for (const candidate of candidates) {
    const name = candidate.toLowerCase();
    // A part of a name is closer to it than another, short name.
    const isPart = given.length > 2 && name.includes(given);
    const edits = editsBetween(given, name) / (isPart ? 10 : 1);
    if (best === undefined || edits < best.edits) best = { candidate, edits };
  }
  return best?.candidate;
}

/** Returns the number of characters to add, remove or replace (Levenshtein). */
function editsBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 1; at <= one.length; at += 1) {
    const next = [at];
    for (let to = 1; to <= other.length; to += 1) {
      const replaced = (row[to - 1] ?? 0) + (one[at - 1] === other[to - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
