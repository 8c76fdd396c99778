/** The messages for failures: loaded with the first failure. */

import type { ApiErrorParts } from "../api-errors.ts";
import { asksForLink } from "../link-required.ts";
import { parseDetail } from "./api-error.ts";
import { dialectAskedFor, type RefusedField, refusedFields } from "./dialect.ts";
import type { Dialect, Operation } from "./operation.ts";
import type { Fault } from "./outcome.ts";

/** A reason for a missing response: its codes and its message. `docs/errors.md` is generated from this. */
export interface Cause {
  /** The platform's codes, or a status. */
  readonly codes: readonly (string | RegExp)[];
  /** The meaning of the codes. */
  readonly why: string;
  /** The remedy. */
  readonly remedy: string;
}

const TLS_OPTION = "`nodeHttpClient({ tls })`";

/** The causes in lookup order: the first match is used. */
export const CAUSES: readonly Cause[] = [
  {
    codes: ["ENOTFOUND", "EAI_NONAME", "EAI_NODATA"],
    why: "The name server does not know the host.",
    remedy: "Check the host in `baseUrl` or HEIDI_BASE_URL, and this machine's DNS.",
  },
  {
    codes: ["EAI_AGAIN", "EAI_FAIL"],
    why: "The name server did not answer.",
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
    why: "The connection was not made in time.",
    remedy:
      'Check the network and its firewalls; if the network requires a proxy, pass `httpClient: nodeHttpClient({ proxy: "env" })`.',
  },
  {
    codes: ["EMFILE", "ENFILE"],
    why: "This process or machine has too many files and sockets open.",
    remedy: "Use one client for all calls, `close()` unused clients, and raise the limit (`ulimit -n`).",
  },
  {
    codes: ["EACCES", "EPERM", "ERR_ACCESS_DENIED"],
    why: "The operating system or the runtime does not let this process connect.",
    remedy: "Check local firewalls, and the runtime's permission for the network.",
  },
  {
    codes: ["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"],
    why: "The server's certificate is not valid at this time.",
    remedy: "Check this machine's clock; if it is right, the server's certificate has to be renewed.",
  },
  {
    codes: ["ERR_TLS_CERT_ALTNAME_INVALID", "ERR_TLS_CERT_ALTNAME_FORMAT", "HOSTNAME_MISMATCH"],
    why: "The server's certificate is for another host.",
    remedy: "Check the host in `baseUrl`: it must be a name that the certificate has.",
  },
  {
    codes: [
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "UNABLE_TO_GET_ISSUER_CERT",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ],
    why: "The server's certificate was not accepted: its authority is not trusted here.",
    remedy:
      "Check `baseUrl`; add an authority of your own, also that of a proxy which inspects TLS, by `httpClient: nodeHttpClient({ tls: { ca } })` or NODE_EXTRA_CA_CERTS.",
  },
  {
    codes: [/^CERT_/, "INVALID_CA", "INVALID_PURPOSE", "PATH_LENGTH_EXCEEDED"],
    why: "The server's certificate was not accepted.",
    remedy: "Check `baseUrl`, this machine's clock and its trusted authorities.",
  },
  {
    codes: ["ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL"],
    why: "The server speaks HTTP/2 only, and this client speaks HTTP/1.1.",
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
    remedy: `Check \`minVersion\` and \`maxVersion\` of ${TLS_OPTION}; the server has to offer TLS 1.2 or 1.3.`,
  },
  {
    codes: [
      "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
      "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
      "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE",
    ],
    why: "The server did not accept this client's certificate, or asks for one.",
    remedy: `Pass \`cert\` and \`key\` of an accepted certificate to ${TLS_OPTION}.`,
  },
  {
    codes: ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE"],
    why: "The server refused the TLS handshake: no cipher in common, or it asks for a client certificate.",
    remedy: `Check the server's TLS settings; a client certificate is passed to ${TLS_OPTION} as \`cert\` and \`key\`.`,
  },
  {
    codes: ["ERR_SSL_BAD_SIGNATURE", "ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR"],
    why: "A certificate and its key do not belong together, at the server or in this client.",
    remedy: `Check the server's key and certificate, and \`cert\` and \`key\` of ${TLS_OPTION}.`,
  },
  {
    codes: [
      /^ERR_(?:OSSL|PEM|X509)_/,
      "ERR_TLS_INVALID_PROTOCOL_VERSION",
      "ERR_TLS_PROTOCOL_VERSION_CONFLICT",
    ],
    why: `The options of ${TLS_OPTION} cannot be used: a key that does not belong to its certificate, a wrong passphrase, text that is no PEM, or an unknown version.`,
    remedy: "Check `ca`, `cert`, `key`, `passphrase`, `minVersion` and `maxVersion`.",
  },
  {
    codes: [
      "ERR_SSL_WRONG_VERSION_NUMBER",
      "ERR_SSL_PACKET_LENGTH_TOO_LONG",
      "ERR_SSL_HTTP_REQUEST",
      "ERR_SSL_UNKNOWN_PROTOCOL",
    ],
    why: "The server at this address does not speak TLS.",
    remedy: "Check the scheme and the port of `baseUrl`: another service, or plain HTTP, listens there.",
  },
  {
    codes: [/^ERR_SSL_/],
    why: "The TLS connection failed.",
    remedy: "Check what listens at the host and port of `baseUrl`, and its TLS settings.",
  },
  {
    codes: ["HPE_INVALID_CONSTANT", "HPE_INVALID_VERSION", "HPE_PAUSED_H2_UPGRADE"],
    why: "The server at this address does not speak HTTP/1.1.",
    remedy: "Check the port of `baseUrl`: the server uses another protocol, such as HTTP/2 without TLS.",
  },
  {
    codes: [/^ERR_INVALID_/, "ERR_UNESCAPED_CHARACTERS", "UND_ERR_INVALID_ARG", "UND_ERR_NOT_SUPPORTED"],
    why: "The platform refused the request as invalid, before it sent anything.",
    remedy: "Check `baseUrl`, `headers` and what middleware changes in a request.",
  },
  {
    codes: ["UND_ERR_HEADERS_OVERFLOW", "HPE_HEADER_OVERFLOW"],
    why: "The headers of the answer are too large.",
    remedy: "Check what proxies and gateways add to answers.",
  },
  {
    codes: ["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"],
    why: "The platform's own time limit passed before the answer was complete.",
    remedy: "Raise the limits of the function in the option `fetch`, or remove the option.",
  },
];

/** The causes of a proxy's failures, by kind. */
export const PROXY_CAUSES: Readonly<Record<"login" | "refused" | "failing" | "down", Cause>> = {
  login: {
    codes: ["status 407"],
    why: "The proxy asks for a user name and a password, or rejected the ones that it received.",
    remedy: "Put them into the proxy's address, percent-encoded: `http://user:password@host:port`.",
  },
  refused: {
    codes: ["another status"],
    why: "The proxy refused to connect to the API.",
    remedy: "Ask the proxy's administrator to allow the host of `baseUrl`, or name the host in NO_PROXY.",
  },
  failing: {
    codes: ["status 5xx"],
    why: "The proxy could not connect to the API.",
    remedy: "Check `baseUrl`, and the proxy's own network and name server.",
  },
  down: {
    codes: ["ECONNREFUSED, ENOTFOUND, ETIMEDOUT, …"],
    why: "The connection to the proxy was not made, or broke.",
    remedy:
      "Check the proxy's address in `nodeHttpClient({ proxy })` or HTTPS_PROXY, and that the proxy runs.",
  },
};

const fits = (cause: Cause, code: string): boolean =>
  cause.codes.some((one) => (typeof one === "string" ? one === code : one.test(code)));

/** Returns the cause of a missing response; undefined if the code adds nothing to the outcome. */
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

/** The hints for error responses, by status and origin. `docs/errors.md` is generated from this. */
export const HINTS = {
  401: "Check the API key or token, its region, and that the user is who the token was issued for.",
  403: "This user may not do this.",
  404: "Check the id, and that it belongs to this user.",
  413: "The upload is larger than the server or a proxy before it allows.",
  422: "`detail` may say which field.",
  429: "Too many requests: `retryAfterMs` says how long to wait, if the server did.",
  key: "The API key was refused: check that it is complete and not withdrawn, and that it belongs to the region of baseUrl.",
  address:
    "There is no such part of the API at this address. Check baseUrl or HEIDI_BASE_URL: it ends in /api/v2/ml-scribe/open-api.",
  path: "There is nothing at this path: check it, and that baseUrl ends in /api/v2/ml-scribe/open-api.",
  redirect: "Redirects are refused: nothing was sent to another address. Check baseUrl.",
} as const;

/** Returns the hint for an error response, for its error's message; empty if the status is enough. */
export function hintFor(
  operation: Operation,
  status: number,
  body: string,
  sentAs: Dialect | undefined,
): string {
  const answer: Answered = { status, ...parseDetail(body) };
  if (asksForLink(answer)) return LINK_HINT;
  const refused = status === 422 ? explainFields(operation, body, sentAs) : "";
  return refused || hintOf(operation, answer) || "";
}

type Answered = Pick<ApiErrorParts, "status" | "type" | "detail">;

const LINK_HINT =
  "This clinician is not linked to a Heidi account: let them sign in to Heidi at `account.linkUrl()`, or link them with `account.link()`, and call again.";

const FAULTS: Readonly<Record<RefusedField["fault"], string>> = {
  missing: "is missing",
  unknown: "is not known there",
  invalid: "is not accepted",
};

/** Names the fields that a 422 is about, and the other request format if the response asks for it; never a value. */
function explainFields(operation: Operation, body: string, sentAs: Dialect | undefined): string {
  const fields = refusedFields(operation, body).slice(0, 10);
  // If a body is unknown, its type is invalid.
  const wrong = ({ name, fault }: RefusedField): string =>
    FAULTS[name === operation.forms?.body && fault === "unknown" ? "invalid" : fault];
  const named = fields.map((field) => `\`${field.name}\` ${wrong(field)}`).join(", ");
  const asked = sentAs && dialectAskedFor(operation, body, sentAs);
  // Only the caller can provide a field that one format requires and the other does not have.
  const isCallers = fields.some(
    ({ name, fault }) =>
      fault === "missing" &&
      operation.forms?.optional?.includes(name) === true &&
      operation.forms.defaults?.spec?.[name] === undefined,
  );
  const other =
    asked === undefined || asked === sentAs || isCallers
      ? ""
      : `This deployment seems to take the other form of requests: set the option \`dialect\` to "${asked}".`;
  return [named && `Of the request, ${named}.`, other].filter(Boolean).join(" ");
}

function hintOf(operation: Operation, answer: Answered): string | undefined {
  const { status } = answer;
  if (status >= 300 && status < 400) return HINTS.redirect;
  if (operation.auth === "apiKey" && (status === 401 || status === 403)) return HINTS.key;
  if (status === 405 || (status === 404 && isUnknownPath(operation, answer)))
    return operation.label === undefined ? HINTS.address : HINTS.path;
  return status in HINTS ? HINTS[status as keyof typeof HINTS] : undefined;
}

/** True for a 404 about the path: its framework's text or no text; for an unknown id, the API names an error type. */
function isUnknownPath(
  operation: Pick<Operation, "pathParameters" | "label">,
  { type, detail }: Pick<ApiErrorParts, "type" | "detail">,
): boolean {
  if (type !== undefined) return false;
  const isFrameworks = detail === undefined || /^(?:Not Found|no such route)\.?$/i.test(detail);
  return isFrameworks || (operation.pathParameters.length === 0 && operation.label === undefined);
}
