import { endsWithRequest } from "../platform.ts";
import { sleep } from "../utils/abort.ts";
import { bindContext } from "../utils/async-context.ts";
import type { Clock } from "../utils/clock.ts";
import { CachedToken } from "./access-token.ts";
import type { Identity } from "./access-token-provider.ts";
import { CircuitBreaker, type FirstContact } from "./circuit-breaker.ts";
import { DistributedLock, type TokenLock } from "./lock.ts";
import type { ServerClock } from "./server-clock.ts";
import type { TokenStore } from "./store.ts";
import { isSendableToken, Token } from "./token.ts";
import { type Scope, TokenCipher } from "./token-cipher.ts";
import type { LoadContext } from "./token-cycler.ts";
import type { WarnOnce } from "./warn-once.ts";

export interface SharedTokensOptions {
  readonly store: TokenStore;
  readonly lock: TokenLock | undefined;
  readonly scope: Scope;
  readonly clock: Clock;
  readonly serverClock: ServerClock;
  readonly random: () => number;
  readonly warnOnce: WarnOnce;
}

type Exchange = () => Promise<CachedToken>;

/** A reader whose clock is further behind the writer's cannot determine a token's remaining time. */
const CLOCK_TOLERANCE_MS = 240_000;

const MOST_UNWRITTEN = 10_000;
const RETRY_WRITE_MS = 1_000;

/** The tokens of a store that processes share. A failing store never prevents a token. */
export class SharedTokens {
  readonly #options: SharedTokensOptions;
  readonly #cipher: TokenCipher | undefined;
  readonly #breaker: CircuitBreaker;
  readonly #lock: DistributedLock | undefined;
  /** The tokens that the store did not accept, by key. */
  readonly #unwritten = new Map<string, () => Promise<boolean>>();
  #isWriting = false;

  constructor(options: SharedTokensOptions) {
    const { lock, clock, warnOnce, random, scope } = options;
    this.#options = options;
    this.#cipher = TokenCipher.for(scope);
    const onFailure = (): void =>
      warnOnce(
        "store",
        "The token store failed or did not answer in time. Tokens are kept in memory until it does.",
      );
    // A store and a lock on one server fail together: a call that waited for one does not wait again for the other.
    const firstContact: FirstContact = {};
    this.#breaker = new CircuitBreaker({ clock, firstContact, onFailure });
    this.#lock =
      lock === undefined ? undefined : new DistributedLock({ lock, clock, firstContact, warnOnce, random });
  }

  /** Returns the user's token from the store, or a new one, which is then stored. */
  async obtain(identity: Identity, context: LoadContext, exchange: Exchange): Promise<CachedToken> {
    const seal = this.#cipher;
    const key = await seal?.keyFor(identity).catch(() => undefined);
    if (seal === undefined || key === undefined) {
      const message =
        "The token store is not used: this runtime offers no working WebCrypto, which browsers tie to https.";
      this.#options.warnOnce("crypto", message);
      return exchange();
    }
    const find = (): Promise<CachedToken | undefined> => this.#read(seal, key, context);
    const make = (): Promise<CachedToken> => this.#renew(seal, key, exchange);
    const found = await find();
    if (found !== undefined) return found;
    if (this.#lock === undefined) return make();
    const available = (): boolean => this.#breaker.available;
    return this.#lock.run({ key: `${key}:lock`, wait: context, available, find, make });
  }

  async #renew(seal: TokenCipher, key: string, exchange: Exchange): Promise<CachedToken> {
    const held = await exchange();
    const entry = formatEntry(held, this.#options.serverClock.now());
    const sealed = await seal.encrypt(key, entry).catch(() => undefined);
    // The store drops an entry when its token is due for renewal anyway.
    const ttlMs = Math.floor(held.remainingMs() - held.refreshWindowMs);
    if (sealed === undefined || ttlMs <= 0) return held;
    const write = async (): Promise<boolean> => {
      const leftMs = Math.floor(held.remainingMs() - held.refreshWindowMs);
      if (leftMs <= 0) return true; // it expires too soon to be stored
      // Keyv swallows errors and returns `false`.
      const attempt = await this.#breaker.run(
        () => this.#options.store.set(key, sealed, leftMs),
        (answer) => answer !== false,
      );
      return attempt.done;
    };
    this.#unwritten.delete(key);
    if (!(await write())) this.#writeLater(key, write);
    return held;
  }

  /** Drops the pending writes. */
  close(): void {
    this.#unwritten.clear();
  }

  /** Writes the pending tokens, for other processes, when the store starts or recovers. */
  #writeLater(key: string, write: () => Promise<boolean>): void {
    if (endsWithRequest()) return; // there, work that no caller waits for never ends
    const here = bindContext();
    this.#unwritten.set(key, () => here(write));
    const [oldest] = this.#unwritten.keys();
    if (this.#unwritten.size > MOST_UNWRITTEN && oldest !== undefined) this.#unwritten.delete(oldest);
    if (this.#isWriting) return;
    this.#isWriting = true;
    void this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    for (;;) {
      await this.#breaker.whenAvailable();
      const [next] = this.#unwritten;
      if (next === undefined) break;
      const [key, write] = next;
      const isWritten = await write();
      if (isWritten && this.#unwritten.get(key) === write) this.#unwritten.delete(key);
      if (!isWritten) await sleep(RETRY_WRITE_MS, { background: true });
    }
    this.#isWriting = false;
  }

  async #read(seal: TokenCipher, key: string, context: LoadContext): Promise<CachedToken | undefined> {
    const { store, clock, serverClock } = this.#options;
    // Keyv also returns `undefined` when its server is down, so a missing entry proves nothing.
    const attempt = await this.#breaker.run(
      () => store.get(key),
      (value) => (isNothing(value) ? undefined : true),
    );
    if (!attempt.done || isNothing(attempt.value)) return undefined;
    const entry = parseEntry(await seal.decrypt(key, attempt.value));
    if (entry === undefined) {
      const message =
        "The token store contains an entry that this SDK did not write for this user. It is replaced.";
      this.#options.warnOnce("entry", message);
      return undefined;
    }
    if (context.isInvalidated(entry.token.value)) {
      await this.#breaker.run(
        () => store.delete(key),
        () => undefined,
      );
      return undefined;
    }
    const nowMs = serverClock.now();
    if (nowMs < entry.writtenAtMs - CLOCK_TOLERANCE_MS) return undefined;
    const held = new CachedToken(entry, clock, nowMs, entry.expiresAtMs - entry.writtenAtMs);
    return held.remainingMs() > held.refreshWindowMs ? held : undefined;
  }
}

const isNothing = (value: unknown): boolean => value === undefined || value === null;

interface Entry {
  readonly token: Token;
  readonly expiresAtMs: number;
  readonly writtenAtMs: number;
}

/** Both times are the server's, so that they are valid for processes with different clocks. */
function formatEntry(held: CachedToken, serverNowMs: number): string {
  const { value, expirationTime } = held.token;
  return JSON.stringify([value, expirationTime, serverNowMs + held.remainingMs(), serverNowMs]);
}

function parseEntry(text: string | undefined): Entry | undefined {
  const parts = text === undefined ? undefined : parseJson(text);
  if (!Array.isArray(parts)) return undefined;
  const [value, expirationTime, expiresAtMs, writtenAtMs]: unknown[] = parts;
  if (!isSendableToken(value) || typeof expirationTime !== "string") return undefined;
  if (typeof expiresAtMs !== "number" || typeof writtenAtMs !== "number") return undefined;
  return { token: new Token(value, expirationTime), expiresAtMs, writtenAtMs };
}

/** Only this SDK with this API key can have written a decrypted entry, but possibly another version of it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
