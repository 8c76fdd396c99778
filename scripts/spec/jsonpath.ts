import { get, isObject, type Json, type Pointer } from "./json.ts";

/**
 * The part of JSONPath (RFC 9535) that overlays need: `$`, `.name`, `['name']`, `[0]`, `.*`, `[*]` and the filter
 * `[?@.name == 'value']` (also spelled `[?(@.name=='value')]`). Anything else is refused, never guessed.
 */
type Step = { key: string } | { index: number } | { filter: { key: string; value: string } } | "every";

const STEP =
  /^(?:\.(?<dot>[A-Za-z_$][\w$-]*)|\['(?<single>(?:[^'\\]|\\['\\])*)'\]|\["(?<double>(?:[^"\\]|\\["\\])*)"\]|\[(?<index>\d+)\]|(?<every>\.\*|\[\*\])|\[\?\(?\s*@\.(?<key>[A-Za-z_][\w-]*)\s*==\s*(?:'(?<value>[^']*)'|"(?<value2>[^"]*)")\s*\)?\])/;

/** Thrown for a path outside of the subset. */
export class UnsupportedPathError extends Error {}

export function parsePath(path: string): Step[] {
  if (!path.startsWith("$")) throw new UnsupportedPathError("a target starts with `$`");
  const steps: Step[] = [];
  let rest = path.slice(1);
  while (rest !== "") {
    const match = STEP.exec(rest);
    if (!match?.groups) {
      throw new UnsupportedPathError(
        `\`${rest}\` is not supported: use .name, ['name'], [0], .*, [*] or [?@.name == 'value']`,
      );
    }
    steps.push(stepOf(match.groups));
    rest = rest.slice(match[0].length);
  }
  return steps;
}

function stepOf(groups: Record<string, string | undefined>): Step {
  const { dot, single, double, index, every, key, value, value2 } = groups;
  if (every !== undefined) return "every";
  if (index !== undefined) return { index: Number(index) };
  if (key !== undefined) return { filter: { key, value: value ?? value2 ?? "" } };
  return { key: dot ?? (single ?? double ?? "").replace(/\\(['"\\])/g, "$1") };
}

/** The places in `root` that `path` selects, in document order. */
export function select(root: Json, path: string): Pointer[] {
  let found: { node: Json; pointer: Pointer }[] = [{ node: root, pointer: [] }];
  for (const step of parsePath(path)) {
    found = found.flatMap(({ node, pointer }) =>
      childrenOf(node)
        .filter(([key, child]) => matches(step, key, child))
        .map(([key, child]) => ({ node: child, pointer: [...pointer, key] })),
    );
  }
  return found.map(({ pointer }) => pointer);
}

function childrenOf(node: Json): [string | number, Json][] {
  if (Array.isArray(node)) return [...node.entries()];
  return isObject(node) ? Object.entries(node) : [];
}

function matches(step: Step, key: string | number, child: Json): boolean {
  if (step === "every") return true;
  if ("filter" in step) return get(child, step.filter.key) === step.filter.value;
  return "index" in step ? key === step.index : key === step.key;
}
