import { HeidiAbortError, type HeidiError, isHeidiError } from "../../errors.ts";
import { linkAbort } from "../../http/signal.ts";
import { isRetryable } from "../polling/retry-after.ts";
import type { PollEnvironment } from "../polling/types.ts";
import type { ConsultEventBody } from "./events.ts";
import type { ConsultStateStore, ConsultStep, ConsultStepState } from "./state.ts";

/** The result of looking up an interrupted step. */
export type LookupResult =
  | { readonly kind: "found"; readonly id?: string | undefined }
  | { readonly kind: "absent" }
  | { readonly kind: "unclear"; readonly reason: string };

/** The result of comparing a step's result with what the server stores. */
export type Confirmation =
  | { readonly kind: "confirmed" }
  | { readonly kind: "unclear"; readonly reason: string; readonly error?: HeidiError };

/** A step that writes to Heidi, with a lookup that determines afterwards whether it succeeded. */
export interface Step {
  readonly step: ConsultStep;
  /** Returns the ids that exist already; omitted where this consult created the session. */
  before?(): Promise<readonly string[]>;
  /** Returns undefined when the server succeeded without returning an id; `{}` where there is no id to return. */
  execute():
    | AsyncGenerator<ConsultEventBody, StepResult | undefined, undefined>
    | Promise<StepResult | undefined>;
  find(before: readonly string[]): Promise<LookupResult>;
  /** True when a failed execution certainly had no effect, although its error cannot tell. */
  isUndone?(failure: unknown): boolean;
  /** Compares the result of `execute` with what the server stores; `unclear` is polled again, and then needs a review. */
  confirm?(): Promise<Confirmation>;
  /** The time for which an empty lookup is repeated, in milliseconds; 0 where repeating the step changes nothing. */
  readonly reconcileTimeoutMs: number;
}

export interface StepResult {
  readonly id?: string | undefined;
}

/** The state, environment and signal that steps run with. */
export interface RunContext {
  readonly state: ConsultStateStore;
  readonly environment: PollEnvironment;
  readonly signal: AbortSignal | undefined;
}

/** The error that ends a consult for a manual check. */
export class NeedsReviewError extends Error {
  readonly step: ConsultStep;
  readonly reason: string;

  constructor(step: ConsultStep, reason: string) {
    super(reason);
    this.step = step;
    this.reason = reason;
  }
}

type Steps<T> = AsyncGenerator<ConsultEventBody, T, undefined>;
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 5_000;
const SESSION_GONE = "the server reported success, but its result cannot be found";

/**
 * Runs a step once: saves that it begins, runs it, and saves the result. An interrupted step is looked up first, and runs
 * again only when it certainly had no effect.
 */
export async function* runStep(running: RunContext, write: Step): Steps<{ id: string; replayed: boolean }> {
  const { state } = running;
  const { step } = write;
  const known = state.of(step);
  if (known?.state === "done") return { id: known.id ?? "", replayed: true };
  if (known !== undefined) {
    const id = yield* reconcile(running, write, known);
    if (id !== undefined) return { id, replayed: false };
  }

  const before = known?.before ?? (await write.before?.()) ?? [];
  const begun: ConsultStepState = { state: "begun", ...(before.length > 0 ? { before } : {}) };
  await state.set(step, begun);
  yield { type: "step-begun", step };

  let failure: unknown;
  let made: StepResult | undefined;
  try {
    const execution = write.execute();
    made = "next" in execution ? yield* execution : await execution;
  } catch (error) {
    failure = error;
  }
  if (made !== undefined) {
    if (write.confirm) await confirm(running, write, begun);
    return { id: await finish(state, step, made.id), replayed: false };
  }
  if (!isUncertain(failure) || write.isUndone?.(failure)) {
    await state.set(step, undefined);
    throw failure;
  }
  if (running.signal?.aborted || failure instanceof HeidiAbortError) throw failure;
  const processed = failure === undefined || (isHeidiError(failure) && failure.outcome === "processed");
  const left: ConsultStepState = processed ? { ...begun, state: "made" } : begun;
  if (processed) await state.set(step, left);
  let id: string | undefined;
  try {
    id = yield* reconcile(running, write, left);
  } catch (error) {
    // When the lookup fails too, the caller needs the original error.
    throw error instanceof NeedsReviewError ? error : (failure ?? error);
  }
  if (id !== undefined) return { id, replayed: false };
  // The caller decides when to retry a failed step.
  await state.set(step, undefined);
  throw failure;
}

/** Polls until the server shows the result, or throws for a review. Until then the step is `made`, not `done`. */
async function confirm(running: RunContext, write: Step, begun: ConsultStepState): Promise<void> {
  const { state } = running;
  const { nowMs } = running.environment;
  const { step, reconcileTimeoutMs } = write;
  const untilMs = nowMs() + reconcileTimeoutMs;
  let delayMs = FIRST_DELAY_MS;
  try {
    for (;;) {
      const result = await write.confirm?.().catch(asUnconfirmed);
      if (result === undefined || result.kind === "confirmed") return;
      const leftMs = untilMs - nowMs();
      if (leftMs <= 0) throw result.error ?? new NeedsReviewError(step, result.reason);
      await pause(running, Math.min(delayMs, leftMs));
      delayMs = Math.min(2 * delayMs, MAX_DELAY_MS);
    }
  } catch (error) {
    await state.set(step, { ...begun, state: "made" });
    throw error;
  }
}

/** A poll with a retryable error counts as one that did not confirm the result. */
function asUnconfirmed(error: unknown): Confirmation {
  if (!isHeidiError(error) || !isRetryable(error)) throw error;
  return { kind: "unclear", reason: "the session could not be read", error };
}

/** Returns the id that an interrupted step created; undefined when it certainly created nothing. */
async function* reconcile(
  running: RunContext,
  write: Step,
  known: ConsultStepState,
): Steps<string | undefined> {
  const { state } = running;
  const { step } = write;
  const result = await search(running, write, known.before ?? []);
  if (result.kind === "unclear") throw new NeedsReviewError(step, result.reason);
  if (result.kind === "absent" && known.state === "made") throw new NeedsReviewError(step, SESSION_GONE);
  yield { type: "reconciled", step, found: result.kind === "found" };
  return result.kind === "found" ? finish(state, step, result.id) : undefined;
}

/** Repeats an empty lookup until the timeout: the server may still be working. */
async function search(
  running: RunContext,
  { find, reconcileTimeoutMs }: Step,
  before: readonly string[],
): Promise<LookupResult> {
  const { nowMs } = running.environment;
  const untilMs = nowMs() + reconcileTimeoutMs;
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(2 * delayMs, MAX_DELAY_MS)) {
    const result = await find(before);
    const leftMs = untilMs - nowMs();
    if (result.kind !== "absent" || leftMs <= 0) return result;
    await pause(running, Math.min(delayMs, leftMs));
  }
}

async function finish(store: ConsultStateStore, step: ConsultStep, id: string | undefined): Promise<string> {
  await store.set(step, id ? { state: "done", id } : { state: "done" });
  return id ?? "";
}

/** Returns true when the server may have acted, also after a success without the expected id. */
function isUncertain(failure: unknown): boolean {
  return failure === undefined || !isHeidiError(failure) || failure.requestMayHaveBeenProcessed;
}

async function pause({ environment, signal }: RunContext, delayMs: number): Promise<void> {
  const { stop, release } = linkAbort(environment.inFlight, signal);
  try {
    await environment.sleep(delayMs, stop.signal);
  } catch (error) {
    throw isHeidiError(error) ? error : aborted(error);
  } finally {
    release();
  }
}

const aborted = (cause: unknown): HeidiError =>
  new HeidiAbortError(
    "The consult was aborted by its caller. If you resume it, it looks up the interrupted steps.",
    {
      cause,
      outcome: "unknown",
    },
  );
