import { annotate, type HeidiError, isHeidiError } from "../errors.ts";
import { checkArguments } from "../http/arguments.ts";
import { writeForm } from "../http/dialect.ts";
import type { CallInput, Operation } from "../http/operation.ts";

/** A placeholder for an id that is not known yet. */
const SOME_ID = "0";

/**
 * Checks the body or query of a later request before a workflow sends its first one: it follows the operation's rules, and
 * at least one of the two request forms can express it.
 *
 * @throws HeidiArgumentError, the one that the call itself would throw.
 */
export function validateCall(operation: Operation, input: Pick<CallInput, "body" | "query">): void {
  const call = { ...input, path: operation.pathParameters.map(() => SOME_ID) };
  try {
    checkArguments(operation, call);
    if (operation.forms === undefined) return;
    try {
      writeForm(operation, call, "spec");
    } catch (error) {
      // The spec's form is stricter: the call is impossible only when the documented form refuses it too.
      if (throws(() => writeForm(operation, call, "documented"))) throw error;
    }
  } catch (error) {
    throw isHeidiError(error) ? annotate<HeidiError>(error, { operation: operation.id }) : error;
  }
}

function throws(write: () => unknown): boolean {
  try {
    write();
    return false;
  } catch {
    return true;
  }
}
