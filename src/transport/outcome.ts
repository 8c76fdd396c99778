import type { Outcome } from "../errors.ts";

/** What a failed attempt proves. */
export interface Fault {
  readonly outcome: Outcome;
  /** Repeating cannot help: a certificate that is wrong now is wrong in a second. */
  readonly permanent: boolean;
  /** The platform's code, such as `ECONNRESET`; safe to show. */
  readonly code: string | undefined;
  readonly syscall: string | undefined;
}

/** Codes that only occur before the first byte of a request can have left. */
const NOT_SENT_CODES: ReadonlySet<string> = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "EAI_FAIL",
  "EAI_NODATA",
  "EAI_NONAME",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Bun's codes of a connection that was not made; it names no system call with them. */
const BUN_CODES: ReadonlySet<unknown> = new Set(["ECONNREFUSED", "ConnectionRefused", "FailedToOpenSocket"]);

/** The peer is not who it should be, or does not speak TLS: found in the handshake, and no retry will mend it. */
const PERMANENT_CODES: ReadonlySet<string> = new Set([
  "CERT_CHAIN_TOO_LONG",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REJECTED",
  "CERT_REVOKED",
  "CERT_SIGNATURE_FAILURE",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
  "ERR_SSL_UNSUPPORTED_PROTOCOL",
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_TLS_CERT_ALTNAME_FORMAT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "HOSTNAME_MISMATCH",
  "INVALID_CA",
  "INVALID_PURPOSE",
  "PATH_LENGTH_EXCEEDED",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  // The request itself was refused by the client library, before dispatch.
  "ERR_INVALID_ARG_TYPE",
  "ERR_INVALID_CHAR",
  "ERR_INVALID_URL",
  "UND_ERR_INVALID_ARG",
  "UND_ERR_NOT_SUPPORTED",
]);

/**
 * Faults of making a connection for which a platform has no code of its own: Node's of a cut handshake (which would else be
 * a reset in mid-flight), all of Deno's, and Bun's of a handshake.
 */
const NOT_SENT_MESSAGE =
  /before secure TLS connection was established|client error \(Connect\)|TLS handshake failed/;

interface Links {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;
const asCode = (value: unknown): string | undefined =>
  typeof value === "string" && CODE.test(value) ? value : undefined;
const asSyscall = (value: unknown): string | undefined =>
  typeof value === "string" && /^[a-z]{1,20}$/.test(value) ? value : undefined;

/**
 * What an error of the wire proves about the request. Total: whatever it does not know is `unknown`, so that a create
 * is never repeated on a guess.
 *
 * `sent` is the wire's own evidence: false when it never began to write the request.
 */
export function classifyFault(error: unknown, sent = true): Fault {
  try {
    return classify(error, sent, 0);
  } catch {
    return { outcome: sent ? "unknown" : "not-sent", permanent: false, code: undefined, syscall: undefined }; // a getter threw
  }
}

function classify(error: unknown, sent: boolean, depth: number): Fault {
  if (typeof error !== "object" || error === null || depth > 4) {
    return { outcome: sent ? "unknown" : "not-sent", permanent: false, code: undefined, syscall: undefined };
  }
  const { code: rawCode, syscall: rawSyscall, message, cause, errors } = error as Links;
  const code = asCode(rawCode);
  const syscall = asSyscall(rawSyscall);
  const permanent = code !== undefined && PERMANENT_CODES.has(code);

  if (Array.isArray(errors) && errors.length > 0) {
    // Several addresses were tried: nothing was sent only if that is so for each.
    const faults = errors.slice(0, 16).map((one) => classify(one, sent, depth + 1));
    const worst = faults.find((fault) => fault.outcome !== "not-sent") ?? faults[0];
    if (worst) return { ...worst, code: worst.code ?? code };
  }
  if (
    permanent ||
    syscall === "connect" ||
    syscall === "getaddrinfo" ||
    (code !== undefined && NOT_SENT_CODES.has(code)) ||
    (syscall === undefined && BUN_CODES.has(rawCode))
  ) {
    return { outcome: "not-sent", permanent, code, syscall };
  }
  if (typeof message === "string" && NOT_SENT_MESSAGE.test(message)) {
    return { outcome: "not-sent", permanent: false, code, syscall };
  }
  if (cause !== undefined && cause !== error) {
    const inner = classify(cause, sent, depth + 1);
    return { ...inner, code: inner.code ?? code, syscall: inner.syscall ?? syscall };
  }
  return { outcome: sent ? "unknown" : "not-sent", permanent: false, code, syscall };
}

/**
 * An error that can be shown in place of the platform's: those carry response bytes, addresses with queries and file
 * names. Keeps the code and the system call.
 */
export class Fact extends Error {
  override readonly name: string = "TransportFault";
  readonly code: string | undefined;
  readonly syscall: string | undefined;

  constructor(fault: Pick<Fault, "code" | "syscall">) {
    super(
      fault.code === undefined
        ? "the platform gave no code"
        : [fault.code, fault.syscall].filter(Boolean).join(" in "),
    );
    this.code = fault.code;
    this.syscall = fault.syscall;
  }
}

/** What a complete answer proves: only a 2xx is known to have been acted on, only a refusal to have been not. */
export function classifyStatus(status: number): Outcome {
  if (status >= 200 && status < 300) return "processed";
  if (status >= 400 && status < 500) return "rejected";
  return "unknown";
}

/** 304 answers a conditional read that the caller made by its own header: nothing new is a success without data. */
export const isSuccess = (status: number): boolean => (status >= 200 && status < 300) || status === 304;
