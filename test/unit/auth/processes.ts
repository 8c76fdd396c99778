import { afterEach, beforeEach, vi } from "vitest";
import type { AccessTokenProvider, Identity } from "../../../src/auth/access-token-provider.ts";
import type { TokenStore } from "../../../src/auth/store.ts";
import { createTokenCache, type TokenCache, type TokenCacheOptions } from "../../../src/auth/token-cache.ts";
import { ANNA, type FakeApi, type FakeClock, fakeApi, fakeClock, SCOPE } from "./support.ts";

/** What the processes of one test share; made anew for each test of the file that imports this. */
export let clock: FakeClock;
export let api: FakeApi;
export let warnings: string[];

beforeEach(() => {
  clock = fakeClock();
  api = fakeApi(clock);
  warnings = [];
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** The tokens of a process with nothing in its memory yet. */
export function cacheOn(store: TokenStore, options: Partial<TokenCacheOptions> = {}): TokenCache {
  const warn = (message: string): void => void warnings.push(message);
  return createTokenCache({ exchange: api.exchange, scope: SCOPE, clock, store, warn, ...options });
}

/** One user of a process of its own, as far as its memory goes. */
export function process(
  store: TokenStore,
  identity: Identity = ANNA,
  options: Partial<TokenCacheOptions> = {},
): AccessTokenProvider {
  return cacheOn(store, options).forUser(identity);
}
