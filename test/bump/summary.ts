/** The parts of what `spec:bump` prints. */
export interface Summary {
  readonly title: string;
  readonly changes: readonly string[];
  readonly written: readonly string[];
  /** What a person may decide. */
  readonly notes: readonly string[];
  /** Files of handwritten code that no longer compiles. */
  readonly broken: readonly string[];
  /** How many more there are. */
  readonly brokenMore: number;
}

const MORE = /^and (\d+) more files?:/;

export function readSummary(text: string): Summary {
  const [title = "", ...sections] = text.split("\n\n");
  const itemsOf = (name: string): string[] => {
    const items = sections[sections.indexOf(`${name}:`) + 1] ?? "";
    return sections.includes(`${name}:`)
      ? items
          .split("\n")
          .filter(Boolean)
          .map((line) => line.slice(2))
      : [];
  };
  const broken = itemsOf("Handwritten code that no longer compiles");
  return {
    title,
    changes: itemsOf("Changes"),
    written: itemsOf("Written"),
    notes: itemsOf("For a person to decide"),
    broken: broken.filter((line) => !MORE.test(line)).map((line) => line.replace(/:.*/, "")),
    brokenMore: Number(MORE.exec(broken.at(-1) ?? "")?.[1] ?? 0),
  };
}
