import { setImmediate as aTurn } from "node:timers/promises";
import { HeidiConnectionError, HeidiServerError } from "heidi-health-sdk";
import { InFlightRequests } from "../../../src/http/signal.ts";
import { Poller } from "../../../src/workflows/polling/poller.ts";
import type {
  PollEnvironment,
  PollOperation,
  PollOptions,
  PollResult,
} from "../../../src/workflows/polling/types.ts";

// Loaded on their first use, which no virtual time is spent on.
await Promise.all([
  import("../../../src/upload/multipart.ts"),
  import("../../../src/workflows/polling/poll-loop.ts"),
  import("../../../src/workflows/recording/start-recording.ts"),
  import("../../../src/workflows/polling/operations.ts"),
]);

interface Timer {
  readonly atMs: number;
  readonly ring: () => void;
}

/** A clock on which nothing is slept for: it jumps to whatever is due next once everybody waits. */
export class VirtualTime implements PollEnvironment {
  readonly inFlight: InFlightRequests = new InFlightRequests();
  ms = 0;
  /** What chance draws, in turn; its last value stays. */
  draws: number[] = [0];
  readonly #timers = new Set<Timer>();

  readonly nowMs = (): number => this.ms;
  readonly random = (): number => (this.draws.length > 1 ? (this.draws.shift() ?? 0) : (this.draws[0] ?? 0));

  readonly sleep = (delayMs: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const onAbort = (): void => {
        if (this.#timers.delete(timer)) reject(signal?.reason);
      };
      const ring = (): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      const timer = { atMs: this.ms + delayMs, ring };
      this.#timers.add(timer);
      if (signal?.aborted) onAbort();
      signal?.addEventListener("abort", onAbort, { once: true });
    });

  get pending(): number {
    return this.#timers.size;
  }

  /** Lets time pass until the work is done. */
  async run<T>(work: PromiseLike<T>): Promise<T> {
    let done = false;
    const settled = Promise.resolve(work).finally(() => {
      done = true;
    });
    settled.catch(() => undefined);
    // Real work, such as the loading of a module or of a Blob, takes many turns of a busy machine.
    const startedMs = performance.now();
    for (let idle = 0; !done && (idle < 100 || performance.now() - startedMs < 5_000); ) {
      await aTurn();
      if (!done) idle = this.#next() ? 0 : idle + 1;
    }
    if (!done) throw new Error("nothing is left to happen, and the work is not done");
    return settled;
  }

  /** Lets so much time pass. */
  async pass(ms: number): Promise<void> {
    await this.run(this.sleep(ms));
    await aTurn();
  }

  #next(): boolean {
    const [timer] = [...this.#timers].sort((a, b) => a.atMs - b.atMs);
    if (timer === undefined) return false;
    this.#timers.delete(timer);
    this.ms = Math.max(this.ms, timer.atMs);
    timer.ring();
    return true;
  }
}

export const CANARY = "canary-4711";

/** What a look finds: a status, an error to throw, or a whole sight. */
export type Find = string | undefined | Error | PollResult<string, string>;
type Request = Parameters<PollOperation<string, string>["poll"]>[0];

/** A wait over looks that find what they are told to, and a record of when they were made. */
export class Scene {
  readonly time: VirtualTime = new VirtualTime();
  readonly looksAtMs: number[] = [];
  readonly requests: Request[] = [];
  readonly key: string[] = [`session-${CANARY}`];
  name = "transcript";
  readonly #find: (look: number, request: Request) => Find | Promise<Find>;

  /** The last one stays: `["PENDING", "READY"]` is ready from the second look on. */
  constructor(find: readonly Find[] | ((look: number, request: Request) => Find | Promise<Find>)) {
    this.#find = typeof find === "function" ? find : (look): Find => find[Math.min(look, find.length) - 1];
  }

  wait(options?: PollOptions<string>): Poller<string, string> {
    const subject: PollOperation<string, string> = {
      operation: "getSessionTranscript",
      timeoutMs: 60_000,
      pollTimeoutMs: 10_000,
      onDeadline: "Wait again.",
      poll: async (request) => {
        this.looksAtMs.push(this.time.ms);
        this.requests.push(request);
        const found = await this.#find(this.looksAtMs.length, request);
        if (found instanceof Error) throw found;
        return typeof found === "object" ? found : sightOf(found);
      },
    };
    const identity = { name: this.name, key: this.key };
    return new Poller(identity, () => Promise.resolve(subject), options, this.time);
  }

  /** The pauses between looks. */
  get pausesMs(): number[] {
    return this.looksAtMs.slice(1).map((atMs, index) => Math.round(atMs - (this.looksAtMs[index] ?? 0)));
  }

  /** How a wait with these options ends badly. */
  async failureOf(options?: PollOptions<string>): Promise<unknown> {
    return this.time.run(
      this.wait(options).then(
        () => new Error("the wait succeeded although it had to fail"),
        (error: unknown) => error,
      ),
    );
  }
}

/** A look with that status; its answer is a patient's words. */
export function sightOf(status: string | undefined, retryAfterMs?: number): PollResult<string, string> {
  const answer = `${CANARY} says hello`;
  const kind = status === "READY" ? "ready" : status === "FAILED" ? "failed" : "pending";
  return { operationStatus: { kind, value: answer }, status, answer, retryAfterMs };
}

const parts = { headers: new Headers(), type: undefined, detail: undefined, body: "" };
export const apiParts = (status: number): ConstructorParameters<typeof HeidiServerError>[1] => ({
  ...parts,
  status,
});
export const serverError = (status = 500, retryAfterMs?: number): HeidiServerError =>
  new HeidiServerError(`status ${status}`, apiParts(status), { outcome: "unknown", retryAfterMs });
export const cutConnection = (): HeidiConnectionError =>
  new HeidiConnectionError("cut", { outcome: "unknown" });
