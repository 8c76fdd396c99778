import { HeidiUnprocessableError } from "../api-errors.ts";
import { HeidiAbortError, HeidiArgumentError, type HeidiError } from "../errors.ts";
import type { Log } from "../log.ts";
import { monotonicMs } from "../platform.ts";
import { dialectAskedFor, type FormInput, otherThan, refusedFields, twoNames, writeForm } from "./dialect.ts";
import type { CallInput, Dialect, HeidiDialect, Operation, TimeClass } from "./operation.ts";

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
