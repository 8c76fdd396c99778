import type { RequestOptions } from "../../http/options.ts";
import { checkMs, throwInvalidArgument } from "../../utils/validate.ts";
import type { PollOptions } from "../polling/types.ts";
import type { ConsultJournal, ConsultResolution, ConsultState } from "./state.ts";

/** Options of a consult. */
export interface ConsultOptions extends Omit<RequestOptions, "totalTimeoutMs"> {
  /** The store of the state. Without it, store the `journal` of each event and pass the last one as `resume`. */
  readonly journal?: ConsultJournal | undefined;
  /** The `journal` of the last event, to continue from. */
  readonly resume?: ConsultState | undefined;
  /** The result of the manual check of the step that needed a review. */
  readonly resolve?: ConsultResolution | undefined;
  /**
   * The time that the server may take to show the result of an interrupted request, in milliseconds; ten times as long for
   * a document, which is still being generated. The step runs again only when a lookup finds nothing after that time.
   * Default 60,000.
   */
  readonly reconcileTimeoutMs?: number | undefined;
  /** Continue with the available text when a chunk of the recording could not be transcribed. Default false: an error. */
  readonly acceptPartial?: boolean | undefined;
  /** The deadline of each wait, for context documents, transcript and codes, in milliseconds. Default: that of each method. */
  readonly waitTimeoutMs?: number | undefined;
  /** The shortest delay between two polls of those waits, in milliseconds. Default 1,000, growing. */
  readonly intervalMs?: number | undefined;
}

/** The checked options, as the steps use them. */
export interface ConsultSettings {
  readonly request: RequestOptions;
  readonly wait: PollOptions<unknown>;
  readonly acceptPartial: boolean;
  readonly reconcileTimeoutMs: number;
}

const RECONCILE_TIMEOUT_MS = 60_000;

/** Checks the options; each request checks its own options. */
export function resolveSettings(options: ConsultOptions): ConsultSettings {
  if (typeof options !== "object" || options === null)
    throwInvalidArgument("options", "The options of a consult must be an object.");
  const { signal, timeoutMs, maxRetries, headers, journal } = options;
  if (signal !== undefined && typeof signal?.addEventListener !== "function")
    throwInvalidArgument("signal", "The option `signal` must be an AbortSignal.");
  if (journal !== undefined && !(isFunction(journal?.load) && isFunction(journal.save)))
    throwInvalidArgument("journal", "The option `journal` must have the methods `load` and `save`.");
  if (journal !== undefined && options.resume !== undefined)
    throwInvalidArgument(
      "resume",
      "The options `resume` and `journal` exclude each other: both contain a state.",
    );
  const { acceptPartial = false } = options;
  if (typeof acceptPartial !== "boolean")
    throwInvalidArgument("acceptPartial", "The option `acceptPartial` must be true or false.");
  const ms = (
    name: "reconcileTimeoutMs" | "waitTimeoutMs" | "intervalMs" | "timeoutMs",
  ): number | undefined => checkMs(name, options[name], throwInvalidArgument);
  ms("timeoutMs");
  return {
    request: { signal, timeoutMs, maxRetries, headers },
    wait: { signal, headers, timeoutMs: ms("waitTimeoutMs"), intervalMs: ms("intervalMs") },
    acceptPartial,
    reconcileTimeoutMs: ms("reconcileTimeoutMs") ?? RECONCILE_TIMEOUT_MS,
  };
}

const isFunction = (value: unknown): boolean => typeof value === "function";
