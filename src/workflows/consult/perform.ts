import { HeidiAbortError, type HeidiError, isHeidiError } from "../../errors.ts";
import { linkedStop } from "../linked-stop.ts";
import type { PollEnvironment } from "../look.ts";
import { isPassing } from "../transient.ts";
import type { ConsultHappening } from "./events.ts";
import type { ConsultStep, ConsultStepState, Ledger } from "./state.ts";

/** What a look for the trace of an interrupted step found. */
export type Trace =
  | { readonly kind: "found"; readonly id?: string | undefined }
  | { readonly kind: "absent" }
  | { readonly kind: "unclear"; readonly reason: string };

/** Whether the server keeps what was received. */
export type Confirmation =
  | { readonly kind: "confirmed" }
  | { readonly kind: "unclear"; readonly reason: string; readonly error?: HeidiError };

/** A step that changes something at Heidi, and how to find out afterwards whether it did. */
export interface Write {
  readonly step: ConsultStep;
  /** Ids of what is there already; left out where the session is this consult's own. */
  before?(): Promise<readonly string[]>;
  /** Undefined when the server succeeded without saying what it made; `{}` where there is nothing to say. */
  make(): AsyncGenerator<ConsultHappening, Made | undefined, undefined> | Promise<Made | undefined>;
  find(before: readonly string[]): Promise<Trace>;
  /** Compares what `make` received with what the server keeps; `unclear` is polled again, and then needs a review. */
  confirm?(): Promise<Confirmation>;
  /** How long a look that finds nothing is not believed; 0 where doing it again changes nothing. */
  readonly settleMs: number;
}

export interface Made {
  readonly id?: string | undefined;
}

/** What steps are run with. */
export interface Running {
  readonly ledger: Ledger;
  readonly environment: PollEnvironment;
  readonly signal: AbortSignal | undefined;
}

/** Ends a consult that a person has to look at. */
export class Review extends Error {
  readonly step: ConsultStep;
  readonly reason: string;

  constructor(step: ConsultStep, reason: string) {
    super(reason);
    this.step = step;
    this.reason = reason;
  }
}

type Steps<T> = AsyncGenerator<ConsultHappening, T, undefined>;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;
const VANISHED = "the server said that it succeeded, and what it made is not to be found";

/**
 * Does a step once: writes down that it begins, does it, and writes down what came of it. A step that was interrupted is
 * looked up first, and done again only when it certainly left nothing behind.
 */
export async function* perform(running: Running, write: Write): Steps<{ id: string; replayed: boolean }> {
  const { ledger } = running;
  const { step } = write;
  const known = ledger.of(step);
  if (known?.state === "done") return { id: known.id ?? "", replayed: true };
  if (known !== undefined) {
    const id = yield* settle(running, write, known);
    if (id !== undefined) return { id, replayed: false };
  }

  const before = known?.before ?? (await write.before?.()) ?? [];
  const begun: ConsultStepState = { state: "begun", ...(before.length > 0 ? { before } : {}) };
  await ledger.set(step, begun);
  yield { type: "step-begun", step };

  let failure: unknown;
  let made: Made | undefined;
  try {
    const making = write.make();
    made = "next" in making ? yield* making : await making;
  } catch (error) {
    failure = error;
  }
  if (made !== undefined) {
    if (write.confirm) await confirm(running, write, begun);
    return { id: await finish(ledger, step, made.id), replayed: false };
  }
  if (!isUncertain(failure)) {
    await ledger.set(step, undefined);
    throw failure;
  }
  if (running.signal?.aborted || failure instanceof HeidiAbortError) throw failure;
  const processed = failure === undefined || (isHeidiError(failure) && failure.outcome === "processed");
  const left: ConsultStepState = processed ? { ...begun, state: "made" } : begun;
  if (processed) await ledger.set(step, left);
  let id: string | undefined;
  try {
    id = yield* settle(running, write, left);
  } catch (error) {
    // When it cannot even be looked up, the reason to look is what the caller needs to know.
    throw error instanceof Review ? error : (failure ?? error);
  }
  if (id !== undefined) return { id, replayed: false };
  // It is for the caller to say when a step that failed is tried again.
  await ledger.set(step, undefined);
  throw failure;
}

/** Polls until the server shows what was received, or needs a review. Until then the step counts as made, not as done. */
async function confirm(running: Running, write: Write, begun: ConsultStepState): Promise<void> {
  const { ledger } = running;
  const { nowMs } = running.environment;
  const { step, settleMs } = write;
  const untilMs = nowMs() + settleMs;
  let pauseMs = FIRST_PAUSE_MS;
  try {
    for (;;) {
      const result = await write.confirm?.().catch(asUnconfirmed);
      if (result === undefined || result.kind === "confirmed") return;
      const leftMs = untilMs - nowMs();
      if (leftMs <= 0) throw result.error ?? new Review(step, result.reason);
      await pause(running, Math.min(pauseMs, leftMs));
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  } catch (error) {
    await ledger.set(step, { ...begun, state: "made" });
    throw error;
  }
}

/** A poll that fails in a way that may pass is one more that did not confirm it. */
function asUnconfirmed(error: unknown): Confirmation {
  if (!isHeidiError(error) || !isPassing(error)) throw error;
  return { kind: "unclear", reason: "the session could not be read", error };
}

/** The id of what an interrupted step made; undefined when it certainly made nothing. */
async function* settle(running: Running, write: Write, known: ConsultStepState): Steps<string | undefined> {
  const { ledger } = running;
  const { step } = write;
  const trace = await search(running, write, known.before ?? []);
  if (trace.kind === "unclear") throw new Review(step, trace.reason);
  if (trace.kind === "absent" && known.state === "made") throw new Review(step, VANISHED);
  yield { type: "looked-up", step, found: trace.kind === "found" };
  return trace.kind === "found" ? finish(ledger, step, trace.id) : undefined;
}

/** Looks again and again as long as finding nothing proves nothing: a server may still be at work. */
async function search(
  running: Running,
  { find, settleMs }: Write,
  before: readonly string[],
): Promise<Trace> {
  const { nowMs } = running.environment;
  const untilMs = nowMs() + settleMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const trace = await find(before);
    const leftMs = untilMs - nowMs();
    if (trace.kind !== "absent" || leftMs <= 0) return trace;
    await pause(running, Math.min(pauseMs, leftMs));
  }
}

async function finish(ledger: Ledger, step: ConsultStep, id: string | undefined): Promise<string> {
  await ledger.set(step, id ? { state: "done", id } : { state: "done" });
  return id ?? "";
}

/** Whether the server may have acted; an answer without what was asked for is one way of that. */
function isUncertain(failure: unknown): boolean {
  return failure === undefined || !isHeidiError(failure) || failure.requestMayHaveBeenProcessed;
}

async function pause({ environment, signal }: Running, pauseMs: number): Promise<void> {
  const { stop, release } = linkedStop(environment.underWay, signal);
  try {
    await environment.sleep(pauseMs, stop.signal);
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
