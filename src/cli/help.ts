import type { OptionTable } from "./arguments.ts";

/** The help of a command, in the order in which it is read. */
export interface Help {
  /** Its name and one line about it. */
  readonly title: string;
  readonly usage: string;
  readonly examples: readonly string[];
  /** Options under a heading each. */
  readonly options: Readonly<Record<string, OptionTable>>;
  /** What else is to be known. */
  readonly notes?: readonly string[];
}

const WIDTH = 28;

/** The help as it is printed. */
export function helpOf({ title, usage, examples, options, notes = [] }: Help): string {
  const parts = [
    title,
    `  ${usage}`,
    ["Example:", ...examples.map((line) => `  ${line}`)].join("\n"),
    ...Object.entries(options).map(([heading, table]) => [`${heading}:`, ...linesOf(table)].join("\n")),
    ...(notes.length > 0 ? [notes.join("\n")] : []),
  ];
  return parts.join("\n\n");
}

function linesOf(table: OptionTable): string[] {
  return Object.entries(table).flatMap(([name, { value, about = "", refused }]) => {
    if (refused !== undefined) return [];
    const left = `  --${name}${value === undefined ? "" : ` ${value}`}`;
    const [first = "", ...rest] = about.split("\n");
    const lines = rest.map((line) => `${" ".repeat(WIDTH)}${line}`);
    return left.length < WIDTH
      ? [`${left.padEnd(WIDTH)}${first}`, ...lines]
      : [left, `${" ".repeat(WIDTH)}${first}`, ...lines];
  });
}
