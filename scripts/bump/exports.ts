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
  const names = [...new Set([...kept, ...come])].sort((a, b) => (a < b ? -1 : 1));
  if (names.length === 0) return rest;
  const flat = `export type { ${names.join(", ")} } from "${file}";`;
  const long = `export type {\n${names.map((name) => `  ${name},\n`).join("")}} from "${file}";`;
  return entry.replace(block.whole, flat.length <= 110 ? flat : long);
}
