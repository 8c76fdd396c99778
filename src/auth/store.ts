/**
 * Where a fleet of processes shares its tokens: any object with these three methods. A `Keyv` instance fits as it is.
 *
 * Values are strings: tokens encrypted with a key made from the API key (AES-256-GCM), so who can read the store but
 * does not know the API key can neither use a token nor plant one. Keys are hashes and tell nothing of the user.
 * Every entry is written with a time to live that ends before the token does.
 *
 * A store that throws, hangs or loses entries never breaks a call: tokens are then kept in memory only.
 *
 * @example
 * import { createKeyv } from "@keyv/redis";
 * const heidi = new Heidi({ apiKey, tokenStore: createKeyv("redis://localhost:6379") });
 */
export interface TokenStore {
  /** The value, or undefined or null when there is none. */
  get(key: string): PromiseLike<unknown> | unknown;
  /** Keeps the value for `ttlMs` milliseconds. Resolving to `false` counts as a failure. */
  set(key: string, value: string, ttlMs: number): PromiseLike<unknown> | unknown;
  /** Forgets the value. What it resolves to does not matter. */
  delete(key: string): PromiseLike<unknown> | unknown;
}
