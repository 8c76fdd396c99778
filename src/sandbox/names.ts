import { HeidiArgumentError } from "../errors.ts";
import { suggestSimilar } from "../utils/suggest.ts";
import type { SpecOperation } from "./spec.ts";

/** Stands for all operations. */
export const EVERY = "*";

/**
 * The operation that is meant by a method's name, such as `sessions.create`, or by an operationId; undefined for `*`.
 *
 * @throws HeidiArgumentError that suggests the nearest name when there is none.
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
      ? "The sandbox was given the name of no operation: use a method's name, such as `sessions.create`, an operationId, or `*`."
      : `The sandbox was given the name of no operation. Did you mean \`${nearest}\`?`,
  );
}
