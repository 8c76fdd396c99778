import { HeidiArgumentError } from "../errors.ts";
import { suggestSimilar } from "../utils/suggest.ts";
import type { SpecOperation } from "./spec.ts";

/** The name for all operations. */
export const EVERY = "*";

/**
 * Returns the operation of a method's name, such as `sessions.create`, or of an operationId; undefined for `*`.
 *
 * @throws HeidiArgumentError for an unknown name; it suggests the nearest name.
 */
export function operationNamed(
  operations: readonly SpecOperation[],
  name: unknown,
): SpecOperation | undefined {
  if (name === EVERY) return undefined;
  const found = operations.find(({ row }) => row.name === name || row.id === name);
  if (found !== undefined) return found;
  const names = operations.flatMap(({ row }) => [row.name, row.id]);
  const nearest = typeof name === "string" ? suggestSimilar(name, names) : undefined;
  throw new HeidiArgumentError(
    "operation",
    nearest === undefined
      ? "The sandbox has no operation of that name: use a method's name, such as `sessions.create`, an operationId, or `*`."
      : `The sandbox has no operation of that name. Did you mean \`${nearest}\`?`,
  );
}
