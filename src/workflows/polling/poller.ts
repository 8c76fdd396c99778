import type { OnRejected } from "../../http/promise.ts";
import { bindContext, type InContext } from "../../utils/async-context.ts";
import { type CallSite, captureCallSite, showCallSite, showInRejection } from "../../utils/call-site.ts";
import { fingerprint } from "../../utils/fingerprint.ts";
import { Lazy } from "../../utils/lazy.ts";
import { redactInspect } from "../../utils/redact-inspect.ts";
import type { PollLoop } from "./poll-loop.ts";
import type {
  PollEnvironment,
  PollIdentity,
  PollOperation,
  PollOptions,
  PollState,
  SerializedPoller,
} from "./types.ts";

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
  readonly #identity: PollIdentity;
  readonly #options: () => PollOptions<S>;
  readonly #loop: Lazy<typeof import("./poll-loop.ts"), PollLoop<T, S>>;
  /** Polls and `onPoll` run in the async context of the call that created the poller, not of the code that awaits it. */
  readonly #here: InContext = bindContext();
  #step: Promise<void> | undefined;
  #result: Promise<T> | undefined;

  /** Internal: the client's methods create pollers. */
  constructor(
    identity: PollIdentity,
    load: () => Promise<PollOperation<T, S>>,
    options: PollOptions<S> | undefined,
    environment: PollEnvironment,
  ) {
    this.#site = captureCallSite(Poller);
    this.#identity = identity;
    const read = readNow(options);
    this.#options = read;
    this.#loop = new Lazy(
      () => import("./poll-loop.ts"),
      async ({ createPollLoop }) => createPollLoop({ ...identity, ...(await load()) }, read(), environment),
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
      const end = this.#loop.made?.end;
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
    const { polls, elapsedMs } = this.#loop.made ?? progressOf(this.#options);
    const { name, key } = this.#identity;
    return { version: 1, wait: name, subject: fingerprint(key), polls, elapsedMs };
  }

  /** Runs one step for all consumers: calls during a step share it. */
  #advance(): Promise<void> {
    this.#step ??= this.#here(() => this.#poll()).finally(() => {
      this.#step = undefined;
    });
    return this.#step;
  }

  async #poll(): Promise<void> {
    const loop = this.#loop.made ?? (await showInRejection(this.#loop.make(), this.#site));
    await loop.step();
  }

  async #run(): Promise<T> {
    for (;;) {
      const end = this.#loop.made?.end;
      if (end === undefined) await this.#advance();
      else if (end.ok) return end.value;
      else throw showCallSite(end.error, this.#site);
    }
  }
}

redactInspect(Poller.prototype);

/**
 * Reads the options at the call: later changes have no effect. The poller checks them when it is awaited, and rejects
 * then, as every call does; also if a getter throws.
 */
function readNow<S>(options: PollOptions<S> | undefined): () => PollOptions<S> {
  try {
    const copy = typeof options === "object" ? { ...options } : options;
    return () => copy ?? {};
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** Returns the progress of the saved wait that this one continues: numbers only, because nothing has checked it yet. */
function progressOf(read: () => PollOptions<never>): { readonly polls: number; readonly elapsedMs: number } {
  try {
    const { polls, elapsedMs } = Object(read().resume) as Partial<Record<keyof SerializedPoller, unknown>>;
    if (typeof polls === "number" && typeof elapsedMs === "number") return { polls, elapsedMs };
  } catch {
    // A getter of the options threw; the poller rejects when it is awaited.
  }
  return { polls: 0, elapsedMs: 0 };
}
