import type { buildConnector } from "undici";
import { HeidiConfigurationError } from "../errors.ts";
import { ProxyFault } from "./outcome.ts";

const REFUSED = /^Proxy response \((\d{3})\) !== 200 when HTTP Tunneling$/;
/** What fails inside of a tunnel that stands: the handshake with the API itself. */
const BEHIND_THE_PROXY =
  /^(?:ERR_(?:SSL|TLS|OSSL)_|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_)/;

/**
 * A connector of tunnels whose faults say that they are the proxy's. undici tells them like those of the API, and begins a
 * tunnel again and again when the proxy closes the connection instead of answering.
 */
export function tunnelConnector(connect: buildConnector.connector): buildConnector.connector {
  return blaming(connect, (error) => {
    const [, status] = REFUSED.exec(error.message) ?? [];
    if (status !== undefined) return new ProxyFault(error, Number(status));
    const { code } = error as NodeJS.ErrnoException;
    const isBehind = /before secure TLS connection/.test(error.message) || BEHIND_THE_PROXY.test(code ?? "");
    return error instanceof ProxyFault || isBehind ? error : new ProxyFault(error);
  });
}

/** The connector of the connection to the proxy itself. */
export function proxyConnector(connect: buildConnector.connector): buildConnector.connector {
  return blaming(connect, (error) => new ProxyFault(error));
}

function blaming(
  connect: buildConnector.connector,
  blame: (error: Error) => Error,
): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...result) => {
      const [error, socket] = result;
      if (error) callback(blame(error), null);
      else if (socket) callback(null, socket);
    });
}

/**
 * Runs `create`, which reads the address `proxy`. undici quotes an address that it cannot read, and a password may be in
 * it; a SOCKS proxy it would try, which the SDK does not support.
 */
export function readProxy<T>(proxy: string, create: () => T): T {
  const variable = proxy === "env" ? VARIABLES.find(namesSocks) : undefined;
  if (variable !== undefined) {
    throw new HeidiConfigurationError(
      `The environment variable ${variable} has the address of a SOCKS proxy, which the SDK does not support; nothing was sent. Set it to the address of an HTTP proxy, http://host:port, or unset it. Its value is not shown here.`,
    );
  }
  try {
    return create();
  } catch {
    if (proxy !== "env") {
      throw new HeidiConfigurationError(
        "The option `proxy` of nodeHttpClient() has no address of the form http://host:port; nothing was sent. Correct it. Its value is not shown here.",
      );
    }
    throw new HeidiConfigurationError(
      "The address of the proxy in the environment variable HTTPS_PROXY or HTTP_PROXY is no URL of the form http://host:port; nothing was sent. Correct or unset the variable. Its value is not shown here.",
    );
  }
}

const VARIABLES = ["HTTPS_PROXY", "HTTP_PROXY"] as const;

/** As undici reads it: in small letters first. */
const namesSocks = (name: (typeof VARIABLES)[number]): boolean =>
  /^\s*socks/i.test(process.env[name.toLowerCase()] ?? process.env[name] ?? "");
