import type { Next } from "./next.ts";
import { breaking } from "./rows-breaking.ts";
import { compatible } from "./rows-compatible.ts";

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
  /** Shipped code that a person has to change afterwards; with undefined, all of the project compiles as it is. */
  readonly follows?: readonly string[];
}

export const rows: readonly Row[] = [...compatible, ...breaking];
