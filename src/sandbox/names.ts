import { HeidiArgumentError } from "../errors.ts";
import { didYouMean } from "../utils/suggest.ts";
import type { SpecOperation } from "./spec.ts";

/** The name for all operations. */
export const EVERY = "*";

/**
 * Returns the operation of a method's name, such as `sessions.create`, or of an operationId; undefined for `*`.
 *
 * @throws HeidiArgumentError for an unknown name; it suggests a name that is near.
 */
export function operationNamed(
  operations: readonly SpecOperation[],
  name: unknown,
): SpecOperation | undefined {
  if (name === EVERY) return undefined;
  const found = operations.find(({ row }) => row.name === name || row.id === name);
  if (found !== undefined) return found;
  const names = operations.flatMap(({ row }) => [row.name, row.id]);
  const suggestion = typeof name === "string" ? didYouMean(name, names, (one) => `\`${one}\``) : "";
  throw new HeidiArgumentError(
    "operation",
    suggestion === ""
      ? "The sandbox has no operation of that name: use a method's name, such as `sessions.create`, an operationId, or `*`."
      : `The sandbox has no operation of that name.${suggestion}`,
  );
}
