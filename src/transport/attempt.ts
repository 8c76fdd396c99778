import type { Token } from "../auth/token.ts";
import {
  type ErrorFacts,
  HeidiDecodeError,
  type HeidiError,
  HeidiTimeoutError,
  isHeidiError,
} from "../errors.ts";
import { monotonicMs } from "../platform.ts";
import { Answer } from "./answer.ts";
import { type Guard, IdleTimer } from "./deadline.ts";
import { type Evidence, explainBreak, explainRefusal, judgeBreak, type Problem } from "./failure.ts";
import { requestIdOf } from "./headers.ts";
import { runMiddleware } from "./middleware.ts";
import { classifyFault, Fact, isSuccess } from "./outcome.ts";
import type { CallPlan, Landing } from "./plan.ts";
import { GuardedReader } from "./reader.ts";
import { hasNoBody, MAX_ANSWER_BYTES, parseBody, readBody } from "./response.ts";
import type { TransportSettings } from "./settings.ts";
import type { WireEvents, WireExchange, WireRequest, WireResponse } from "./wire.ts";

/** A line of 128 kbit/s: what an upload is given time for where nothing is told on the way. */
const SLOWEST_BYTES_PER_MS = 16;

/**
 * One try at a call: from the first byte sent to the last one read. It ends early when the guard does, or when nothing
 * moves for `timeoutMs`; then the connection is closed and whoever waits is told.
 */
export class Attempt<T> {
  readonly #settings: TransportSettings;
  readonly #plan: CallPlan;
  readonly #guard: Guard;
  readonly #number: number;
  readonly #timer: IdleTimer;
  readonly #sourceTimer: IdleTimer;
  #exchange: WireExchange | undefined;
  #request: WireRequest | undefined;
  #sentBefore = false;
  #response: WireResponse | undefined;
  #giveUp: ((error: HeidiError) => void) | undefined;
  #interruptedBy: HeidiError | undefined;
  #wireFault: { readonly error: unknown; readonly shown: unknown } | undefined;
  /** The body is read after the attempt is over, by somebody else who then watches the guard. */
  #handedOver = false;
  #isOver = false;

  constructor(settings: TransportSettings, plan: CallPlan, guard: Guard, number: number) {
    this.#settings = settings;
    this.#plan = plan;
    this.#guard = guard;
    this.#number = number;
    this.#timer = new IdleTimer(plan.timeoutMs, () => this.#interrupt(timeoutError(plan.timeoutMs)));
    const { sourceTimeoutMs, operation } = plan;
    this.#sourceTimer = new IdleTimer(sourceTimeoutMs, () =>
      this.#interrupt(sourceError(operation.name, sourceTimeoutMs)),
    );
  }

  async run(
    request: WireRequest,
    token: Token | undefined,
    landing: () => Landing,
  ): Promise<Answer<T> | Problem> {
    const startedMs = monotonicMs();
    const replayable = request.body?.replayable ?? true;
    this.#guard.watch(this.#interrupt);
    this.#timer.start();
    try {
      const authorized = this.#authorize(request, token);
      this.#request = authorized;
      const response = await this.#send(authorized);
      this.#response = response;
      this.#logAnswer(request, response, startedMs);
      if (isSuccess(response.status)) return await this.#land(response, landing());
      return await explainRefusal(this.#plan.operation, response, {
        replayable,
        sentBefore: this.#sentBefore,
        nowMs: this.#settings.nowMs(),
        sentAs: this.#plan.dialect,
        ended: () => this.#guard.ended,
      });
    } catch (error) {
      const fault = this.#wireFault;
      const raw = fault !== undefined && fault.shown === error ? fault.error : error;
      return explainBreak(this.#plan.operation, raw, this.#evidence(replayable));
    } finally {
      this.#isOver = true;
      this.#timer.stop();
      this.#sourceTimer.stop();
      if (!this.#handedOver) this.#guard.unwatch();
    }
  }

  #send(request: WireRequest): Promise<WireResponse> {
    const { middleware } = this.#settings;
    if (middleware.length === 0) return this.#exchangeOnce(request);
    const { id, label, path } = this.#plan.operation;
    const context = { operation: id, template: label ?? path, attempt: this.#number };
    // A middleware may wait for something of its own, so an interruption must not depend on the wire noticing.
    return new Promise((resolve, reject) => {
      this.#giveUp = reject;
      runMiddleware(middleware, request, context, (final) => this.#exchangeOnce(final)).then(resolve, reject);
    });
  }

  #exchangeOnce(request: WireRequest): Promise<WireResponse> {
    if (this.#interruptedBy) return Promise.reject(this.#interruptedBy);
    const events: WireEvents = request.body
      ? {
          onSent: (sentBytes) => this.#progress(sentBytes, request),
          onSource: (isAwaited) => this.#awaitSource(isAwaited),
          onSendingWhole: (bytes) => this.#timer.grant(bytes / SLOWEST_BYTES_PER_MS),
        }
      : {};
    this.#sentBefore ||= this.#exchange?.sent ?? false; // a middleware may send more than once
    const exchange = this.#settings.wire.start(request, events);
    this.#exchange = exchange;
    return this.#settings.middleware.length === 0
      ? exchange.response
      : exchange.response.catch(this.#showFault);
  }

  /**
   * What the wire failed with, to be told from what a middleware throws of its own. Middleware, which may log it, sees the
   * code only: the platform's error can hold bytes of the answer.
   */
  readonly #showFault = (error: unknown): never => {
    const shown = isHeidiError(error) ? error : new Fact(classifyFault(error));
    this.#wireFault = { error, shown };
    throw shown;
  };

  /** While the source is awaited, its own limit counts: of a server that has nothing to read no answer can be due. */
  #awaitSource(isAwaited: boolean): void {
    if (this.#interruptedBy || this.#isOver) return;
    if (isAwaited) {
      this.#timer.pause();
      this.#timer.touch();
      this.#sourceTimer.start();
    } else {
      this.#sourceTimer.pause();
      this.#sourceTimer.touch();
      this.#timer.start();
    }
  }

  #progress(sentBytes: number, request: WireRequest): void {
    this.#timer.touch();
    try {
      const shown: unknown = this.#plan.onProgress?.({ sentBytes, totalBytes: request.body?.sizeBytes });
      // Whatever can be awaited, also a promise of another realm, may reject.
      if (typeof shown === "object" && shown !== null) Promise.resolve(shown).catch(() => undefined);
    } catch {
      // A progress bar that breaks must not break the upload.
    }
  }

  readonly #interrupt = (error: HeidiError): void => {
    if (this.#interruptedBy) return;
    this.#interruptedBy = error;
    this.#timer.stop();
    this.#sourceTimer.stop();
    this.#exchange?.abort(error);
    this.#giveUp?.(error);
  };

  #authorize(request: WireRequest, token: Token | undefined): WireRequest {
    const { credentials, headers } = this.#plan;
    const own: Record<string, string> = { ...headers };
    if (token) own["authorization"] = `Bearer ${token.value}`;
    else if (credentials.kind === "apiKey") own[credentials.header] = credentials.key;
    if (request.body) own["content-type"] = request.body.contentType;
    return { method: request.method, url: request.url, headers: own, body: request.body };
  }

  async #land(response: WireResponse, landing: Landing): Promise<Answer<T>> {
    const facts: ErrorFacts = {
      operation: this.#plan.operation.id,
      outcome: "processed",
      attempts: this.#number,
      requestId: requestIdOf(response.headers),
    };
    const empty = hasNoBody(response.status) || this.#plan.operation.method === "HEAD";
    if (landing !== "parse" && !empty) {
      this.#handedOver = true;
      const body = new GuardedReader(response.body, this.#guard, {
        timeoutMs: this.#plan.timeoutMs,
        everyChunkCounts: landing === "raw",
        abort: this.#interrupt,
        explain: (error) => judgeBreak(this.#plan.operation, error, this.#evidence(true)).error,
      });
      return new Answer<T>({ ...response, body }, facts, undefined);
    }
    const { bytes, complete } = await readBody(response.body, MAX_ANSWER_BYTES).catch((error) => {
      // Such an answer may name the length or the coding of a body that does not come: the wire takes that for a loss.
      if (empty && !this.#guard.ended) return NO_BODY;
      throw error;
    });
    if (!complete) {
      throw new HeidiDecodeError(`The answer is larger than ${MAX_ANSWER_BYTES} bytes.`, facts);
    }
    const data = parseBody(this.#plan.operation, response, bytes) as T;
    this.#guard.release();
    return new Answer<T>(response, facts, { data, bytes });
  }

  /** What is known of a try that brought no complete answer, or not all of it. */
  #evidence(replayable: boolean): Evidence {
    return {
      sent: this.#exchange?.sent ?? false,
      sentBefore: this.#sentBefore,
      response: this.#response,
      interruptedBy: this.#interruptedBy,
      ended: this.#guard.ended,
      wireFault:
        this.#settings.middleware.length === 0 || this.#response ? undefined : (this.#wireFault ?? NONE),
      replayable,
      request: this.#request,
    };
  }

  #logAnswer(request: WireRequest, response: WireResponse, startedMs: number): void {
    const { log } = this.#settings;
    if (!log.enabled("debug")) return;
    log.write("debug", "response", {
      operation: this.#plan.operation.id,
      method: this.#plan.operation.method,
      template: this.#plan.operation.label ?? this.#plan.operation.path,
      attempt: this.#number,
      status: response.status,
      durationMs: Math.round(monotonicMs() - startedMs),
      sentBytes: request.body?.sizeBytes,
      answerBytes: lengthOf(response),
      requestId: requestIdOf(response.headers),
    });
  }
}

function lengthOf({ headers }: WireResponse): number | undefined {
  const length = headers.get("content-length");
  return length !== null && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}

/** With middleware, whatever the wire did not fail with came from them. */
const NONE = { error: undefined };
const NO_BODY = { bytes: new Uint8Array(), complete: true };

function timeoutError(timeoutMs: number): HeidiTimeoutError {
  return new HeidiTimeoutError(
    `No complete answer came within timeoutMs (${timeoutMs} ms). Raise timeoutMs if the server needs longer.`,
  );
}

function sourceError(operation: string, timeoutMs: number): HeidiTimeoutError {
  return new HeidiTimeoutError(
    `The source of the file gave no data for ${timeoutMs} ms in the middle of ${operation}; the upload was ended. Whoever sends the file may have left. Raise timeoutMs if the source pauses for longer.`,
  );
}
