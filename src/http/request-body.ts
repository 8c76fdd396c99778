import { HeidiArgumentError } from "../errors.ts";
import { copyFileInput } from "../upload/copy.ts";
import type { RequestBody } from "../upload/types.ts";
import { NotJsonError, toJson } from "../utils/json.ts";
import { loadChunk } from "../utils/lazy.ts";
import type { Rules } from "../utils/validate.ts";

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

/**
 * The body of a form that was taken (see `copyForm`), as `createMultipart` makes it, which is loaded with the first upload.
 * The signal ends the making and lets go of the form's streams. `onLoaded` is called when the files are about to be read.
 */
export async function createFormBody(
  fields: Record<string, unknown>,
  rules: Rules,
  signal: AbortSignal,
  onLoaded?: () => void,
): Promise<RequestBody> {
  const { createMultipart } = await loadChunk(import("../upload/multipart.ts"));
  if (!signal.aborted) onLoaded?.();
  const audio = Object.values(rules).some(({ contentType }) => contentType?.startsWith("audio/"));
  return createMultipart(fields, rules, { audio, signal });
}

/** Lets go of the streams of a form that nobody will send. */
export function discardFormBody(form: unknown, rules: Rules): void {
  const over = new AbortController();
  over.abort();
  createFormBody(copyForm(form), rules, over.signal).catch(() => undefined);
}

/**
 * A copy of the form at the moment of the call: what is sent is what it held then, and a stream that fails before it is
 * read does not end the process. The form itself, for the framing to complain of, when it is none or cannot be read.
 */
export function copyForm(form: unknown): Record<string, unknown> {
  const given = form as Record<string, unknown>;
  if (typeof form !== "object" || Array.isArray(form)) return given;
  try {
    return Object.fromEntries(
      Object.entries(given).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.map((item) => copyFileInput(item)) : copyFileInput(value),
      ]),
    );
  } catch {
    return given;
  }
}
