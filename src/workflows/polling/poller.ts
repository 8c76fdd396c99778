import type { RequestOptions } from "../../http/options.ts";
import type { OnRejected } from "../../http/promise.ts";
import { bindContext, type InContext } from "../../utils/async-context.ts";
import { type CallSite, captureCallSite, showCallSite } from "../../utils/call-site.ts";
import { Lazy } from "../../utils/lazy.ts";
import { redactInspect } from "../../utils/redact-inspect.ts";
import type { End, PollLoop, PollSettings } from "./poll-loop.ts";
import { resolveSchedule, throwInvalidArgument } from "./schedule.ts";
import { fingerprint, restorePoller, type SerializedPoller } from "./serialized-poller.ts";
import type { PollEnvironment, PollOperation, PollState } from "./types.ts";

/** Options of a poller: when it polls, its deadline, and how it is aborted. */
export interface PollOptions<S> {
  /**
   * The shortest delay between two polls, in milliseconds. Default 1,000, growing to `maxIntervalMs`. An interval that
   * you set does not grow: each delay is a random value between the interval and its double.
   */
  readonly intervalMs?: number | undefined;
  /** The longest delay between two polls, in milliseconds. Default 15,000, or twice the `intervalMs` that you set. */
  readonly maxIntervalMs?: number | undefined;
  /** The deadline of the whole wait, in milliseconds; the last poll is sent just before it. Each method has its default. */
  readonly timeoutMs?: number | undefined;
  /**
   * The timeout of one poll, in milliseconds; a poll never runs past the deadline. Default 60,000, and 600,000 for
   * transcripts and codes, because the server does the work while it answers the poll.
   */
  readonly pollTimeoutMs?: number | undefined;
  /** Aborts the wait at once, also during a request. */
  readonly signal?: AbortSignal | undefined;
  /** Additional headers for every request of the wait. */
  readonly headers?: RequestOptions["headers"];
  /** Called after every poll; errors that it throws are ignored. */
  readonly onPoll?: ((state: PollState<S>) => unknown) | undefined;
  /** A wait saved by `toJSON()`, to continue with its remaining time. */
  readonly resume?: SerializedPoller | undefined;
}

/**
 * A poller: the promise of a result, and an async iterable of the state after each poll.
 *
 * It sends nothing before it is awaited or iterated. You can await and iterate it at the same time and more than once:
 * all consumers share the same polls, one after the other. After `break` it stops polling until it is awaited or iterated
 * again, but its deadline keeps running.
 *
 * @example
 * const wait = clinician.clinicalCoding.waitForCodes(id, { coding_system: "SNOMED-CT" });
 * for await (const { status, elapsedMs } of wait) console.log(status, elapsedMs);
 * const codes = await wait;
 */
export class Poller<T, S> implements Promise<T>, AsyncIterable<PollState<S>> {
  readonly [Symbol.toStringTag]: string = "Poller";
  readonly #site: CallSite;
  readonly #operation: PollOperation<T, S>;
  readonly #settings: PollSettings<S>;
  readonly #refused: End<T> | undefined;
  readonly #loop: Lazy<typeof import("./poll-loop.ts"), PollLoop<T, S>>;
  /** Polls and `onPoll` run in the async context of the call that created the poller, not of the code that awaits it. */
  readonly #here: InContext = bindContext();
  #step: Promise<void> | undefined;
  #result: Promise<T> | undefined;

  /** Internal: the client's methods create pollers. */
  constructor(
    operation: PollOperation<T, S>,
    options: PollOptions<S> | undefined,
    environment: PollEnvironment,
  ) {
    this.#site = captureCallSite(Poller);
    this.#operation = operation;
    const [settings, refused] = settle(operation, options);
    this.#settings = settings;
    this.#refused = refused && { ok: false, error: refused.error };
    this.#loop = new Lazy(
      () => import("./poll-loop.ts"),
      ({ PollLoop }) => new PollLoop(operation, settings, environment),
    );
  }

  /** The state after the last poll; undefined before the first. */
  get state(): PollState<S> | undefined {
    return this.#loop.made?.last;
  }

  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: OnRejected<B> | null,
  ): Promise<A | B> {
    this.#result ??= this.#run();
    return this.#result.then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: OnRejected<B> | null): Promise<T | B> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.then().finally(onFinally);
  }

  /**
   * Yields the state after each poll, including the last one; then the iteration ends, or throws the error that ended
   * the wait. A slow consumer skips states that a newer one has replaced, and delays the next poll when it is the only
   * consumer.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<PollState<S>, void, undefined> {
    let reported: PollState<S> | undefined;
    for (;;) {
      const end = this.#end;
      const last = this.state;
      if (last !== undefined && last !== reported) {
        reported = last;
        yield last;
      } else if (end === undefined) {
        await this.#advance();
      } else if (end.ok) {
        return;
      } else {
        throw showCallSite(end.error, this.#site);
      }
    }
  }

  /**
   * Returns the data with which another process can continue: `JSON.stringify(wait)`. It contains no id, so store the
   * session's id with it, and pass both to the same method: `waitForTranscript(id, { resume })`.
   */
  toJSON(): SerializedPoller {
    const { polls, elapsedMs } = this.#loop.made ?? this.#settings.before ?? { polls: 0, elapsedMs: 0 };
    const { name, key } = this.#operation;
    return { version: 1, wait: name, subject: fingerprint(key), polls, elapsedMs };
  }

  get #end(): End<T> | undefined {
    return this.#refused ?? this.#loop.made?.end;
  }

  /** Runs one step for all consumers: calls during a step share it. */
  #advance(): Promise<void> {
    this.#step ??= this.#here(() => this.#poll()).finally(() => {
      this.#step = undefined;
    });
    return this.#step;
  }

  async #poll(): Promise<void> {
    const loop = this.#loop.made ?? (await this.#loop.make());
    await loop.step();
  }

  async #run(): Promise<T> {
    for (;;) {
      const end = this.#end;
      if (end === undefined) await this.#advance();
      else if (end.ok) return end.value;
      else throw showCallSite(end.error, this.#site);
    }
  }
}

redactInspect(Poller.prototype);

/** Returns the checked options. An invalid option rejects the poller when it is awaited, as with every call. */
function settle<S>(
  operation: PollOperation<unknown, S>,
  options: PollOptions<S> | undefined,
): [PollSettings<S>, refused?: { error: unknown }] {
  try {
    return [check(operation, options ?? {})];
  } catch (error) {
    return [check(operation, {}), { error }];
  }
}

function check<S>(operation: PollOperation<unknown, S>, options: PollOptions<S>): PollSettings<S> {
  if (typeof options !== "object")
    throwInvalidArgument("options", "The options of a wait must be an object.");
  const { signal, headers, onPoll, resume } = options;
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throwInvalidArgument("signal", "The option `signal` must be an AbortSignal.");
  }
  if (onPoll !== undefined && typeof onPoll !== "function") {
    throwInvalidArgument("onPoll", "The option `onPoll` must be a function.");
  }
  const before = resume === undefined ? undefined : restorePoller(resume, operation);
  return { schedule: resolveSchedule(options, operation), signal, headers, onPoll, before };
}
