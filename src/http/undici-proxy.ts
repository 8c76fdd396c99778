import type { buildConnector } from "undici";
import { HeidiConfigurationError } from "../errors.ts";
import { ProxyFault } from "./outcome.ts";

const REFUSED = /^Proxy response \((\d{3})\) !== 200 when HTTP Tunneling$/;
/** Codes of failures inside an established tunnel: the TLS handshake with the API. */
const BEHIND_THE_PROXY =
  /^(?:ERR_(?:SSL|TLS|OSSL)_|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_)/;

/**
 * Wraps the connector of tunnels, so that the proxy's errors become a `ProxyFault`. undici reports them like errors of the API,
 * and retries a tunnel endlessly when the proxy closes the connection instead of responding.
 */
export function tunnelConnector(connect: buildConnector.connector): buildConnector.connector {
  return mapErrors(connect, (error) => {
    const [, status] = REFUSED.exec(error.message) ?? [];
    if (status !== undefined) return new ProxyFault(error, Number(status));
    const { code } = error as NodeJS.ErrnoException;
    const isBehind = /before secure TLS connection/.test(error.message) || BEHIND_THE_PROXY.test(code ?? "");
    return error instanceof ProxyFault || isBehind ? error : new ProxyFault(error);
  });
}

/** Wraps the connector of the connection to the proxy itself. */
export function proxyConnector(connect: buildConnector.connector): buildConnector.connector {
  return mapErrors(connect, (error) => new ProxyFault(error));
}

function mapErrors(
  connect: buildConnector.connector,
  map: (error: Error) => Error,
): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...result) => {
      const [error, socket] = result;
      if (error) callback(map(error), null);
      else if (socket) callback(null, socket);
    });
}

/**
 * Runs `create`, which parses the address `proxy`. undici's error quotes an invalid address, which may contain a password, so
 * it is replaced. A SOCKS proxy is rejected, because the SDK does not support it and undici would try it.
 */
export function readProxy<T>(proxy: string, create: () => T): T {
  const variable = proxy === "env" ? VARIABLES.find(namesSocks) : undefined;
  if (variable !== undefined) {
    throw new HeidiConfigurationError(
      `The environment variable ${variable} has the address of a SOCKS proxy, which the SDK does not support; nothing was sent. Set it to the address of an HTTP proxy (http://host:port), or unset it. Its value is not shown here.`,
    );
  }
  try {
    return create();
  } catch {
    if (proxy !== "env") {
      throw new HeidiConfigurationError(
        "The option `proxy` of nodeHttpClient() is not a valid proxy URL; nothing was sent. Pass a URL such as http://host:port. Its value is not shown here.",
      );
    }
    throw new HeidiConfigurationError(
      "The environment variable HTTPS_PROXY or HTTP_PROXY is not a valid proxy URL; nothing was sent. Set it to a URL such as http://host:port, or unset it. Its value is not shown here.",
    );
  }
}

const VARIABLES = ["HTTPS_PROXY", "HTTP_PROXY"] as const;

/** Returns true for a SOCKS address. Like undici, reads the lower-case variable first. */
const namesSocks = (name: (typeof VARIABLES)[number]): boolean =>
  /^\s*socks/i.test(process.env[name.toLowerCase()] ?? process.env[name] ?? "");
