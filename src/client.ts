import { createTenantApi, createUserApi, type TenantApi } from "../generated/client.ts";
import { getJwt } from "../generated/operations.ts";
import { apiKeyHeader } from "../generated/server.ts";
import type { GetJwtQuery, Jwt } from "../generated/types.ts";
import type { AccessTokenProvider, Identity } from "./auth/access-token-provider.ts";
import { createFixedToken } from "./auth/fixed-token.ts";
import { LazyProvidedToken, LazyTokenCache } from "./auth/lazy-tokens.ts";
import type { TokenProvider } from "./auth/provided-token.ts";
import type { ExchangeResponse } from "./auth/token-cache.ts";
import { annotate, HeidiAbortError, HeidiConfigurationError, isHeidiError } from "./errors.ts";
import { ApiClient } from "./http/client.ts";
import type { HttpMethod, OperationClient } from "./http/operation.ts";
import type { RequestOptions } from "./http/options.ts";
import type { ApiPromise } from "./http/promise.ts";
import { type RawRequestOptions, rawRequest } from "./http/raw-request.ts";
import { InFlightRequests } from "./http/signal.ts";
import {
  type ClientOptions,
  checkEnvironment,
  type HeidiOptions,
  type ResolvedOptions,
  resolveApiKey,
  resolveOptions,
} from "./options.ts";
import { monotonicMs } from "./platform.ts";
import { withCallSite } from "./utils/call-site.ts";
import { loadChunk } from "./utils/lazy.ts";
import type { ClientAddress } from "./utils/regions.ts";
import type { DiagnoseOptions } from "./workflows/diagnose/diagnose.ts";
import type { Diagnosis } from "./workflows/diagnose/types.ts";
import { withWorkflows } from "./workflows/index.ts";
import type { WorkflowApi } from "./workflows/types.ts";

/** A clinician's identity, shared by Heidi and your system. */
export interface HeidiIdentity {
  /** The clinician's e-mail address. */
  readonly email: string;
  /** The clinician's id in your system. */
  readonly thirdPartyInternalId: string;
}

/** The API for one clinician: one method per operation, grouped as in the API's documentation. */
export interface HeidiUser extends WorkflowApi {
  /**
   * Returns the clinician's current token, exchanged or refreshed if necessary. Heidi's widget needs it.
   *
   * @throws HeidiAuthenticationError when the API rejects the API key or the clinician.
   */
  token(options?: Pick<RequestOptions, "signal">): Promise<Jwt>;
  /**
   * Calls an endpoint that has no method in this SDK, with the same authentication, retries, limits and errors.
   *
   * @param path the path below the base URL, with each value encoded, such as `/sessions/${encodeURIComponent(id)}/summary`.
   */
  request<T = unknown>(method: HttpMethod, path: string, request?: RawRequestOptions): ApiPromise<T>;
}

/** A {@link HeidiUser} with its own connections, which `close()` or `await using` releases. */
export interface StandaloneHeidiUser extends HeidiUser, AsyncDisposable {
  /** Aborts the running calls and releases the sockets. Idempotent. */
  close(): Promise<void>;
}

/**
 * The client of one tenant: holds the API key and creates a {@link HeidiUser} for each clinician.
 *
 * @example
 * const heidi = new Heidi({ apiKey: process.env.HEIDI_API_KEY, region: "au" });
 * const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });
 * const session = await clinician.sessions.create();
 */
export class Heidi implements AsyncDisposable {
  /** The raw token exchange: authenticated by the API key, never cached. `forUser` does this automatically. */
  readonly authentication: TenantApi["authentication"];
  readonly #connection: Connection;
  readonly #tokens: LazyTokenCache;

  /** @throws HeidiConfigurationError when an option is missing or unusable; a secret is never quoted. */
  constructor(options: HeidiOptions = {}) {
    const resolved = resolveOptions(options);
    checkEnvironment(options);
    const key = resolveApiKey(options.apiKey);
    const connection = new Connection(resolved);
    this.#connection = connection;
    const caller = connection.client.forCredentials({
      kind: "apiKey",
      header: (apiKeyHeader ?? "").toLowerCase(),
      key,
    });
    this.authentication = createTenantApi(caller).authentication;
    this.#tokens = new LazyTokenCache({
      exchange: (identity, signal) => exchange(caller, identity, signal),
      scope: { baseUrl: resolved.baseUrl, apiKey: key },
      store: options.tokenStore,
      lock: options.tokenLock,
      warn: connection.warn,
      waitUntil: resolved.waitUntil,
    });
  }

  /**
   * Returns the API for one clinician. The call is cheap and synchronous and sends no request. All users of one identity
   * share one token.
   *
   * @throws HeidiConfigurationError when a part of the identity is missing.
   */
  forUser(identity: HeidiIdentity): HeidiUser {
    const { email, thirdPartyInternalId } = checkIdentity(identity);
    const tokens = this.#tokens.forUser({ email, thirdPartyInternalId });
    return createUser(this.#connection, tokens, [email, thirdPartyInternalId]);
  }

  /**
   * Creates a client without an API key, for browsers and other places that must not hold one. The client uses the JWT
   * from your server and requests a new one before it expires.
   *
   * @param jwt a token, or a function that fetches `{ token, expiration_time }`.
   * @throws HeidiConfigurationError when the token or an option is unusable.
   */
  static withToken(jwt: string | TokenProvider, options: ClientOptions = {}): StandaloneHeidiUser {
    const resolved = resolveOptions(options);
    const connection = new Connection(resolved);
    const { warn } = connection;
    const { waitUntil } = resolved;
    const tokens =
      typeof jwt === "function" ? new LazyProvidedToken(jwt, { warn, waitUntil }) : createFixedToken(jwt);
    const close = async (): Promise<void> => {
      tokens.close();
      await connection.close();
    };
    return { ...createUser(connection, tokens, []), close, [Symbol.asyncDispose]: close };
  }

  /**
   * Checks for problems that make API calls fail: the address and its region, the API key, this machine's clock, the
   * clinician's link to a Heidi account, the request format and the latency. A finding can come with advice.
   *
   * @param identity the clinician whose token to request; without it, only the address is checked. Heidi creates a user
   * for an unknown identity, so pass one that is meant to exist.
   * @throws HeidiAbortError when `signal` is aborted. Any other failure is a finding.
   *
   * @example
   * const { ok, checks } = await heidi.diagnose({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });
   * for (const { name, status, finding, advice } of checks) console.log(name, status, finding, advice ?? "");
   */
  async diagnose(identity?: HeidiIdentity, options?: DiagnoseOptions): Promise<Diagnosis> {
    const known = identity === undefined ? undefined : checkIdentity(identity);
    const clinician = known && {
      ...this.forUser(known),
      exchange: (request: RequestOptions) => this.authentication.getJwt(toQuery(known), request),
    };
    const { diagnose } = await loadChunk(import("./workflows/diagnose/diagnose.ts"));
    const { address, dialect } = this.#connection;
    return diagnose({ ...address, dialect, clinician, nowMs: Date.now, monotonicMs }, options);
  }

  /** Aborts the running calls with `HeidiAbortError` and releases the sockets. Idempotent. A script exits without it too. */
  async close(): Promise<void> {
    this.#tokens.close();
    await this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The HTTP layer of one client, including its shutdown. */
class Connection {
  readonly client: ApiClient;
  readonly inFlight: InFlightRequests = new InFlightRequests();
  readonly address: ClientAddress;
  readonly dialect: ResolvedOptions["dialect"];
  readonly telemetry: ResolvedOptions["telemetry"];
  readonly #log: ResolvedOptions["log"];

  constructor(options: ResolvedOptions) {
    const { inFlight } = this;
    this.address = { baseUrl: options.baseUrl, region: options.region };
    this.dialect = options.dialect;
    this.telemetry = options.telemetry;
    this.#log = options.log;
    this.client = new ApiClient({ ...options, random: Math.random, nowMs: Date.now, inFlight: inFlight });
  }

  readonly warn = (message: string): void => this.#log.write("warn", message);

  async close(): Promise<void> {
    this.client.close();
    this.inFlight.abortAll(() => new HeidiAbortError("The client was closed."));
    await this.client.release();
  }
}

function createUser(
  connection: Connection,
  tokens: AccessTokenProvider,
  clinician: readonly string[],
): HeidiUser {
  const { address, inFlight, telemetry } = connection;
  const caller = connection.client.forCredentials({ kind: "bearer", tokens });
  const token: HeidiUser["token"] = withCallSite(async (options = {}) => {
    try {
      const current = tokens.peek() ?? (await tokens.get(options));
      return { token: current.value, expiration_time: current.expirationTime };
    } catch (error) {
      // An error of the exchange names its operation; an error that ended the wait for it does not.
      if (!isHeidiError(error)) throw error;
      throw error.operation === undefined ? annotate(error, { operation: "token" }) : error;
    }
  });
  return {
    ...withWorkflows(createUserApi(caller), { inFlight, telemetry, address, clinician, token }),
    token,
    request: (method, path, request) => rawRequest(caller, method, path, request),
  };
}

/** Exchanges the API key for a token; returns the API's response with the server's clock, for the token cache. */
async function exchange(
  caller: OperationClient,
  identity: Identity,
  signal: AbortSignal,
): Promise<ExchangeResponse> {
  const startedMs = monotonicMs();
  const query = toQuery(identity);
  const { data, response } = await caller.call(getJwt, { query }, { signal }).withResponse();
  const { headers } = response;
  return {
    body: data,
    date: headers.get("date"),
    age: headers.get("age"),
    roundTripMs: monotonicMs() - startedMs,
  };
}

const toQuery = ({ email, thirdPartyInternalId }: Identity): GetJwtQuery => ({
  email,
  third_party_internal_id: thirdPartyInternalId,
});

function checkIdentity(identity: unknown): HeidiIdentity {
  const part = (name: keyof HeidiIdentity): string => {
    const value: unknown =
      typeof identity === "object" && identity !== null ? Reflect.get(identity, name) : undefined;
    if (typeof value === "string" && value.trim() !== "") return value;
    throw new HeidiConfigurationError(
      `forUser needs { email, thirdPartyInternalId }: \`${name}\` must be a non-empty string.`,
    );
  };
  return { email: part("email"), thirdPartyInternalId: part("thirdPartyInternalId") };
}
