import type { HeidiError, Outcome } from "../index.ts";
import { withoutLink } from "../utils/doc-link.ts";
import { isError } from "../utils/values.ts";
import { CommandError, systemCode } from "./command.ts";

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  "not-sent": "not-sent (the request did not reach Heidi)",
  rejected: "rejected (Heidi did nothing)",
  processed: "processed (Heidi completed the operation, but the response was lost)",
  unknown: "unknown (Heidi may have completed the operation: check before you repeat it)",
};

/** Describes an error without its stack and without values: the reason, the outcome and the request id. */
export async function explain(error: unknown): Promise<string> {
  // Loaded on demand, so that the command line starts without the SDK.
  const { isHeidiError } = await import("../index.ts");
  if (isHeidiError(error)) return [withoutLink(error), ...propertiesOf(error)].join("\n");
  if (error instanceof CommandError) return error.message;
  // Messages of other errors may contain paths, which may contain patients' names.
  const code = systemCode(error);
  if (code !== undefined) return `A file or stream could not be used (${code}).`;
  return `The command failed for an unknown reason (${isError(error) ? error.name : typeof error}).`;
}

function propertiesOf({ operation, outcome, requestId }: HeidiError): string[] {
  // Without a call, as with an invalid option, there is no outcome to report.
  const facts = [
    ...(operation === undefined ? [] : [`outcome: ${OUTCOMES[outcome]}`]),
    ...(requestId === undefined ? [] : [`request id: ${requestId}`]),
  ];
  return facts.map((fact) => `  ${fact}`);
}
