/**
 * A token store shared by processes: any object with these three methods. A `Keyv` instance works unchanged.
 *
 * Values are strings: tokens encrypted with a key derived from the API key (AES-256-GCM), so a reader of the store
 * without the API key can neither use nor forge a token. Keys are hashes and reveal nothing of the user.
 * Every entry is written with a time to live that ends before the token does.
 *
 * A store that throws, hangs or loses entries never breaks a call: tokens are then kept in memory only.
 *
 * @example
 * import { createKeyv } from "@keyv/redis";
 * const heidi = new Heidi({ apiKey, tokenStore: createKeyv("redis://localhost:6379") });
 */
export interface TokenStore {
  /** Returns the value; undefined or null when there is none. */
  get(key: string): PromiseLike<unknown> | unknown;
  /** Stores the value for `ttlMs` milliseconds. Resolving to `false` counts as a failure. */
  set(key: string, value: string, ttlMs: number): PromiseLike<unknown> | unknown;
  /** Deletes the value. Its result is ignored. */
  delete(key: string): PromiseLike<unknown> | unknown;
}
