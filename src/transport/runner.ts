import { createWire } from "#wire";
import { load } from "../loading.ts";
import type { Answer } from "./answer.ts";
import type { RequestBody } from "./body.ts";
import { Call } from "./call.ts";
import type { Guard } from "./deadline.ts";
import type { CallPlan, Landing } from "./plan.ts";
import { createEngine, type Engine } from "./request.ts";
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

/** Sends the calls of one client. */
export class Runner {
  readonly #settings: TransportSettings;
  readonly #engine: Engine;

  constructor(settings: TransportSettings) {
    this.#settings = settings;
    this.#engine = createEngine(settings.baseUrl);
  }

  get wire(): Wire {
    return this.#settings.wire;
  }

  async run<T>({ plan, guard, params, body, landing }: ReadyCall): Promise<Answer<T>> {
    const { run } = new Call<T>(this.#settings, plan, guard);
    const { method, path } = plan.operation;
    let answer: Answer<T> | undefined;
    await this.#engine(method, path, params, body, async (request) => {
      answer = await run(request, landing);
    });
    return answer as Answer<T>;
  }
}

/** Loaded with a client's first call: importing the SDK, and what a page loads at first, hold none of this. */
export async function createRunner(settings: ClientSettings): Promise<Runner> {
  const wire = settings.wire ?? (await openWire(settings));
  return new Runner({ ...settings, wire, budget: new RetryBudget() });
}

async function openWire({ fetch, maxConnections }: ClientSettings): Promise<Wire> {
  if (!fetch) return createWire({ maxConnections });
  const { createFetchWire } = await load(import("./fetch.ts"));
  return createFetchWire(fetch);
}
