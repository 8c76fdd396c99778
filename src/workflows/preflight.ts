import { annotate, type HeidiError, isHeidiError } from "../errors.ts";
import { checkArguments } from "../http/arguments.ts";
import { writeForm } from "../http/dialect.ts";
import type { CallInput, Operation } from "../http/operation.ts";

/** In place of an id that is not known yet. */
const SOME_ID = "0";

/**
 * Checks a body or query before a workflow sends its first request, although it belongs to a later one: against the
 * operation's rules, and that one of the two forms of requests can say it.
 *
 * @throws HeidiArgumentError as the call itself would throw.
 */
export function validateCall(operation: Operation, input: Pick<CallInput, "body" | "query">): void {
  const call = { ...input, path: operation.pathParameters.map(() => SOME_ID) };
  try {
    checkArguments(operation, call);
    if (operation.forms === undefined) return;
    try {
      writeForm(operation, call, "spec");
    } catch (error) {
      // The spec's form asks for more: the call is impossible only where the documented form refuses it as well.
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
