import { type Edit, edited } from "../unit/bump/compared.ts";

/** Makes the text of a next version from the text of this one. */
export type Next = (text: string) => string;

/** Replacements, each of something that is there once. */
export function replaced(...edits: readonly Edit[]): Next {
  return (text) => edited(edits, text);
}

/** Replacements of everything that reads the same. */
export function replacedAll(from: string, to: string): Next {
  return (text) => text.replaceAll(from, to);
}

/** The block of `key` (its line and all that is indented below it) changed by `change`, or without one cut out. */
export function inBlock(key: string, change: Next = () => ""): Next {
  return (text) => {
    const lines = text.split("\n");
    const start = lines.indexOf(key);
    if (start < 0 || lines.indexOf(key, start + 1) >= 0) throw new Error(`${key} is not there once`);
    const indent = key.search(/\S/);
    const length = lines.slice(start + 1).findIndex((line) => line !== "" && line.search(/\S/) <= indent);
    const end = length < 0 ? lines.length : start + 1 + length;
    const block = lines
      .slice(start, end)
      .map((line) => `${line}\n`)
      .join("");
    const before = lines.slice(0, start).map((line) => `${line}\n`);
    return `${before.join("")}${change(block)}${lines.slice(end).join("\n")}`;
  };
}

/** Something inserted before what is there once. */
export function added(before: string, text: string): Next {
  return replaced([before, `${text}${before}`]);
}

/** One after the other. */
export function all(...steps: readonly Next[]): Next {
  return (text) => steps.reduce((before, step) => step(before), text);
}

/** A next version of the description, and what its bump must come to. */
export interface Row {
  readonly what: string;
  readonly next: Next;
  /** Below 1.0, what breaks is minor. */
  readonly bump: "minor" | "patch" | undefined;
  /** Every change, as the summary says it. */
  readonly changes: readonly string[];
  /** The public methods whose contract is tested afterwards. */
  readonly methods: readonly string[];
  /** Whether handwritten code has to follow; undefined where it depends on what that code uses today. */
  readonly follows?: boolean;
}
