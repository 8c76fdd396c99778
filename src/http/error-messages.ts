/** The causes and remedies in error messages; loaded with the first error. */

import type { ApiErrorParts } from "../api-errors.ts";
import { asksForLink } from "../link-required.ts";
import { parseDetail } from "./api-error.ts";
import { dialectAskedFor, type RefusedField, refusedFields } from "./dialect.ts";
import type { Dialect, Operation } from "./operation.ts";
import type { Fault } from "./outcome.ts";

/** A cause of a failure without a response: its codes, an explanation and a remedy. `docs/errors.md` is generated from this. */
export interface Cause {
  /** The platform's codes, or a status. */
  readonly codes: readonly (string | RegExp)[];
  /** The meaning of the codes. */
  readonly why: string;
  /** The action to take. */
  readonly remedy: string;
}

const TLS_OPTION = "`nodeHttpClient({ tls })`";

/** The causes in lookup order: the first match is used. */
export const CAUSES: readonly Cause[] = [
  {
    codes: ["ENOTFOUND", "EAI_NONAME", "EAI_NODATA"],
    why: "The DNS server does not know the host.",
    remedy: "Check the host in `baseUrl` or HEIDI_BASE_URL, and this machine's DNS.",
  },
  {
    codes: ["EAI_AGAIN", "EAI_FAIL"],
    why: "The DNS server did not respond.",
    remedy: "Check this machine's network and DNS.",
  },
  {
    codes: ["ECONNREFUSED"],
    why: "Nothing accepts connections at that host and port.",
    remedy: "Check `baseUrl` and its port, and that the server runs.",
  },
  {
    codes: ["EHOSTUNREACH", "ENETUNREACH", "ENETDOWN", "EHOSTDOWN", "EADDRNOTAVAIL"],
    why: "This machine's network has no route to the host.",
    remedy: "Check the network, its VPN and its firewalls.",
  },
  {
    codes: ["UND_ERR_CONNECT_TIMEOUT", "ETIMEDOUT"],
    why: "The connection was not established in time.",
    remedy:
      'Check the network and its firewalls; behind a proxy, pass `httpClient: nodeHttpClient({ proxy: "env" })`.',
  },
  {
    codes: ["EMFILE", "ENFILE"],
    why: "This process or machine has too many files and sockets open.",
    remedy:
      "Use one client for all calls, `close()` clients that you no longer need, and raise the limit (`ulimit -n`).",
  },
  {
    codes: ["EACCES", "EPERM", "ERR_ACCESS_DENIED"],
    why: "The operating system or the runtime does not let this process connect.",
    remedy: "Check local firewalls, and the runtime's network permission.",
  },
  {
    codes: ["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"],
    why: "The server's certificate is not valid at this time.",
    remedy: "Check this machine's clock; if it is right, renew the server's certificate.",
  },
  {
    codes: ["ERR_TLS_CERT_ALTNAME_INVALID", "ERR_TLS_CERT_ALTNAME_FORMAT", "HOSTNAME_MISMATCH"],
    why: "The server's certificate is for another host.",
    remedy: "Check the host in `baseUrl`: it must be a name in the certificate.",
  },
  {
    codes: [
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "UNABLE_TO_GET_ISSUER_CERT",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ],
    why: "The server's certificate was not accepted: its authority is not trusted on this machine.",
    remedy:
      "Check `baseUrl`; add your own certificate authority, or that of a proxy that inspects TLS, with `httpClient: nodeHttpClient({ tls: { ca } })` or NODE_EXTRA_CA_CERTS.",
  },
  {
    codes: [/^CERT_/, "INVALID_CA", "INVALID_PURPOSE", "PATH_LENGTH_EXCEEDED"],
    why: "The server's certificate was not accepted.",
    remedy: "Check `baseUrl`, this machine's clock and its trusted certificate authorities.",
  },
  {
    codes: ["ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL"],
    why: "The server speaks HTTP/2 only; this client uses HTTP/1.1.",
    remedy: "Allow HTTP/1.1 at the server or gateway, or check the port in `baseUrl`.",
  },
  {
    codes: [
      "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
      "ERR_SSL_UNSUPPORTED_PROTOCOL",
      "ERR_SSL_NO_PROTOCOLS_AVAILABLE",
      "ERR_SSL_VERSION_TOO_LOW",
      "ERR_SSL_WRONG_SSL_VERSION",
    ],
    why: "The client and the server have no TLS version in common.",
    remedy: `Check \`minVersion\` and \`maxVersion\` of ${TLS_OPTION}; the server must offer TLS 1.2 or 1.3.`,
  },
  {
    codes: [
      "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
      "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
      "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE",
    ],
    why: "The server rejected the client certificate, or requires one.",
    remedy: `Pass \`cert\` and \`key\` of an accepted certificate to ${TLS_OPTION}.`,
  },
  {
    codes: ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE"],
    why: "The server refused the TLS handshake: no cipher in common, or it requires a client certificate.",
    remedy: `Check the server's TLS settings; pass a client certificate to ${TLS_OPTION} as \`cert\` and \`key\`.`,
  },
  {
    codes: ["ERR_SSL_BAD_SIGNATURE", "ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR"],
    why: "A certificate does not match its key, at the server or in this client.",
    remedy: `Check the server's key and certificate, and \`cert\` and \`key\` of ${TLS_OPTION}.`,
  },
  {
    codes: [
      /^ERR_(?:OSSL|PEM|X509)_/,
      "ERR_TLS_INVALID_PROTOCOL_VERSION",
      "ERR_TLS_PROTOCOL_VERSION_CONFLICT",
    ],
    why: `The options of ${TLS_OPTION} are invalid: a key that does not match its certificate, a wrong passphrase, text that is not PEM, or an unknown version.`,
    remedy: "Check `ca`, `cert`, `key`, `passphrase`, `minVersion` and `maxVersion`.",
  },
  {
    codes: [
      "ERR_SSL_WRONG_VERSION_NUMBER",
      "ERR_SSL_PACKET_LENGTH_TOO_LONG",
      "ERR_SSL_HTTP_REQUEST",
      "ERR_SSL_UNKNOWN_PROTOCOL",
    ],
    why: "The service at that host and port does not speak TLS.",
    remedy: "Check the scheme and the port of `baseUrl`: another service, or plain HTTP, listens there.",
  },
  {
    codes: [/^ERR_SSL_/],
    why: "The TLS connection failed.",
    remedy: "Check which service listens at the host and port of `baseUrl`, and its TLS settings.",
  },
  {
    codes: ["HPE_INVALID_CONSTANT", "HPE_INVALID_VERSION", "HPE_PAUSED_H2_UPGRADE"],
    why: "The service at that host and port does not speak HTTP/1.1.",
    remedy: "Check the port of `baseUrl`: the service uses another protocol, such as HTTP/2 without TLS.",
  },
  {
    codes: [/^ERR_INVALID_/, "ERR_UNESCAPED_CHARACTERS", "UND_ERR_INVALID_ARG", "UND_ERR_NOT_SUPPORTED"],
    why: "The platform rejected the request as invalid, before it sent anything.",
    remedy: "Check `baseUrl`, `headers` and the changes that middleware makes to requests.",
  },
  {
    codes: ["UND_ERR_HEADERS_OVERFLOW", "HPE_HEADER_OVERFLOW"],
    why: "The response headers are too large.",
    remedy: "Check the headers that proxies and gateways add to responses.",
  },
  {
    codes: ["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"],
    why: "The platform's own time limit passed before the response was complete.",
    remedy: "Raise the limits of the function in the option `fetch`, or remove the option.",
  },
];

/** Causes of proxy failures, by the proxy's response. */
export const PROXY_CAUSES: Readonly<Record<"login" | "refused" | "failing" | "down", Cause>> = {
  login: {
    codes: ["status 407"],
    why: "The proxy requires a user name and a password, or rejected those that it received.",
    remedy: "Add them to the proxy's address, percent-encoded: `http://user:password@host:port`.",
  },
  refused: {
    codes: ["another status"],
    why: "The proxy refused to connect to the API.",
    remedy: "Ask the proxy's administrator to allow the host of `baseUrl`, or add the host to NO_PROXY.",
  },
  failing: {
    codes: ["status 5xx"],
    why: "The proxy could not connect to the API.",
    remedy: "Check `baseUrl`, and the proxy's own network and DNS.",
  },
  down: {
    codes: ["ECONNREFUSED, ENOTFOUND, ETIMEDOUT, …"],
    why: "The connection to the proxy was not established, or broke.",
    remedy:
      "Check the proxy's address in `nodeHttpClient({ proxy })` or HTTPS_PROXY, and that the proxy runs.",
  },
};

const fits = (cause: Cause, code: string): boolean =>
  cause.codes.some((one) => (typeof one === "string" ? one === code : one.test(code)));

/** Returns the cause and remedy of a failure without a response; undefined if the code adds nothing to the outcome. */
export function causeOf({ proxy, code, words }: Pick<Fault, "proxy" | "code" | "words">): Cause | undefined {
  if (proxy) {
    const { status } = proxy;
    if (status === 407) return PROXY_CAUSES.login;
    if (status === undefined) return PROXY_CAUSES.down;
    return status >= 500 ? PROXY_CAUSES.failing : PROXY_CAUSES.refused;
  }
  if (code === undefined && words?.includes("Expected HTTP/"))
    return causeOf({ code: "HPE_INVALID_CONSTANT" });
  return code === undefined ? undefined : CAUSES.find((cause) => fits(cause, code));
}

/** Remedies for error responses, by status and origin. `docs/errors.md` is generated from this. */
export const HINTS = {
  401: "Check the API key or token, its region, and that the token was issued for this user.",
  403: "This user does not have permission for this operation.",
  404: "Check the id, and that it belongs to this user.",
  413: "The upload is larger than the server or a proxy in front of it allows.",
  422: "The API rejected a value in the request: see `detail`, which may name the field.",
  429: "Too many requests: `retryAfterMs` is the time to wait, if the server sent one.",
  key: "The API rejected the API key: check that it is complete and not revoked, and that it belongs to the region of baseUrl.",
  address:
    "The API has no such endpoint at this address. Check baseUrl or HEIDI_BASE_URL: it ends in /api/v2/ml-scribe/open-api.",
  path: "The API has no endpoint at this path: check the path, and that baseUrl ends in /api/v2/ml-scribe/open-api.",
  redirect: "The SDK does not follow redirects: nothing was sent to another address. Check baseUrl.",
} as const;

/** Returns the remedy for an error response, for its message; empty if the status says enough. */
export function hintFor(
  operation: Operation,
  status: number,
  body: string,
  sentAs: Dialect | undefined,
): string {
  const response: ParsedResponse = { status, ...parseDetail(body) };
  if (asksForLink(response)) return LINK_HINT;
  const fields = status === 422 ? explainFields(operation, body, sentAs) : "";
  return fields || hintOf(operation, response) || "";
}

type ParsedResponse = Pick<ApiErrorParts, "status" | "type" | "detail">;

const LINK_HINT =
  "This clinician is not linked to a Heidi account: let them sign in to Heidi at `account.linkUrl()`, or link them with `account.link()`, and call again.";

const FAULTS: Readonly<Record<RefusedField["fault"], string>> = {
  missing: "is missing",
  unknown: "is unknown to this server",
  invalid: "is invalid",
};

/** Returns the operation's fields that a 422 rejects, and the other request format if the API expects it; never a value. */
function explainFields(operation: Operation, body: string, sentAs: Dialect | undefined): string {
  const fields = refusedFields(operation, body).slice(0, 10);
  // An "unknown" body means that its type is invalid.
  const problemOf = ({ name, fault }: RefusedField): string =>
    FAULTS[name === operation.forms?.body && fault === "unknown" ? "invalid" : fault];
  const named = fields.map((field) => `\`${field.name}\` ${problemOf(field)}`).join(", ");
  const expected = sentAs && dialectAskedFor(operation, body, sentAs);
  // Only the caller can supply a field that one format omits and the other requires.
  const isCallers = fields.some(
    ({ name, fault }) =>
      fault === "missing" &&
      operation.forms?.optional?.includes(name) === true &&
      operation.forms.defaults?.spec?.[name] === undefined,
  );
  const other =
    expected === undefined || expected === sentAs || isCallers
      ? ""
      : `This deployment seems to expect the other request format: set the option \`dialect\` to "${expected}".`;
  return [named && `In the request, ${named}.`, other].filter(Boolean).join(" ");
}

function hintOf(operation: Operation, response: ParsedResponse): string | undefined {
  const { status } = response;
  if (status >= 300 && status < 400) return HINTS.redirect;
  if (operation.auth === "apiKey" && (status === 401 || status === 403)) return HINTS.key;
  if (status === 405 || (status === 404 && isUnknownPath(operation, response)))
    return operation.label === undefined ? HINTS.address : HINTS.path;
  return status in HINTS ? HINTS[status as keyof typeof HINTS] : undefined;
}

/** Returns true for an unknown path: the error has a web framework's own message, or none. For an unknown id, the API names the error. */
function isUnknownPath(
  operation: Pick<Operation, "pathParameters" | "label">,
  { type, detail }: Pick<ApiErrorParts, "type" | "detail">,
): boolean {
  if (type !== undefined) return false;
  const isFrameworkMessage = detail === undefined || /^(?:Not Found|no such route)\.?$/i.test(detail);
  return isFrameworkMessage || (operation.pathParameters.length === 0 && operation.label === undefined);
}
