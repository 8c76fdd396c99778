import { HeidiApiError, HeidiUnprocessableError } from "../api-errors.ts";
import { annotate, HeidiAbortError, HeidiArgumentError, type HeidiError, isHeidiError } from "../errors.ts";
import type { Log } from "../log.ts";
import { monotonicMs } from "../platform.ts";
import { dialectAskedFor, type FormInput, otherThan, refusedFields, twoNames, writeForm } from "./dialect.ts";
import { worstOutcome } from "./error-mapping.ts";
import type { CallInput, Dialect, HeidiDialect, Operation, TimeClass } from "./operation.ts";
import type { ApiResponse } from "./response.ts";
import type { DialectTrial } from "./send.ts";
import type { PreparedRequest, SendSettings } from "./settings.ts";

/** A request in the format of the next attempt. */
export interface DialectAttempt extends FormInput {
  readonly dialect: Dialect;
  /** True when a field that has two names is sent under both. */
  readonly bothNames: boolean;
}

/** The longest time that a call waits for another call to detect the request format; after it, the call detects it itself. */
const MAX_WAIT_MS: Readonly<Record<TimeClass, number>> = { quick: 2_000, slow: 15_000 };

const HEIDI = /(?:^|\.)heidihealth\.com$/;

/**
 * The request formats that a deployment accepts, by operation, as far as a client has detected them.
 *
 * A fixed dialect is used unchanged. Otherwise Heidi's own hosts get the documented format first and other hosts the spec's.
 * A rejection that names a field of the other format proves that the server did not act, so the other format is tried once.
 */
export class DialectSelector {
  readonly #fixed: Dialect | undefined;
  readonly #first: Dialect;
  readonly #log: Log;
  readonly #known = new Map<string, Dialect>();
  readonly #probes = new Map<string, Promise<void>>();
  /** Operations for which a call failed before it detected the format: later calls do not wait for each other. */
  readonly #tried = new Set<string>();

  constructor(option: HeidiDialect, baseUrl: string, log: Log) {
    this.#fixed = option === "auto" ? undefined : option;
    this.#first = HEIDI.test(new URL(baseUrl).hostname) ? "documented" : "spec";
    this.#log = log;
  }

  /** Returns true while a rejection can still show that the deployment accepts the other format. */
  isOpen({ id }: Operation): boolean {
    return this.#fixed === undefined && !this.#known.has(id);
  }

  /** Returns true when a rejection of this format is final: the client does not try the other format. */
  isSettled({ id }: Operation, dialect: Dialect): boolean {
    return this.#fixed !== undefined || this.#known.get(id) === dialect;
  }

  /** Returns true when a call should wait for another call to detect the format: a guess may be rejected, and one rejection is enough. */
  isGuess(operation: Operation): boolean {
    const { id, forms, body } = operation;
    if (forms === undefined || this.#first === "documented" || !this.isOpen(operation)) return false;
    if (this.#tried.has(id)) return false;
    const isMultipart = body?.kind === "multipart";
    const mayBeRejected = Object.values(forms.fields ?? {}).some(
      ({ name, list, part }) => list || part !== undefined || (name !== undefined && isMultipart),
    );
    return mayBeRejected || forms.body !== undefined;
  }

  /** Returns the request in the format to try first: the known or preferred format, or the only one that can express the input. */
  first(operation: Operation, input: CallInput): DialectAttempt {
    const dialect = this.#fixed ?? this.#known.get(operation.id) ?? this.#first;
    // If the format is unknown and the host is not Heidi's, the server may read either name.
    const bothNames = dialect === "spec" && this.isOpen(operation);
    try {
      return write(operation, input, dialect, bothNames);
    } catch (error) {
      if (!this.isOpen(operation)) throw error;
      try {
        return write(operation, input, otherThan(dialect), false);
      } catch {
        throw error;
      }
    }
  }

  /** Returns the request to try after a rejection; undefined if the rejection does not concern the format, or no other format can express the input. */
  next(
    operation: Operation,
    input: CallInput,
    tried: DialectAttempt,
    responseBody: string,
  ): DialectAttempt | undefined {
    // Another call may have detected the format while this one was in progress.
    if (this.isSettled(operation, tried.dialect)) return undefined;
    const expected = dialectAskedFor(operation, responseBody, tried.dialect, tried.bothNames);
    const isUnknownName = refusedFields(operation, responseBody).some(({ fault }) => fault === "unknown");
    if (expected === undefined || (expected === tried.dialect && !(tried.bothNames && isUnknownName)))
      return undefined;
    try {
      return write(operation, input, expected, false);
    } catch {
      return undefined;
    }
  }

  /**
   * Records the format that was accepted, or that a rejection asked for. An accepted request with both names of a field does
   * not show which name was read, and a request that is equal in both formats shows nothing.
   */
  learn(operation: Operation, { dialect, bothNames }: DialectAttempt, rejection?: HeidiError): void {
    const { id, forms } = operation;
    if (bothNames && twoNames(operation).length > 0) return;
    const differs = forms?.body !== undefined || Object.values(forms?.fields ?? {}).some(({ text }) => !text);
    if (!differs && rejection === undefined) return;
    if (this.#fixed !== undefined || this.#known.get(id) === dialect) return;
    this.#known.set(id, dialect);
    if (rejection !== undefined)
      this.#log.write("info", "dialect", { operation: id, dialect, requestId: rejection.requestId });
  }

  /**
   * Waits while another call of the operation detects the format, so that one rejection is enough for all calls. Waits at
   * most 2 s, or 15 s for slow operations, because that call may hang. Returns a function that ends the caller's turn; its
   * argument is the error with which the call failed.
   */
  async turn(
    { id, time }: Operation,
    wait: <T>(promise: Promise<T>) => Promise<T>,
  ): Promise<(failure?: unknown) => void> {
    const deadlineMs = monotonicMs() + MAX_WAIT_MS[time];
    for (let pending = this.#probes.get(id); pending !== undefined; pending = this.#probes.get(id)) {
      const leftMs = deadlineMs - monotonicMs();
      if (leftMs <= 0 || this.#tried.has(id)) break;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const timeout = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, leftMs);
      });
      try {
        await wait(Promise.race([pending, timeout]));
      } finally {
        clearTimeout(timer);
      }
    }
    if (this.#known.has(id) || this.#tried.has(id)) return () => undefined;
    let end: () => void = () => undefined;
    const probe = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#probes.set(id, probe);
    return (failure) => {
      const isInconclusive =
        failure instanceof HeidiUnprocessableError ||
        failure instanceof HeidiAbortError ||
        failure instanceof HeidiArgumentError;
      // A call that was rejected for another reason, or never sent, leaves the detection to the next call.
      if (failure !== undefined && !isInconclusive) this.#tried.add(id);
      if (this.#probes.get(id) === probe) this.#probes.delete(id);
      end();
    };
  }
}

function write(operation: Operation, input: CallInput, dialect: Dialect, bothNames: boolean): DialectAttempt {
  return { ...writeForm(operation, input, dialect, bothNames), dialect, bothNames };
}

/** A call whose request has two formats and is not written in either yet. */
export interface DialectRequest extends Pick<PreparedRequest, "options" | "requestSignal" | "parseAs"> {
  readonly input: CallInput;
  /** Creates the parameters and the body in one format. The caller releases the body after the attempts in this format. */
  prepare(written: FormInput): Promise<Pick<PreparedRequest, "params" | "body">>;
}

/** Sends one prepared request. */
type SendRequest = <T>(request: PreparedRequest, trial?: DialectTrial) => Promise<ApiResponse<T>>;

/** Sends the requests of one client that have two formats. */
export class DialectSender {
  readonly #settings: SendSettings;
  readonly #send: SendRequest;
  readonly #dialects: DialectSelector;

  constructor(settings: SendSettings, send: SendRequest) {
    this.#settings = settings;
    this.#send = send;
    this.#dialects = new DialectSelector(settings.dialect, settings.baseUrl, settings.log);
  }

  /** Sends a request in the format that the deployment accepts; if the format is rejected, in the other one. */
  async send<T>(call: DialectRequest): Promise<ApiResponse<T>> {
    const { requestSignal, options } = call;
    const { operation } = options;
    const dialects = this.#dialects;
    const end = dialects.isGuess(operation)
      ? await dialects.turn(operation, (promise) => requestSignal.race(promise))
      : () => undefined;
    let failure: unknown;
    try {
      return await this.#sendFormats<T>(call);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      end(failure);
    }
  }

  async #sendFormats<T>(call: DialectRequest): Promise<ApiResponse<T>> {
    const dialects = this.#dialects;
    const { options, input } = call;
    const { operation } = options;
    const first = dialects.first(operation, input);
    let other: DialectAttempt | undefined;
    let rejection: HeidiUnprocessableError | undefined;
    const continues = (error: HeidiUnprocessableError, replayable: boolean): boolean => {
      const next = dialects.next(operation, input, first, error.body());
      // A request that cannot be repeated still shows the format for the next call.
      if (next !== undefined && !replayable) dialects.learn(operation, next, error);
      if (next === undefined || !replayable) return false;
      other = next;
      rejection = error;
      return true;
    };
    try {
      const response = await this.#sendFormat<T>(call, first, { continues });
      dialects.learn(operation, first);
      return response;
    } catch (error) {
      if (other === undefined || rejection === undefined || error !== rejection) throw error;
    }
    return await this.#sendOtherFormat<T>(call, { first, other, rejection });
  }

  async #sendOtherFormat<T>(
    call: DialectRequest,
    {
      first,
      other,
      rejection,
    }: { first: DialectAttempt; other: DialectAttempt; rejection: HeidiUnprocessableError },
  ): Promise<ApiResponse<T>> {
    const dialects = this.#dialects;
    const { operation } = call.options;
    const { attempts } = rejection;
    try {
      const response = await this.#sendFormat<T>(call, other, { attempts });
      dialects.learn(operation, other, rejection);
      return response;
    } catch (error) {
      if (error instanceof HeidiUnprocessableError) {
        // Both formats were rejected: throw the first rejection.
        if (dialects.next(operation, call.input, other, error.body())?.dialect === first.dialect)
          throw annotate(rejection, { attempts: error.attempts });
      }
      // A rejection for another reason shows that the format was accepted.
      if (error instanceof HeidiApiError && error.status < 500) dialects.learn(operation, other, rejection);
      // All waiting calls share the error of a failed token exchange, so it stays unchanged.
      if (isHeidiError(error) && (error.operation ?? operation.id) === operation.id) {
        const outcome = worstOutcome(rejection.outcome, error.outcome);
        annotate(error, { outcome, attempts: Math.max(error.attempts, attempts) });
      }
      throw error;
    }
  }

  async #sendFormat<T>(
    { options, requestSignal, parseAs, prepare }: DialectRequest,
    written: DialectAttempt,
    trial: {
      attempts?: number;
      continues?: (rejection: HeidiUnprocessableError, replayable: boolean) => boolean;
    },
  ): Promise<ApiResponse<T>> {
    const dialects = this.#dialects;
    const { operation } = options;
    const { dialect, dropped = [] } = written;
    const { params, body } = await prepare(written);
    const replayable = body?.replayable ?? true;
    for (const field of dropped)
      this.#settings.log.write("warn", "field not sent", { operation: operation.id, dialect, field });
    // The error recommends the option `dialect` if the client does not try the other format itself.
    const isOnly = !replayable || dialects.isSettled(operation, dialect);
    const { attempts = 0, continues } = trial;
    try {
      return await this.#send<T>(
        { options: isOnly ? { ...options, dialect } : options, requestSignal, params, body, parseAs },
        { attempts, triesOtherForm: (rejection) => continues?.(rejection, replayable) === true },
      );
    } finally {
      body?.release?.();
    }
  }
}
