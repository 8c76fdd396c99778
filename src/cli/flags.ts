import { parseArgs } from "node:util";
import { nearestOf } from "../sandbox/nearest.ts";
import { UsageError } from "./command.ts";

/** One option of a command, for the parser and for the help. */
export interface OptionSpec {
  readonly type: "string" | "boolean";
  readonly multiple?: true;
  /** What stands for the value in the help, such as `<file>`. */
  readonly value?: string;
  readonly about?: string;
  /** Why it is not taken; it is not shown in the help. */
  readonly refused?: string;
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** What was given for the options of a table. */
export type Values<T extends OptionTable> = {
  readonly [Name in keyof T]?: T[Name] extends { multiple: true }
    ? readonly string[]
    : T[Name] extends { type: "string" }
      ? string
      : true;
};

/** The arguments of a command, told apart. */
export interface Arguments<T extends OptionTable> {
  readonly values: Values<T>;
  readonly positionals: readonly string[];
}

/** Tells options from other arguments. A value that was given is never part of a message: it may be a secret. */
export function parse<T extends OptionTable>(
  args: readonly string[],
  table: T,
  mostPositionals = 0,
): Arguments<T> {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { type, multiple }]) => [name, { type, multiple: multiple === true }]),
  );
  const parsed = parseArgs({ args: [...args], options, strict: false, tokens: true });
  for (const token of parsed.tokens) if (token.kind === "option") checkOption(table, token);
  if (parsed.positionals.length > mostPositionals) {
    throw new UsageError(
      mostPositionals === 0
        ? "There is an argument too many: this command takes only options."
        : "There is an argument too many. Put one that has spaces in quotes.",
    );
  }
  return { values: parsed.values as Values<T>, positionals: parsed.positionals };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function checkOption(table: OptionTable, { name, rawName, value, inlineValue }: OptionToken): void {
  const spec = Object.hasOwn(table, name) && rawName.startsWith("--") ? table[name] : undefined;
  if (spec === undefined) {
    const names = Object.keys(table).filter((one) => table[one]?.refused === undefined);
    const shown = rawName.replaceAll(/[^ -~]/g, "?").slice(0, 40);
    throw new UsageError(`Unknown option '${shown}'. Did you mean --${nearestOf(name, names)}?`);
  }
  if (spec.refused !== undefined) throw new UsageError(spec.refused);
  if (spec.type === "boolean" && value !== undefined) throw new UsageError(`--${name} takes no value.`);
  if (spec.type === "string" && (value === undefined || value === "")) {
    throw new UsageError(`--${name} needs a value: ${spec.value ?? "a text"}.`);
  }
  // "--out --json" is a forgotten value, not a file named --json.
  if (spec.type === "string" && inlineValue === false && /^-./.test(value ?? "")) {
    throw new UsageError(
      `--${name} needs a value: ${spec.value ?? "a text"}. One that begins with a dash is given as --${name}=-…`,
    );
  }
}

/** An object without the fields that nothing was given for. */
export function onlyGiven<T extends object>(
  fields: T,
): { readonly [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [Name in keyof T]?: Exclude<T[Name], undefined> };
}

/** One of a few words, whatever its case and however its dashes are written. */
export function choice<T extends string>(
  name: string,
  text: string | undefined,
  choices: readonly T[],
): T | undefined {
  if (text === undefined) return undefined;
  const plain = (word: string): string => word.toLowerCase().replaceAll("_", "-");
  const found = choices.find((one) => plain(one) === plain(text));
  if (found !== undefined) return found;
  const nearest = nearestOf(plain(text), choices);
  const listed = [choices.slice(0, -1).join(", "), ...choices.slice(-1)].join(" or ");
  throw new UsageError(`${name} takes ${listed}. Did you mean ${nearest}?`);
}

export function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`${name} takes a whole number.`);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a duration such as `30`, `30s`, `500ms`, `10m`; without a unit it is in seconds. */
export function duration(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, count, unit = "s"] = /^(\d{1,7}(?:\.\d{1,3})?)(ms|s|m|h)?$/.exec(text) ?? [];
  const ms = Math.round(Number(count) * (UNITS[unit] ?? 0));
  if (ms > 0) return ms;
  throw new UsageError(`${name} takes a duration such as 30s, 500ms or 10m.`);
}

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
