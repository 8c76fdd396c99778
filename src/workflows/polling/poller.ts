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

/** Options of a wait. */
export interface PollOptions<S> {
  /**
   * The shortest pause between two looks, in milliseconds. Default 1,000, growing to `maxIntervalMs`. A chosen interval
   * does not grow: each pause is drawn between it and its double.
   */
  readonly intervalMs?: number | undefined;
  /** The longest pause between two looks, in milliseconds. Default 15,000, or twice a chosen `intervalMs`. */
  readonly maxIntervalMs?: number | undefined;
  /** The deadline of the whole wait, in milliseconds: the last look is made just before it. Each wait has its default. */
  readonly timeoutMs?: number | undefined;
  /**
   * The longest that one look may take, in milliseconds, and never past the deadline. Default 60,000, and 600,000 for
   * transcripts and codes, for which the server works while it is asked.
   */
  readonly pollTimeoutMs?: number | undefined;
  /** Ends the wait at once, also during a request. */
  readonly signal?: AbortSignal | undefined;
  /** More headers for every request of the wait. */
  readonly headers?: RequestOptions["headers"];
  /** Called after every look; what it throws is ignored. */
  readonly onPoll?: ((state: PollState<S>) => unknown) | undefined;
  /** Continues a wait that `toJSON()` saved, with what is left of its time. */
  readonly resume?: SerializedPoller | undefined;
}

/**
 * A wait: the promise of its result, and an async iterable of what each look found.
 *
 * Nothing is asked before it is awaited or iterated. Both may be done at once and more than once: all follow the same
 * looks, one after the other. After `break` nothing goes on, until it is awaited or iterated again; its deadline does.
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
  /** Polls and `onPoll` run in the context of the call that made the wait, regardless of the awaiting code. */
  readonly #here: InContext = bindContext();
  #step: Promise<void> | undefined;
  #result: Promise<T> | undefined;

  /** Internal: waits are made by the client's methods. */
  constructor(
    subject: PollOperation<T, S>,
    options: PollOptions<S> | undefined,
    environment: PollEnvironment,
  ) {
    this.#site = captureCallSite(Poller);
    this.#operation = subject;
    const [settings, refused] = settle(subject, options);
    this.#settings = settings;
    this.#refused = refused && { ok: false, error: refused.error };
    this.#loop = new Lazy(
      () => import("./poll-loop.ts"),
      ({ PollLoop }) => new PollLoop(subject, settings, environment),
    );
  }

  /** What the last look found; undefined before the first. */
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
   * What each look found, the last one included; then the iteration ends, or throws what the wait ended with. A slow
   * consumer skips what was overtaken meanwhile, and holds back looks that nobody else asks for.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<PollState<S>, void, undefined> {
    let told: PollState<S> | undefined;
    for (;;) {
      const end = this.#end;
      const last = this.state;
      if (last !== undefined && last !== told) {
        told = last;
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
   * What another process needs to go on: `JSON.stringify(wait)`. Holds no id, so keep the session's beside it, and pass
   * both to the same method: `waitForTranscript(id, { resume })`.
   */
  toJSON(): SerializedPoller {
    const { polls, elapsedMs } = this.#loop.made ?? this.#settings.before ?? { polls: 0, elapsedMs: 0 };
    const { name, key } = this.#operation;
    return { version: 1, wait: name, subject: fingerprint(key), polls, elapsedMs };
  }

  get #end(): End<T> | undefined {
    return this.#refused ?? this.#loop.made?.end;
  }

  /** One step for all who follow: whoever asks meanwhile joins it. */
  #advance(): Promise<void> {
    this.#step ??= this.#here(() => this.#poll()).finally(() => {
      this.#step = undefined;
    });
    return this.#step;
  }

  async #poll(): Promise<void> {
    const polling = this.#loop.made ?? (await this.#loop.make());
    await polling.step();
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

/** The checked options. What is wrong with them is told to whoever awaits, as with every call. */
function settle<S>(
  subject: PollOperation<unknown, S>,
  options: PollOptions<S> | undefined,
): [PollSettings<S>, refused?: { error: unknown }] {
  try {
    return [check(subject, options ?? {})];
  } catch (error) {
    return [check(subject, {}), { error }];
  }
}

function check<S>(subject: PollOperation<unknown, S>, options: PollOptions<S>): PollSettings<S> {
  if (typeof options !== "object")
    throwInvalidArgument("options", "The options of a wait must be an object.");
  const { signal, headers, onPoll, resume } = options;
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throwInvalidArgument("signal", "The option `signal` must be an AbortSignal.");
  }
  if (onPoll !== undefined && typeof onPoll !== "function") {
    throwInvalidArgument("onPoll", "The option `onPoll` must be a function.");
  }
  const before = resume === undefined ? undefined : restorePoller(resume, subject);
  return { schedule: resolveSchedule(options, subject), signal, headers, onPoll, before };
}
