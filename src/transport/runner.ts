import { createWire } from "#wire";
import { HeidiApiError, HeidiUnprocessableError } from "../api-errors.ts";
import { annotate, isHeidiError } from "../errors.ts";
import { Lazy, load } from "../loading.ts";
import type { Answer } from "./answer.ts";
import type { RequestBody } from "./body.ts";
import { Call } from "./call.ts";
import { Guard } from "./deadline.ts";
import type { WrittenInput } from "./dialect.ts";
import type { DialectChoice, DialectTry } from "./dialect-choice.ts";
import type { CallInput } from "./operation.ts";
import type { CallPlan, Landing } from "./plan.ts";
import { buildRequest } from "./request.ts";
import { RetryBudget } from "./retry.ts";
import type { ClientSettings, TransportSettings } from "./settings.ts";
import type { Wire } from "./wire.ts";

/** A call that is ready to be sent. */
export interface ReadyCall {
  readonly plan: CallPlan;
  readonly guard: Guard;
  readonly params: { readonly path: Record<string, unknown>; readonly query: object };
  readonly body: RequestBody | undefined;
  /** Asked once the headers of a successful answer are there. */
  readonly landing: () => Landing;
}

/** A call whose request has two forms, of which one is still to be written. */
export interface FormedCall extends Pick<ReadyCall, "plan" | "guard" | "landing"> {
  readonly input: CallInput;
  /** Makes what is sent; the body is to be released when the attempt in this form is over. */
  prepare(written: WrittenInput, guard: Guard): Promise<Pick<ReadyCall, "params" | "body">>;
  /** Called with the guard of a second form, which then watches the call's end. */
  onGuard(guard: Guard): void;
}

/** Sends the calls of one client. */
export class Runner {
  readonly #settings: TransportSettings;
  /** Which form of requests the deployment takes. */
  readonly #dialects: Lazy<typeof import("./dialect-choice.ts"), DialectChoice>;

  constructor(settings: TransportSettings) {
    this.#settings = settings;
    this.#dialects = new Lazy(
      () => import("./dialect-choice.ts"),
      ({ DialectChoice }) => new DialectChoice(settings.dialect, settings.baseUrl, settings.log),
    );
  }

  /** Sends a request in the form that the deployment takes, and in the other one when it is refused for its form. */
  async runFormed<T>(call: FormedCall): Promise<Answer<T>> {
    const { guard, plan, input } = call;
    const { operation } = plan;
    const dialects = this.#dialects.made ?? (await guard.race(this.#dialects.make()));
    const end = dialects.isGuess(operation)
      ? await dialects.turn(operation, (promise) => guard.race(promise))
      : () => undefined;
    try {
      const tried = dialects.first(operation, input);
      const first = await this.#tryForm<T>(call, tried, guard);
      if (!("refused" in first)) {
        dialects.learn(operation, tried);
        return first.answer;
      }
      const { refused, replayable } = first;
      const other = replayable ? dialects.next(operation, input, tried, refused.body()) : undefined;
      if (other === undefined) throw refused;
      return await this.#tryOther<T>(call, dialects, { tried, other, refused });
    } finally {
      end();
    }
  }

  async #tryOther<T>(
    call: FormedCall,
    dialects: DialectChoice,
    { tried, other, refused }: { tried: DialectTry; other: DialectTry; refused: HeidiUnprocessableError },
  ): Promise<Answer<T>> {
    const { guard, plan } = call;
    const { operation, signal } = plan;
    const totalMs = Number.isFinite(guard.remainingMs) ? Math.max(1, guard.remainingMs) : undefined;
    const next = new Guard(signal, totalMs, this.#settings.underWay);
    call.onGuard(next);
    try {
      const second = await this.#tryForm<T>(call, other, next);
      if (!("refused" in second)) {
        dialects.learn(operation, other, refused);
        return second.answer;
      }
      // Neither form is taken: what the first one was refused for is as good as any.
      if (dialects.next(operation, call.input, other, second.refused.body())?.dialect === tried.dialect)
        throw refused;
      throw second.refused;
    } catch (error) {
      next.release();
      // Whatever else it was refused for, its form was taken.
      if (error !== refused && error instanceof HeidiApiError && error.status < 500)
        dialects.learn(operation, other, refused);
      if (error !== refused && isHeidiError(error))
        annotate(error, { attempts: refused.attempts + error.attempts });
      throw error;
    }
  }

  async #tryForm<T>(
    { plan, landing, prepare }: FormedCall,
    written: DialectTry,
    guard: Guard,
  ): Promise<{ answer: Answer<T> } | { refused: HeidiUnprocessableError; replayable: boolean }> {
    const { params, body } = await prepare(written, guard);
    const formed: CallPlan = { ...plan, dialect: written.dialect };
    try {
      return { answer: await this.run<T>({ plan: formed, guard, params, body, landing }) };
    } catch (error) {
      if (!(error instanceof HeidiUnprocessableError) || error.outcome !== "rejected") throw error;
      return { refused: error, replayable: body?.replayable ?? true };
    } finally {
      body?.release?.();
    }
  }

  get wire(): Wire {
    return this.#settings.wire;
  }

  async run<T>({ plan, guard, params, body, landing }: ReadyCall): Promise<Answer<T>> {
    const { method, path } = plan.operation;
    const request = buildRequest(this.#settings.baseUrl, method, path, params, body);
    return new Call<T>(this.#settings, plan, guard).run(request, landing);
  }
}

/** Loaded with a client's first call: importing the SDK, and what a page loads at first, hold none of this. */
export async function createRunner(settings: ClientSettings): Promise<Runner> {
  const wire = settings.wire ?? (await openWire(settings));
  return new Runner({ ...settings, wire, budget: new RetryBudget() });
}

async function openWire({ fetch, maxConnections, log }: ClientSettings): Promise<Wire> {
  if (!fetch) return await createWire({ maxConnections, log });
  const { createFetchWire } = await load(import("./fetch.ts"));
  return createFetchWire(fetch);
}
