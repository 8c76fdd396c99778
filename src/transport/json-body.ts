import { HeidiArgumentError } from "../errors.ts";
import { NotJsonError, toJson } from "../json.ts";
import type { RequestBody } from "./body.ts";

/** A body of JSON: made once, the same for every attempt. `described` are the names of the API's own fields. */
export function createJsonBody(value: unknown, described: readonly string[] = []): RequestBody {
  let content: string;
  try {
    content = toJson(value, described);
  } catch (error) {
    if (!(error instanceof NotJsonError)) throw error;
    throw new HeidiArgumentError(
      "body",
      `The argument \`body\` cannot be sent as JSON: ${error.message}; nothing was sent.`,
    );
  }
  return { contentType: "application/json", sizeBytes: undefined, replayable: true, open: () => content };
}
