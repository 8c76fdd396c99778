import { HeidiAbortError, type HeidiError, isHeidiError } from "../../errors.ts";
import { linkAbort } from "../../http/signal.ts";
import { isRetryable } from "../polling/retry-after.ts";
import type { PollEnvironment } from "../polling/types.ts";
import type { ConsultEventBody } from "./events.ts";
import type { ConsultStateStore, ConsultStep, ConsultStepState } from "./state.ts";

/** What a look for the trace of an interrupted step found. */
export type LookupResult =
  | { readonly kind: "found"; readonly id?: string | undefined }
  | { readonly kind: "absent" }
  | { readonly kind: "unclear"; readonly reason: string };

/** Whether the server keeps what was received. */
export type Confirmation =
  | { readonly kind: "confirmed" }
  | { readonly kind: "unclear"; readonly reason: string; readonly error?: HeidiError };

/** A step that changes something at Heidi, and how to find out afterwards whether it did. */
export interface Step {
  readonly step: ConsultStep;
  /** Ids of what is there already; left out where the session is this consult's own. */
  before?(): Promise<readonly string[]>;
  /** Undefined when the server succeeded without saying what it made; `{}` where there is nothing to say. */
  execute():
    | AsyncGenerator<ConsultEventBody, StepResult | undefined, undefined>
    | Promise<StepResult | undefined>;
  find(before: readonly string[]): Promise<LookupResult>;
  /** Compares what `make` received with what the server keeps; `unclear` is polled again, and then needs a review. */
  confirm?(): Promise<Confirmation>;
  /** How long a look that finds nothing is not believed; 0 where doing it again changes nothing. */
  readonly reconcileTimeoutMs: number;
}

export interface StepResult {
  readonly id?: string | undefined;
}

/** What steps are run with. */
export interface RunContext {
  readonly state: ConsultStateStore;
  readonly environment: PollEnvironment;
  readonly signal: AbortSignal | undefined;
}

/** Ends a consult that a person has to look at. */
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
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;
const SESSION_GONE = "the server said that it succeeded, and what it made is not to be found";

/**
 * Does a step once: writes down that it begins, does it, and writes down what came of it. A step that was interrupted is
 * looked up first, and done again only when it certainly left nothing behind.
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
    const making = write.execute();
    made = "next" in making ? yield* making : await making;
  } catch (error) {
    failure = error;
  }
  if (made !== undefined) {
    if (write.confirm) await confirm(running, write, begun);
    return { id: await finish(state, step, made.id), replayed: false };
  }
  if (!isUncertain(failure)) {
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
    // When it cannot even be looked up, the reason to look is what the caller needs to know.
    throw error instanceof NeedsReviewError ? error : (failure ?? error);
  }
  if (id !== undefined) return { id, replayed: false };
  // It is for the caller to say when a step that failed is tried again.
  await state.set(step, undefined);
  throw failure;
}

/** Polls until the server shows what was received, or needs a review. Until then the step counts as made, not as done. */
async function confirm(running: RunContext, write: Step, begun: ConsultStepState): Promise<void> {
  const { state } = running;
  const { nowMs } = running.environment;
  const { step, reconcileTimeoutMs } = write;
  const untilMs = nowMs() + reconcileTimeoutMs;
  let delayMs = FIRST_PAUSE_MS;
  try {
    for (;;) {
      const result = await write.confirm?.().catch(asUnconfirmed);
      if (result === undefined || result.kind === "confirmed") return;
      const leftMs = untilMs - nowMs();
      if (leftMs <= 0) throw result.error ?? new NeedsReviewError(step, result.reason);
      await pause(running, Math.min(delayMs, leftMs));
      delayMs = Math.min(2 * delayMs, LONGEST_PAUSE_MS);
    }
  } catch (error) {
    await state.set(step, { ...begun, state: "made" });
    throw error;
  }
}

/** A poll that fails in a way that may pass is one more that did not confirm it. */
function asUnconfirmed(error: unknown): Confirmation {
  if (!isHeidiError(error) || !isRetryable(error)) throw error;
  return { kind: "unclear", reason: "the session could not be read", error };
}

/** The id of what an interrupted step made; undefined when it certainly made nothing. */
async function* reconcile(
  running: RunContext,
  write: Step,
  known: ConsultStepState,
): Steps<string | undefined> {
  const { state } = running;
  const { step } = write;
  const trace = await search(running, write, known.before ?? []);
  if (trace.kind === "unclear") throw new NeedsReviewError(step, trace.reason);
  if (trace.kind === "absent" && known.state === "made") throw new NeedsReviewError(step, SESSION_GONE);
  yield { type: "reconciled", step, found: trace.kind === "found" };
  return trace.kind === "found" ? finish(state, step, trace.id) : undefined;
}

/** Looks again and again as long as finding nothing proves nothing: a server may still be at work. */
async function search(
  running: RunContext,
  { find, reconcileTimeoutMs }: Step,
  before: readonly string[],
): Promise<LookupResult> {
  const { nowMs } = running.environment;
  const untilMs = nowMs() + reconcileTimeoutMs;
  for (let delayMs = FIRST_PAUSE_MS; ; delayMs = Math.min(2 * delayMs, LONGEST_PAUSE_MS)) {
    const trace = await find(before);
    const leftMs = untilMs - nowMs();
    if (trace.kind !== "absent" || leftMs <= 0) return trace;
    await pause(running, Math.min(delayMs, leftMs));
  }
}

async function finish(ledger: ConsultStateStore, step: ConsultStep, id: string | undefined): Promise<string> {
  await ledger.set(step, id ? { state: "done", id } : { state: "done" });
  return id ?? "";
}

/** Whether the server may have acted; an answer without what was asked for is one way of that. */
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
    "The consult was aborted by its caller. What was begun is looked up when it is resumed.",
    {
      cause,
      outcome: "unknown",
    },
  );
