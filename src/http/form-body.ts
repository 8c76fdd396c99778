import { HeidiTimeoutError } from "../errors.ts";
import { createMultipart } from "../upload/multipart.ts";
import type { RequestBody } from "../upload/types.ts";
import type { Rules } from "../utils/validate.ts";
import { ignoreFailure } from "../utils/values.ts";
import { IdleTimer, type RequestSignal } from "./signal.ts";

/**
 * Creates the multipart body of a copied form. The first bytes of a stream may be awaited here, before an attempt has its own
 * time limit, so the source gets `sourceTimeoutMs` for them.
 */
export async function createFormBody(
  fields: Record<string, unknown>,
  rules: Rules,
  requestSignal: RequestSignal,
  sourceTimeoutMs: number,
): Promise<RequestBody> {
  const controller = new AbortController();
  const timer = new IdleTimer(sourceTimeoutMs, () => requestSignal.end(silentError(sourceTimeoutMs)));
  timer.start();
  const creating = createBody(fields, rules, controller.signal);
  try {
    return await requestSignal.race(creating);
  } catch (error) {
    controller.abort();
    creating.then(
      (body) => body.release?.(),
      () => undefined,
    ); // the call ended first, so the body is not sent
    throw error;
  } finally {
    timer.stop();
  }
}

/** Releases the streams of a form that is not sent. */
export function discardFormBody(fields: Record<string, unknown>, rules: Rules): void {
  const over = new AbortController();
  over.abort();
  ignoreFailure(createBody(fields, rules, over.signal));
}

/** The signal ends this and releases the form's streams. */
function createBody(
  fields: Record<string, unknown>,
  rules: Rules,
  signal: AbortSignal,
): Promise<RequestBody> {
  const audio = Object.values(rules).some(({ contentType }) => contentType?.startsWith("audio/"));
  return createMultipart(fields, rules, { audio, signal });
}

function silentError(timeoutMs: number): HeidiTimeoutError {
  const message = `The stream of a file delivered no data for ${timeoutMs} ms; nothing was sent. Raise timeoutMs if its source needs longer.`;
  return new HeidiTimeoutError(message, { outcome: "not-sent" });
}
