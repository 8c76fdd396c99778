/** One option of a command, for the parser and for the help. */
export interface FlagSpec {
  readonly type: "string" | "boolean";
  readonly multiple?: true;
  /** The placeholder for the value in the help, such as `<file>`. */
  readonly value?: string;
  /** The values that the option accepts, for completion. */
  readonly choices?: readonly string[];
  readonly description?: string;
  /** The reason why this option is rejected; such an option is not shown in the help. */
  readonly forbidden?: string;
}

export type FlagTable = Readonly<Record<string, FlagSpec>>;

/** The parts of a command's help, in the order in which they are printed. */
export interface Help {
  /** The command's name and a one-line summary. */
  readonly title: string;
  readonly usage: string;
  /** The first argument, for completion: a file, or one of these. */
  readonly positional?: "file" | readonly string[];
  readonly examples: readonly string[];
  /** The options, grouped by heading. */
  readonly options: Readonly<Record<string, FlagTable>>;
  /** Lines at the end of the help. */
  readonly notes?: readonly string[];
}

const WIDTH = 28;

/** Returns the help text as printed. */
export function formatHelp({ title, usage, examples, options, notes = [] }: Help): string {
  const parts = [
    title,
    `  ${usage}`,
    ["Example:", ...examples.map((line) => `  ${line}`)].join("\n"),
    ...Object.entries(options).map(([heading, table]) => [`${heading}:`, ...formatFlags(table)].join("\n")),
    ...(notes.length > 0 ? [notes.join("\n")] : []),
  ];
  return parts.join("\n\n");
}

function formatFlags(table: FlagTable): string[] {
  return Object.entries(table).flatMap(([name, { value, description = "", forbidden }]) => {
    if (forbidden !== undefined) return [];
    const left = `  --${name}${value === undefined ? "" : ` ${value}`}`;
    const [first = "", ...rest] = description.split("\n");
    const lines = rest.map((line) => `${" ".repeat(WIDTH)}${line}`);
    return left.length < WIDTH
      ? [`${left.padEnd(WIDTH)}${first}`, ...lines]
      : [left, `${" ".repeat(WIDTH)}${first}`, ...lines];
  });
}
