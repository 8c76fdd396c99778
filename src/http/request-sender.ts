import { createHttpClient } from "#http-client";
import { HeidiApiError, HeidiUnprocessableError } from "../api-errors.ts";
import { annotate, isHeidiError } from "../errors.ts";
import type { RequestBody } from "../upload/types.ts";
import { Lazy, loadChunk } from "../utils/lazy.ts";
import { buildRequest } from "./build-request.ts";
import type { FormInput } from "./dialect.ts";
import type { DialectAttempt, DialectSelector } from "./dialect-selector.ts";
import { worstOutcome } from "./error-mapping.ts";
import type { HttpClient } from "./http-client.ts";
import type { CallInput } from "./operation.ts";
import type { ApiResponse } from "./response.ts";
import { RetryBudget } from "./retry.ts";
import { ApiCall, type DialectTrial } from "./send.ts";
import type { ClientSettings, FinalRequestOptions, ParseAs, SendSettings } from "./settings.ts";
import type { RequestSignal } from "./signal.ts";

/** A call that is ready to be sent. */
export interface PreparedRequest {
  readonly options: FinalRequestOptions;
  readonly guard: RequestSignal;
  readonly params: { readonly path: Record<string, unknown>; readonly query: object };
  readonly body: RequestBody | undefined;
  /** Asked once the headers of a successful answer are there. */
  readonly parseAs: () => ParseAs;
}

/** A call whose request has two forms, of which one is still to be written. */
export interface DialectRequest extends Pick<PreparedRequest, "options" | "guard" | "parseAs"> {
  readonly input: CallInput;
  /** Makes what is sent; the body is to be released when the attempt in this form is over. */
  prepare(written: FormInput): Promise<Pick<PreparedRequest, "params" | "body">>;
}

/** Sends the calls of one client. */
export class RequestSender {
  readonly #settings: SendSettings;
  /** The deployment's request format. */
  readonly #dialects: Lazy<typeof import("./dialect-selector.ts"), DialectSelector>;

  constructor(settings: SendSettings) {
    this.#settings = settings;
    this.#dialects = new Lazy(
      () => import("./dialect-selector.ts"),
      ({ DialectSelector }) => new DialectSelector(settings.dialect, settings.baseUrl, settings.log),
    );
  }

  /** Sends a request in the form that the deployment takes, and in the other one when it is refused for its form. */
  async sendInDialect<T>(call: DialectRequest): Promise<ApiResponse<T>> {
    const { guard, options } = call;
    const { operation } = options;
    const dialects = this.#dialects.made ?? (await guard.race(this.#dialects.make()));
    const end = dialects.isGuess(operation)
      ? await dialects.turn(operation, (promise) => guard.race(promise))
      : () => undefined;
    let failure: unknown;
    try {
      return await this.#sendForms<T>(call, dialects);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      end(failure);
    }
  }

  async #sendForms<T>(call: DialectRequest, dialects: DialectSelector): Promise<ApiResponse<T>> {
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
      const answer = await this.#sendForm<T>(call, dialects, tried, { goesOn });
      dialects.learn(operation, tried);
      return answer;
    } catch (error) {
      if (other === undefined || refused === undefined || error !== refused) throw error;
    }
    return await this.#sendOtherForm<T>(call, dialects, { tried, other, refused });
  }

  async #sendOtherForm<T>(
    call: DialectRequest,
    dialects: DialectSelector,
    {
      tried,
      other,
      refused,
    }: { tried: DialectAttempt; other: DialectAttempt; refused: HeidiUnprocessableError },
  ): Promise<ApiResponse<T>> {
    const { operation } = call.options;
    const { attempts } = refused;
    try {
      const answer = await this.#sendForm<T>(call, dialects, other, { attempts });
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
    dialects: DialectSelector,
    written: DialectAttempt,
    trial: {
      attempts?: number;
      goesOn?: (refused: HeidiUnprocessableError, replayable: boolean) => boolean;
    },
  ): Promise<ApiResponse<T>> {
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
      return await this.send<T>(
        { options: isOnly ? { ...options, dialect } : options, guard, params, body, parseAs },
        { attempts, triesOtherForm: (refused) => goesOn?.(refused, replayable) === true },
      );
    } finally {
      body?.release?.();
    }
  }

  get httpClient(): HttpClient {
    return this.#settings.httpClient;
  }

  async send<T>(
    { options, guard, params, body, parseAs }: PreparedRequest,
    trial?: DialectTrial,
  ): Promise<ApiResponse<T>> {
    const { method, path } = options.operation;
    const request = buildRequest(this.#settings.baseUrl, method, path, params, body);
    return new ApiCall<T>(this.#settings, options, guard, trial).run(request, parseAs);
  }
}

/** Loaded with a client's first call: importing the SDK, and what a page loads at first, hold none of this. */
export async function createRequestSender(settings: ClientSettings): Promise<RequestSender> {
  const httpClient = settings.httpClient ?? (await openHttpClient(settings));
  return new RequestSender({ ...settings, httpClient, budget: new RetryBudget() });
}

async function openHttpClient({ fetch, maxConnections, log }: ClientSettings): Promise<HttpClient> {
  if (!fetch) return await createHttpClient({ maxConnections, log });
  const { createFetchClient } = await loadChunk(import("./caller-fetch.ts"));
  return createFetchClient(fetch);
}
