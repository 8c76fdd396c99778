import { withAbort } from "../utils/abort.ts";
import { Lazy } from "../utils/lazy.ts";
import {
  type AccessTokenProvider,
  clientClosedError,
  type GetTokenOptions,
  type Identity,
  tokenAbortError,
} from "./access-token-provider.ts";
import type { ProvidedToken } from "./fixed-token.ts";
import type { ProvidedTokenOptions, TokenProvider } from "./provided-token.ts";
import type { Token } from "./token.ts";
import type { TokenCache, TokenCacheOptions } from "./token-cache.ts";

/** A source of tokens whose code is loaded with the first token. */
class LazyAccessToken implements AccessTokenProvider {
  readonly renewable = true;
  readonly #open: () => Promise<AccessTokenProvider>;
  #source: AccessTokenProvider | undefined;

  /** @param open - returns the source, or an equal one. */
  constructor(open: () => Promise<AccessTokenProvider>) {
    this.#open = open;
  }

  peek(): Token | undefined {
    return this.#source?.peek();
  }

  async get(options: GetTokenOptions = {}): Promise<Token> {
    this.#source ??= await withAbort(this.#open(), options.signal, tokenAbortError);
    return this.#source.get(options);
  }

  invalidate(token: Token): void {
    this.#source?.invalidate(token);
  }
}

/** The tokens of a client's users. The cache's code is loaded with the first token. */
export class LazyTokenCache {
  readonly #cache: Lazy<typeof import("./token-cache.ts"), TokenCache>;
  #closed = false;

  constructor(options: TokenCacheOptions) {
    this.#cache = new Lazy(
      () => import("./token-cache.ts"),
      ({ createTokenCache }) => createTokenCache(options),
    );
  }

  forUser(identity: Identity): AccessTokenProvider {
    const open = async (): Promise<AccessTokenProvider> => {
      if (this.#closed) throw clientClosedError();
      return (await this.#cache.make()).forUser(identity);
    };
    return this.#cache.made?.forUser(identity) ?? new LazyAccessToken(open);
  }

  close(): void {
    this.#closed = true;
    this.#cache.end((cache) => cache.close());
  }
}

/** The tokens that a provider function returns. */
export class LazyProvidedToken extends LazyAccessToken implements ProvidedToken {
  readonly #provided: Lazy<typeof import("./provided-token.ts"), ProvidedToken>;
  #closed = false;

  constructor(provider: TokenProvider, options: ProvidedTokenOptions) {
    super(() => (this.#closed ? Promise.reject(clientClosedError()) : this.#provided.make()));
    this.#provided = new Lazy(
      () => import("./provided-token.ts"),
      ({ createProvidedToken }) => createProvidedToken(provider, options),
    );
  }

  close(): void {
    this.#closed = true;
    this.#provided.end((provided) => provided.close());
  }
}
