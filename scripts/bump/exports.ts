/** A block `export type { … } from "file"` in the text of a module. */
function blockOf(
  text: string,
  file: string,
): { readonly whole: string; readonly names: string[] } | undefined {
  const match = new RegExp(
    `export type \\{([^}]*)\\} from "${file.replaceAll(/[.*+?^$\\]/g, "\\$&")}";`,
  ).exec(text);
  if (!match) return undefined;
  return {
    whole: match[0],
    names: (match[1] ?? "")
      .split(",")
      .map((name) => name.trim())
      .filter(Boolean),
  };
}

/** The linter's order (A, a, B, b, and numbers by their size): the entry must pass it without a person's hand. */
function compareNames(a: string, b: string): number {
  const left: readonly string[] = a.match(/\d+|\D/g) ?? [];
  const right: readonly string[] = b.match(/\d+|\D/g) ?? [];
  const index = left.findIndex((part, at) => part !== right[at]);
  if (index < 0) return left.length - right.length;
  return rank(left[index]) - rank(right[index]);
}

function rank(part: string | undefined): number {
  if (part === undefined) return -2;
  const small = part.toLowerCase();
  // Every digit comes before every letter.
  return /\d/.test(part) ? -1 / (Number(part) + 1) : 2 * small.charCodeAt(0) + (part === small ? 1 : 0);
}

/** The names that a generated module exports as types. */
export function typeNames(source: string): string[] {
  return [...source.matchAll(/^export (?:type|interface) (\w+)/gm)].map((match) => match[1] ?? "");
}

/**
 * The public entry with one block of re-exports kept in step: what is no longer generated goes, what is new comes.
 * What was left out on purpose before stays out, and a name that the entry uses for something else is not taken.
 */
export function syncExports(entry: string, file: string, before: string, after: string): string {
  const block = blockOf(entry, file);
  if (!block) return entry;
  const old = typeNames(before);
  const now = typeNames(after);
  const rest = entry.replace(block.whole, "");
  const come = now.filter((name) => !old.includes(name) && !new RegExp(`\\b${name}\\b`).test(rest));
  const kept = block.names.filter((name) => now.includes(name));
  if (kept.length === block.names.length && come.every((name) => kept.includes(name))) return entry;
  const names = [...new Set([...kept, ...come])].sort(compareNames);
  if (names.length === 0) return rest;
  const flat = `export type { ${names.join(", ")} } from "${file}";`;
  const long = `export type {\n${names.map((name) => `  ${name},\n`).join("")}} from "${file}";`;
  return entry.replace(block.whole, flat.length <= 110 ? flat : long);
}
