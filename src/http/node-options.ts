import { HeidiConfigurationError } from "../errors.ts";
import { checkCount, checkMs, type ThrowInvalid } from "../utils/validate.ts";
import type { HttpClient } from "./http-client.ts";
import { createUndiciClient, type TlsOptions } from "./undici-client.ts";

/** The options of `nodeHttpClient()`. */
export interface NodeHttpClientOptions {
  /**
   * A proxy: its `http:` or `https:` address, or `"env"` for `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. Default: none,
   * whatever the environment contains. Every call uses the proxy, including a call to a plain `http:` loopback address.
   */
  readonly proxy?: "env" | (string & {}) | undefined;
  /** TLS options: your certificate authorities, a client certificate, versions. Certificate verification cannot be disabled. */
  readonly tls?: TlsOptions | undefined;
  /** The maximum number of open connections per origin. Default 64. */
  readonly maxConnections?: number | undefined;
  /** The time in milliseconds that an idle connection stays open. Default 55,000; a server's hint takes precedence. */
  readonly keepAliveMs?: number | undefined;
  /** The time limit for a new connection in milliseconds. Default 10,000. */
  readonly connectTimeoutMs?: number | undefined;
}

const TLS_OPTIONS: readonly string[] = [
  "ca",
  "cert",
  "key",
  "passphrase",
  "servername",
  "minVersion",
  "maxVersion",
];

const throwInvalidOption: ThrowInvalid = (_, message) => {
  throw new HeidiConfigurationError(message);
};

/**
 * Creates an HTTP client for a proxy, your certificates, or a different number of connections.
 *
 * Clients can share an HTTP client. The first client that closes also closes the HTTP client: running calls of the other
 * clients end, and their later calls fail before anything is sent.
 *
 * @throws HeidiConfigurationError when an option is invalid. Never quotes an address, because it may contain a password.
 *
 * @example
 * const heidi = new Heidi({ httpClient: nodeHttpClient({ proxy: "env", tls: { ca: await readFile("clinic-ca.pem") } }) });
 */
export function nodeHttpClient(options: NodeHttpClientOptions = {}): HttpClient {
  if (typeof options !== "object" || options === null)
    throwInvalidOption("options", "nodeHttpClient's options must be an object.");
  const { proxy, tls, maxConnections, keepAliveMs, connectTimeoutMs } = options;
  if (proxy !== undefined && proxy !== "env" && !isProxyAddress(proxy)) {
    throwInvalidOption(
      "proxy",
      'The option `proxy` must be "env", or an http: or https: URL, with `%25` for a `%` in its user name or password.',
    );
  }
  if (tls !== undefined && (typeof tls !== "object" || tls === null))
    throwInvalidOption("tls", "The option `tls` must be an object.");
  if (Object.keys(tls ?? {}).some((name) => !TLS_OPTIONS.includes(name))) {
    throwInvalidOption("tls", `The option \`tls\` supports only ${TLS_OPTIONS.join(", ")}.`);
  }
  return createUndiciClient({
    proxy,
    tls,
    maxConnections: checkCount("maxConnections", maxConnections, { min: 1, max: 10_000 }, throwInvalidOption),
    keepAliveMs: checkMs("keepAliveMs", keepAliveMs, throwInvalidOption),
    connectTimeoutMs: checkMs("connectTimeoutMs", connectTimeoutMs, throwInvalidOption),
  });
}

function isProxyAddress(value: unknown): boolean {
  try {
    const { protocol, username, password } = new URL(String(value));
    decodeURIComponent(username + password); // undici does so, and throws on a bare %
    return typeof value === "string" && ["http:", "https:"].includes(protocol);
  } catch {
    return false;
  }
}
