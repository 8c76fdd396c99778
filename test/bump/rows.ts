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
  /** Whether handwritten code has to follow; undefined where it depends on what that code uses today. */
  readonly follows?: boolean;
}

export const rows: readonly Row[] = [...compatible.map((row) => ({ ...row, follows: false })), ...breaking];
