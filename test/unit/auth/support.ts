import type { Identity } from "../../../src/auth/access-token-provider.ts";
import {
  createTokenCache,
  type ExchangeResponse,
  type TokenCache,
  type TokenCacheOptions,
} from "../../../src/auth/token-cache.ts";
import type { Clock } from "../../../src/utils/clock.ts";

export const START_MS: number = Date.UTC(2024, 7, 1);
export const HOUR_MS = 3_600_000;

export const ANNA: Identity = { email: "anna@clinic.example", thirdPartyInternalId: "ehr-1" };
export const BEN: Identity = { email: "ben@clinic.example", thirdPartyInternalId: "ehr-2" };
export const SCOPE = { baseUrl: "https://heidi.example/api", apiKey: "key-of-the-tenant" };

/** A clock whose two hands a test moves together (time passes) or apart (it is set, or the machine sleeps). */
export interface FakeClock extends Clock {
  pass(ms: number): void;
  setWall(byMs: number): void;
}

export function fakeClock(): FakeClock {
  let wall = START_MS;
  let monotonic = 5_000;
  return {
    now: () => wall,
    monotonic: () => monotonic,
    pass(ms) {
      wall += ms;
      monotonic += ms;
    },
    setWall(byMs) {
      wall += byMs;
    },
  };
}

/** Something that others wait for and the test opens. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** The API's side of the exchange: counts, and hands out a numbered token per exchange. */
export interface FakeApi {
  readonly asked: Identity[];
  readonly signals: AbortSignal[];
  lifetimeMs: number;
  /** Awaited before each answer. */
  before: (count: number) => Promise<void> | void;
  /** Changes an answer. */
  answer: (plain: ExchangeResponse) => ExchangeResponse;
  exchange(identity: Identity, signal: AbortSignal): Promise<ExchangeResponse>;
}

export function fakeApi(clock: Clock, lifetimeMs: number = HOUR_MS): FakeApi {
  const api: FakeApi = {
    asked: [],
    signals: [],
    lifetimeMs,
    before: () => undefined,
    answer: (plain) => plain,
    async exchange(identity, signal) {
      const count = api.asked.push(identity);
      api.signals.push(signal);
      await api.before(count);
      const expiration = new Date(clock.now() + api.lifetimeMs).toISOString();
      const body = { token: `jwt.${identity.thirdPartyInternalId}.${count}`, expiration_time: expiration };
      return api.answer({ body, date: null, age: null, roundTripMs: 20 });
    },
  };
  return api;
}

/** A cache, with the clock and the API that it sees. */
export interface Setup {
  readonly clock: FakeClock;
  readonly api: FakeApi;
  readonly cache: TokenCache;
}

export function setup(options: Partial<TokenCacheOptions> = {}): Setup {
  const clock = fakeClock();
  const api = fakeApi(clock);
  return { clock, api, cache: createTokenCache({ exchange: api.exchange, scope: SCOPE, clock, ...options }) };
}

/** How many operations WebCrypto's threads are at; their time is real, also where the clock is a test's. */
let hashing = 0;
for (const name of [
  "digest",
  "importKey",
  "deriveBits",
  "deriveKey",
  "sign",
  "encrypt",
  "decrypt",
] as const) {
  const real = crypto.subtle[name].bind(crypto.subtle) as (...args: unknown[]) => Promise<unknown>;
  const counted = async (...args: unknown[]): Promise<unknown> => {
    hashing += 1;
    try {
      return await real(...args);
    } finally {
      hashing -= 1;
    }
  };
  Object.defineProperty(crypto.subtle, name, { value: counted, configurable: true, writable: true });
}

/** Lets everything that is ready run, WebCrypto's threads included: so many turns in which they had nothing to do. */
export async function turns(count: number = 20): Promise<void> {
  for (let turn = 0; turn < count; turn = hashing > 0 ? 0 : turn + 1)
    await new Promise((resolve) => setImmediate(resolve));
}

/** Waits for real work of other threads, by turns of the event loop and not by time. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20_000; turn += hashing > 0 ? 0 : 1) {
    if (condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error("what the test waits for did not happen");
}

/** The rejection of a promise; fails when it resolves. */
export async function failure(promise: Promise<unknown>): Promise<Error> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof Error) return outcome;
  throw new Error("it did not reject with an error");
}
