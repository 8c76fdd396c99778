import { createWire } from "#wire";
import { HeidiApiError, HeidiUnprocessableError } from "../api-errors.ts";
import { annotate, isHeidiError } from "../errors.ts";
import { Lazy, load } from "../loading.ts";
import type { Answer } from "./answer.ts";
import type { RequestBody } from "./body.ts";
import { Call, type Trial } from "./call.ts";
import type { Guard } from "./deadline.ts";
import type { WrittenInput } from "./dialect.ts";
import type { DialectChoice, DialectTry } from "./dialect-choice.ts";
import { worstOutcome } from "./failure.ts";
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
  prepare(written: WrittenInput): Promise<Pick<ReadyCall, "params" | "body">>;
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
    const { guard, plan } = call;
    const { operation } = plan;
    const dialects = this.#dialects.made ?? (await guard.race(this.#dialects.make()));
    const end = dialects.isGuess(operation)
      ? await dialects.turn(operation, (promise) => guard.race(promise))
      : () => undefined;
    let failure: unknown;
    try {
      return await this.#runForms<T>(call, dialects);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      end(failure);
    }
  }

  async #runForms<T>(call: FormedCall, dialects: DialectChoice): Promise<Answer<T>> {
    const { plan, input } = call;
    const { operation } = plan;
    const tried = dialects.first(operation, input);
    let other: DialectTry | undefined;
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
      const answer = await this.#tryForm<T>(call, dialects, tried, { goesOn });
      dialects.learn(operation, tried);
      return answer;
    } catch (error) {
      if (other === undefined || refused === undefined || error !== refused) throw error;
    }
    return await this.#tryOther<T>(call, dialects, { tried, other, refused });
  }

  async #tryOther<T>(
    call: FormedCall,
    dialects: DialectChoice,
    { tried, other, refused }: { tried: DialectTry; other: DialectTry; refused: HeidiUnprocessableError },
  ): Promise<Answer<T>> {
    const { operation } = call.plan;
    const { attempts } = refused;
    try {
      const answer = await this.#tryForm<T>(call, dialects, other, { attempts });
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

  async #tryForm<T>(
    { plan, guard, landing, prepare }: FormedCall,
    dialects: DialectChoice,
    written: DialectTry,
    trial: {
      attempts?: number;
      goesOn?: (refused: HeidiUnprocessableError, replayable: boolean) => boolean;
    },
  ): Promise<Answer<T>> {
    const { operation } = plan;
    const { dialect, dropped = [] } = written;
    const { params, body } = await prepare(written);
    const replayable = body?.replayable ?? true;
    for (const field of dropped)
      this.#settings.log.write("warn", "field not sent", { operation: operation.id, dialect, field });
    // A refusal advises the option where the client does not try the other form by itself.
    const isOnly = !replayable || dialects.isSettled(operation, dialect);
    const { attempts = 0, goesOn } = trial;
    try {
      return await this.run<T>(
        { plan: isOnly ? { ...plan, dialect } : plan, guard, params, body, landing },
        { attempts, goesOn: (refused) => goesOn?.(refused, replayable) === true },
      );
    } finally {
      body?.release?.();
    }
  }

  get wire(): Wire {
    return this.#settings.wire;
  }

  async run<T>({ plan, guard, params, body, landing }: ReadyCall, trial?: Trial): Promise<Answer<T>> {
    const { method, path } = plan.operation;
    const request = buildRequest(this.#settings.baseUrl, method, path, params, body);
    return new Call<T>(this.#settings, plan, guard, trial).run(request, landing);
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
