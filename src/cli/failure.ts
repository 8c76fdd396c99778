import { type HeidiError, isHeidiError, type Outcome } from "../index.ts";
import { isError } from "../values.ts";
import { CommandError } from "./command.ts";

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  "not-sent": "not-sent (Heidi did not get the request)",
  rejected: "rejected (Heidi did nothing)",
  processed: "processed (Heidi did it, only its answer was lost)",
  unknown: "unknown (Heidi may have done it: look before you repeat it)",
};

/** A failure in words. A stack is for whoever wrote the program; a reader of the terminal needs the reason. */
export function explain(error: unknown): string {
  if (isHeidiError(error)) return [error.message, ...factsOf(error)].join("\n");
  if (error instanceof CommandError) return error.message;
  // Messages of others may hold paths, which may be named after patients.
  const code = systemCode(error);
  if (code !== undefined) return `A file or stream could not be used (${code}).`;
  return `It failed for an unknown reason (${isError(error) ? error.name : typeof error}).`;
}

function factsOf({ operation, outcome, requestId }: HeidiError): string[] {
  // Outside of a call, as with a bad option, there is nothing that could have been done.
  const facts = [
    ...(operation === undefined ? [] : [`outcome: ${OUTCOMES[outcome]}`]),
    ...(requestId === undefined ? [] : [`request id: ${requestId}`]),
  ];
  return facts.map((fact) => `  ${fact}`);
}

/** The code of an error of the system, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  const code: unknown = isError(error) ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : undefined;
}
