import { load } from "../loading.ts";
import { tameErrors } from "../upload/tame.ts";
import type { RequestBody } from "./body.ts";
import type { Rules } from "./operation.ts";

/**
 * A form's body, as `createMultipart` makes it, which is loaded with the first upload. What is sent is what the form held
 * when the call was made, and a stream that fails before anybody reads it does not end the process meanwhile. The signal
 * ends the making and lets go of the form's streams. `onLoaded` is called when the files are about to be read.
 */
export async function createForm(
  form: unknown,
  rules: Rules,
  signal: AbortSignal,
  onLoaded?: () => void,
): Promise<RequestBody> {
  const fields = takeForm(form);
  const { createMultipart } = await load(import("../upload/multipart.ts"));
  if (!signal.aborted) onLoaded?.();
  const audio = Object.values(rules).some(({ contentType }) => contentType?.startsWith("audio/"));
  return createMultipart(fields, rules, { audio, signal });
}

/** Lets go of the streams of a form that nobody will send. */
export function discardForm(form: unknown, rules: Rules): void {
  createForm(form, rules, AbortSignal.abort()).catch(() => undefined);
}

/** A copy of the form, whose streams cannot end the process any more; the form itself, for the framing to complain of, when it is none or cannot be read. */
export function takeForm(form: unknown): Record<string, unknown> {
  const given = form as Record<string, unknown>;
  if (typeof form !== "object" || Array.isArray(form)) return given;
  try {
    const fields = { ...given };
    for (const value of Object.values(fields)) {
      tameErrors(value);
      if (typeof value === "object" && value !== null) tameErrors(Reflect.get(value, "data"));
    }
    return fields;
  } catch {
    return given;
  }
}
