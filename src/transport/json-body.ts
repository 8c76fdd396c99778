import { HeidiArgumentError } from "../errors.ts";
import type { RequestBody } from "./body.ts";

/** A body of JSON: made once, the same for every attempt. */
export function createJsonBody(value: unknown): RequestBody {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    // Its error would name the caller's fields; the kinds of fault are few.
    throw new HeidiArgumentError(
      "body",
      "The argument `body` is not JSON: it has a circular reference, a BigInt, or a getter that throws.",
    );
  }
  if (text === undefined)
    throw new HeidiArgumentError("body", "The argument `body` is not JSON: pass an object.");
  const content = text;
  return { contentType: "application/json", sizeBytes: undefined, replayable: true, open: () => content };
}
