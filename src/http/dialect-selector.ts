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

/** A request in the form that is to be tried. */
export interface DialectAttempt extends FormInput {
  readonly dialect: Dialect;
  /** Whether a field that has two names is sent under both. */
  readonly bothNames: boolean;
}

/** How long a call waits for another one to find out the form; then it finds out for itself. */
const MAX_WAIT_MS: Readonly<Record<TimeClass, number>> = { quick: 2_000, slow: 15_000 };

const HEIDI = /(?:^|\.)heidihealth\.com$/;

/**
 * What a client knows of the form that its deployment takes, by operation.
 *
 * A fixed dialect is used as it is. Otherwise Heidi's own hosts get the documented form first and others the spec's; a
 * refusal that names a field of the other form is proof that nothing was done, and the other form is tried once.
 */
export class DialectSelector {
  readonly #fixed: Dialect | undefined;
  readonly #first: Dialect;
  readonly #log: Log;
  readonly #known = new Map<string, Dialect>();
  readonly #probes = new Map<string, Promise<void>>();
  /** Operations of which a call found out nothing, because it did not get as far: the next ones do not wait in turn. */
  readonly #tried = new Set<string>();

  constructor(option: HeidiDialect, baseUrl: string, log: Log) {
    this.#fixed = option === "auto" ? undefined : option;
    this.#first = HEIDI.test(new URL(baseUrl).hostname) ? "documented" : "spec";
    this.#log = log;
  }

  /** True as long as a refusal may show that the deployment takes the other form. */
  isOpen({ id }: Operation): boolean {
    return this.#fixed === undefined && !this.#known.has(id);
  }

  /** True when a request in this form is refused for good: the client does not try the other one by itself. */
  isSettled({ id }: Operation, dialect: Dialect): boolean {
    return this.#fixed !== undefined || this.#known.get(id) === dialect;
  }

  /** Whether a call should let another one find out first: a guess may be refused, and once is enough. */
  isGuess(operation: Operation): boolean {
    const { id, forms, body } = operation;
    if (forms === undefined || this.#first === "documented" || !this.isOpen(operation)) return false;
    if (this.#tried.has(id)) return false;
    const isForm = body?.kind === "multipart";
    const mayBeRefused = Object.values(forms.fields ?? {}).some(
      ({ name, list, part }) => list || part !== undefined || (name !== undefined && isForm),
    );
    return mayBeRefused || forms.body !== undefined;
  }

  /** The form to try first: the one that is known or preferred, or the only one that can say what was given. */
  first(operation: Operation, input: CallInput): DialectAttempt {
    const dialect = this.#fixed ?? this.#known.get(operation.id) ?? this.#first;
    // Where nothing is known and the host is not Heidi's, either name may be the one that is read.
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

  /** The form to try after a refusal; undefined when the refusal says nothing of forms, or no other form can be had. */
  next(
    operation: Operation,
    input: CallInput,
    tried: DialectAttempt,
    answer: string,
  ): DialectAttempt | undefined {
    // Not where nothing is known only: another call may have found out the form while this one was under way.
    if (this.isSettled(operation, tried.dialect)) return undefined;
    const asked = dialectAskedFor(operation, answer, tried.dialect, tried.bothNames);
    const isRefusedName = refusedFields(operation, answer).some(({ fault }) => fault === "unknown");
    if (asked === undefined || (asked === tried.dialect && !(tried.bothNames && isRefusedName)))
      return undefined;
    try {
      return write(operation, input, asked, false);
    } catch {
      return undefined;
    }
  }

  /**
   * Remembers which form was taken, or which one a refusal asked for. That both names of a field were taken says nothing
   * of which one was read, and that a request was taken which both forms send alike says nothing at all.
   */
  learn(operation: Operation, { dialect, bothNames }: DialectAttempt, refused?: HeidiError): void {
    const { id, forms } = operation;
    if (bothNames && twoNames(operation).length > 0) return;
    const differs = forms?.body !== undefined || Object.values(forms?.fields ?? {}).some(({ text }) => !text);
    if (!differs && refused === undefined) return;
    if (this.#fixed !== undefined || this.#known.get(id) === dialect) return;
    this.#known.set(id, dialect);
    if (refused !== undefined)
      this.#log.write("info", "dialect", { operation: id, dialect, requestId: refused.requestId });
  }

  /**
   * Waits while another call of the operation finds out the form, so that one refusal is enough for all of them; at most
   * 2 s, or 15 s where the server takes its time, for that call may hang. The function that it returns ends the caller's
   * own turn; it takes the error that the call failed with.
   */
  async turn(
    { id, time }: Operation,
    wait: <T>(promise: Promise<T>) => Promise<T>,
  ): Promise<(failure?: unknown) => void> {
    const untilMs = monotonicMs() + MAX_WAIT_MS[time];
    for (let before = this.#probes.get(id); before !== undefined; before = this.#probes.get(id)) {
      const leftMs = untilMs - monotonicMs();
      if (leftMs <= 0 || this.#tried.has(id)) break;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, leftMs);
      });
      try {
        await wait(Promise.race([before, patience]));
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
      const isLeft =
        failure instanceof HeidiUnprocessableError ||
        failure instanceof HeidiAbortError ||
        failure instanceof HeidiArgumentError;
      // One that was refused for something else, or never sent, leaves the next one to find out.
      if (failure !== undefined && !isLeft) this.#tried.add(id);
      if (this.#probes.get(id) === probe) this.#probes.delete(id);
      end();
    };
  }
}

function write(operation: Operation, input: CallInput, dialect: Dialect, bothNames: boolean): DialectAttempt {
  return { ...writeForm(operation, input, dialect, bothNames), dialect, bothNames };
}

/** A call whose request has two forms, of which one is still to be written. */
export interface DialectRequest extends Pick<PreparedRequest, "options" | "guard" | "parseAs"> {
  readonly input: CallInput;
  /** Makes what is sent; the body is to be released when the attempt in this form is over. */
  prepare(written: FormInput): Promise<Pick<PreparedRequest, "params" | "body">>;
}

/** Sends one prepared request. */
type SendRequest = <T>(request: PreparedRequest, trial?: DialectTrial) => Promise<ApiResponse<T>>;

/** Sends the requests of one client that have two forms. */
export class DialectSender {
  readonly #settings: SendSettings;
  readonly #send: SendRequest;
  readonly #dialects: DialectSelector;

  constructor(settings: SendSettings, send: SendRequest) {
    this.#settings = settings;
    this.#send = send;
    this.#dialects = new DialectSelector(settings.dialect, settings.baseUrl, settings.log);
  }

  /** Sends a request in the form that the deployment takes, and in the other one when it is refused for its form. */
  async send<T>(call: DialectRequest): Promise<ApiResponse<T>> {
    const { guard, options } = call;
    const { operation } = options;
    const dialects = this.#dialects;
    const end = dialects.isGuess(operation)
      ? await dialects.turn(operation, (promise) => guard.race(promise))
      : () => undefined;
    let failure: unknown;
    try {
      return await this.#sendForms<T>(call);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      end(failure);
    }
  }

  async #sendForms<T>(call: DialectRequest): Promise<ApiResponse<T>> {
    const dialects = this.#dialects;
    const { options, input } = call;
    const { operation } = options;
    const tried = dialects.first(operation, input);
    let other: DialectAttempt | undefined;
    let refused: HeidiUnprocessableError | undefined;
    const goesOn = (error: HeidiUnprocessableError, replayable: boolean): boolean => {
      const asked = dialects.next(operation, input, tried, error.body());
      // What cannot be sent again teaches the next call.
      if (asked !== undefined && !replayable) dialects.learn(operation, asked, error);
      if (asked === undefined || !replayable) return false;
      other = asked;
      refused = error;
      return true;
    };
    try {
      const answer = await this.#sendForm<T>(call, tried, { goesOn });
      dialects.learn(operation, tried);
      return answer;
    } catch (error) {
      if (other === undefined || refused === undefined || error !== refused) throw error;
    }
    return await this.#sendOtherForm<T>(call, { tried, other, refused });
  }

  async #sendOtherForm<T>(
    call: DialectRequest,
    {
      tried,
      other,
      refused,
    }: { tried: DialectAttempt; other: DialectAttempt; refused: HeidiUnprocessableError },
  ): Promise<ApiResponse<T>> {
    const dialects = this.#dialects;
    const { operation } = call.options;
    const { attempts } = refused;
    try {
      const answer = await this.#sendForm<T>(call, other, { attempts });
      dialects.learn(operation, other, refused);
      return answer;
    } catch (error) {
      if (error instanceof HeidiUnprocessableError) {
        // Neither form is taken: what the first one was refused for is as good as any.
        if (dialects.next(operation, call.input, other, error.body())?.dialect === tried.dialect)
          throw annotate(refused, { attempts: error.attempts });
      }
      // Whatever else it was refused for, its form was taken.
      if (error instanceof HeidiApiError && error.status < 500) dialects.learn(operation, other, refused);
      // A failed token exchange is shared by all who waited for it.
      if (isHeidiError(error) && (error.operation ?? operation.id) === operation.id) {
        const outcome = worstOutcome(refused.outcome, error.outcome);
        annotate(error, { outcome, attempts: Math.max(error.attempts, attempts) });
      }
      throw error;
    }
  }

  async #sendForm<T>(
    { options, guard, parseAs, prepare }: DialectRequest,
    written: DialectAttempt,
    trial: {
      attempts?: number;
      goesOn?: (refused: HeidiUnprocessableError, replayable: boolean) => boolean;
    },
  ): Promise<ApiResponse<T>> {
    const dialects = this.#dialects;
    const { operation } = options;
    const { dialect, dropped = [] } = written;
    const { params, body } = await prepare(written);
    const replayable = body?.replayable ?? true;
    for (const field of dropped)
      this.#settings.log.write("warn", "field not sent", { operation: operation.id, dialect, field });
    // A refusal advises the option where the client does not try the other form by itself.
    const isOnly = !replayable || dialects.isSettled(operation, dialect);
    const { attempts = 0, goesOn } = trial;
    try {
      return await this.#send<T>(
        { options: isOnly ? { ...options, dialect } : options, guard, params, body, parseAs },
        { attempts, triesOtherForm: (refused) => goesOn?.(refused, replayable) === true },
      );
    } finally {
      body?.release?.();
    }
  }
}
