import { HeidiApiError, HeidiUnprocessableError } from "../api-errors.ts";
import type { Token } from "../auth/token.ts";
import { annotate, type HeidiError, HeidiTimeoutError, isHeidiError, type Outcome } from "../errors.ts";
import { abortWith } from "../utils/abort.ts";
import { Attempt } from "./attempt.ts";
import { worstOutcome } from "./error-mapping.ts";
import type { HttpRequest } from "./http-client.ts";
import { NetworkError } from "./outcome.ts";
import { ApiResponse } from "./response.ts";
import { decideRetry } from "./retry.ts";
import type { FinalRequestOptions, ParseAs, SendSettings } from "./settings.ts";
import type { RequestSignal } from "./signal.ts";

/** The context of a call that may try a second request format. */
export interface DialectTrial {
  /** The number of attempts in the first format. */
  readonly attempts?: number;
  /** Returns true when the call continues in the other format after this rejection. */
  readonly triesOtherForm?: (rejection: HeidiUnprocessableError) => boolean;
}

/** One call: it makes attempts until one succeeds, the retry policy stops, or the call's signal ends it. */
export class ApiCall<T> {
  readonly #signal: RequestSignal;
  readonly #settings: SendSettings;
  readonly #options: FinalRequestOptions;
  readonly #trial: DialectTrial;
  /** The number of attempts in this format. */
  #tries = 0;
  #outcome: Outcome = "not-sent";
  #refreshed = false;
  #last: HeidiError | undefined;

  constructor(
    settings: SendSettings,
    options: FinalRequestOptions,
    signal: RequestSignal,
    trial: DialectTrial = {},
  ) {
    this.#settings = settings;
    this.#options = options;
    this.#signal = signal;
    this.#trial = trial;
  }

  get #attempts(): number {
    return (this.#trial.attempts ?? 0) + this.#tries;
  }

  /** Runs the call. `parseAs` is called when the headers of a successful response have arrived. */
  readonly run = async (request: HttpRequest, parseAs: () => ParseAs): Promise<ApiResponse<T>> => {
    try {
      return await this.#attemptUntilDone(request, parseAs);
    } catch (error) {
      const { id } = this.#options.operation;
      const isTokenError = isHeidiError(error) && error.operation !== undefined && error.operation !== id;
      const continues = !isTokenError && this.#willTryOtherForm(error);
      if (!continues) this.#signal.release();
      if (!isHeidiError(error)) throw error;
      const own = isTokenError ? this.#lastErrorAfterSending(error) : this.#withLastCause(error);
      // All waiting calls share the error of a failed token exchange, so it stays unchanged.
      if (own === undefined) throw error;
      const outcome = worstOutcome(this.#outcome, own.outcome);
      this.#settings.log.write(continues ? "debug" : "warn", "failed", {
        operation: id,
        error: own.name,
        status: own instanceof HeidiApiError ? own.status : undefined,
        code: own.cause instanceof NetworkError ? own.cause.code : undefined,
        outcome,
        attempt: this.#attempts,
        requestId: own.requestId,
      });
      throw annotate(own, { operation: id, outcome, attempts: this.#attempts });
    }
  };

  async #attemptUntilDone(request: HttpRequest, parseAs: () => ParseAs): Promise<ApiResponse<T>> {
    const { operation, maxRetries } = this.#options;
    const { budget, random, log } = this.#settings;
    const replayable = request.body?.replayable ?? true;
    for (;;) {
      this.#signal.check();
      const token = this.#cachedToken() ?? (await this.#token());
      this.#tries += 1;
      const attempt = new Attempt<T>(this.#settings, this.#options, this.#signal, this.#attempts);
      const span = this.#options.span?.startAttempt(this.#attempts);
      const send = (): ReturnType<Attempt<T>["send"]> => attempt.send(request, token, parseAs, span?.headers);
      const result = await (span ? span.run(send) : send());
      span?.end(result instanceof ApiResponse ? undefined : result.error, attempt.facts);
      if (result instanceof ApiResponse) {
        budget.earn(this.#tries > 1);
        return result;
      }
      const { error, failure } = result;
      this.#outcome = worstOutcome(this.#outcome, error.outcome);
      if (!this.#signal.ended) this.#last = error;
      const refreshed = failure?.status === 401 && token !== undefined && this.#invalidateToken(token);
      if (!failure || !replayable) throw error;
      if (refreshed && !failure.permanent) continue;
      const limits = { attempt: this.#tries, maxRetries, remainingMs: this.#signal.remainingMs };
      const decision = decideRetry(operation.retry, failure, limits, random);
      if (!decision.retry) throw decision.late ? this.#deadlineError() : error;
      if (!budget.spend()) throw error;
      log.write("info", "retry", {
        operation: operation.id,
        attempt: this.#attempts,
        delayMs: decision.delayMs,
      });
      await this.#signal.sleep(decision.delayMs);
    }
  }

  #willTryOtherForm(error: unknown): boolean {
    if (!(error instanceof HeidiUnprocessableError) || this.#outcome !== "rejected") return false;
    return this.#trial.triesOtherForm?.(error) === true;
  }

  #deadlineError(): HeidiTimeoutError {
    const { operation, totalTimeoutMs } = this.#options;
    return new HeidiTimeoutError(
      `${operation.name} failed, and totalTimeoutMs (${totalTimeoutMs} ms) leaves no time for another attempt; see \`cause\`.`,
    );
  }

  /** Sets the `cause` of a total timeout to the error of the last attempt. */
  #withLastCause(error: HeidiError): HeidiError {
    const last = this.#last;
    if (!(error instanceof HeidiTimeoutError) || last === undefined || last === error) return error;
    Object.defineProperty(error, "cause", { value: last, configurable: true, writable: true });
    return annotate(error, { requestId: last.requestId });
  }

  /** Returns the last attempt's error, with the token error as `cause`, if the server may have processed an attempt; otherwise undefined. */
  #lastErrorAfterSending(tokenError: HeidiError): HeidiError | undefined {
    if (this.#outcome === "not-sent" || this.#outcome === "rejected") return undefined;
    return (
      this.#last &&
      Object.defineProperty(this.#last, "cause", { value: tokenError, configurable: true, writable: true })
    );
  }

  /** Invalidates a token that the server rejected. Returns true if the call may try a new token, which is once per call. */
  #invalidateToken(token: Token): boolean {
    const { credentials } = this.#options;
    if (credentials.kind !== "bearer") return false;
    credentials.tokens.invalidate(token);
    if (this.#refreshed || !credentials.tokens.renewable) return false;
    this.#refreshed = true;
    return true;
  }

  #cachedToken(): Token | undefined {
    const { credentials } = this.#options;
    return credentials.kind === "bearer" ? credentials.tokens.peek() : undefined;
  }

  async #token(): Promise<Token | undefined> {
    const { credentials } = this.#options;
    if (credentials.kind !== "bearer") return undefined;
    const controller = new AbortController();
    this.#signal.watch((error) => abortWith(controller, error));
    try {
      return await credentials.tokens.get({ signal: controller.signal });
    } catch (error) {
      this.#signal.check(); // if the call has ended, report why it ended, not that the token request was aborted
      throw error;
    } finally {
      this.#signal.unwatch();
    }
  }
}
