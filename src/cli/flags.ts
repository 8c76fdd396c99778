import { parseArgs } from "node:util";
import { didYouMean, suggestOrList } from "../utils/suggest.ts";
import { UsageError } from "./command.ts";
import type { FlagTable } from "./help.ts";

/** The values of the options of a table. */
export type FlagValues<T extends FlagTable> = {
  readonly [Name in keyof T]?: T[Name] extends { multiple: true }
    ? readonly string[]
    : T[Name] extends { type: "string" }
      ? string
      : true;
};

/** The parsed arguments of a command: option values and positional arguments. */
export interface ParsedFlags<T extends FlagTable> {
  readonly values: FlagValues<T>;
  readonly positionals: readonly string[];
}

/** Separates options from positional arguments. Messages never contain a value, because it may be a secret. */
export function parseFlags<T extends FlagTable>(
  args: readonly string[],
  table: T,
  mostPositionals = 0,
): ParsedFlags<T> {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { type, multiple }]) => [name, { type, multiple: multiple === true }]),
  );
  const parsed = parseArgs({ args: [...args], options, strict: false, tokens: true });
  for (const token of parsed.tokens) if (token.kind === "option") checkFlag(table, token);
  if (parsed.positionals.length > mostPositionals) {
    throw new UsageError(
      mostPositionals === 0
        ? "Too many arguments: this command takes only options."
        : "Too many arguments. Put an argument that contains spaces in quotes.",
    );
  }
  return { values: parsed.values as FlagValues<T>, positionals: parsed.positionals };
}

interface FlagToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function checkFlag(table: FlagTable, { name, rawName, value, inlineValue }: FlagToken): void {
  const spec = Object.hasOwn(table, name) && rawName.startsWith("--") ? table[name] : undefined;
  if (spec === undefined) {
    const names = Object.keys(table).filter((one) => table[one]?.forbidden === undefined);
    const shown = rawName.replaceAll(/[^ -~]/g, "?").slice(0, 40);
    const advice = suggestOrList(name, names, "The options are", (one) => `--${one}`);
    throw new UsageError(`Unknown option '${shown}'.${advice}`);
  }
  if (spec.forbidden !== undefined) throw new UsageError(spec.forbidden);
  if (spec.type === "boolean" && value !== undefined) throw new UsageError(`--${name} takes no value.`);
  if (spec.type === "string" && (value === undefined || value === "")) {
    throw new UsageError(`--${name} needs a value: ${spec.value ?? "a text"}.`);
  }
  // "--out --json" means a missing value, not a file named --json.
  if (spec.type === "string" && inlineValue === false && /^-./.test(value ?? "")) {
    throw new UsageError(
      `--${name} needs a value: ${spec.value ?? "a text"}. Pass a value that begins with a dash as --${name}=-…`,
    );
  }
}

/** Returns the object without the fields that are undefined. */
export function omitUndefined<T extends object>(
  fields: T,
): { readonly [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const defined = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as { [Name in keyof T]?: Exclude<T[Name], undefined> };
}

/** Returns the matching choice; ignores case, and treats `_` and `-` as equal. */
export function parseChoice<T extends string>(
  name: string,
  text: string | undefined,
  choices: readonly T[],
): T | undefined {
  if (text === undefined) return undefined;
  const plain = (word: string): string => word.toLowerCase().replaceAll("_", "-");
  const found = choices.find((one) => plain(one) === plain(text));
  if (found !== undefined) return found;
  const listed = [choices.slice(0, -1).join(", "), ...choices.slice(-1)].join(" or ");
  throw new UsageError(`${name} takes ${listed}.${didYouMean(text, choices)}`);
}

export function parseWholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`${name} takes a whole number.`);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Converts a duration such as `30`, `30s`, `500ms` or `10m` to milliseconds; the default unit is seconds. */
export function parseDuration(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, count, unit = "s"] = /^(\d{1,7}(?:\.\d{1,3})?)(ms|s|m|h)?$/.exec(text) ?? [];
  const ms = Math.round(Number(count) * (UNITS[unit] ?? 0));
  if (ms > 0) return ms;
  throw new UsageError(`${name} takes a duration such as 30s, 500ms or 10m.`);
}
