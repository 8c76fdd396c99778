import type { Outcome } from "../errors.ts";
import type { HttpRequest } from "./http-client.ts";
import { type ErrorName, isMistake, isOtherProtocol, nameOf, safeMessageOf } from "./platform-errors.ts";

/** The classification of a failed attempt. */
export interface Fault {
  readonly outcome: Outcome;
  /** True when a retry cannot help: an invalid certificate stays invalid. */
  readonly permanent: boolean;
  /** The platform's code, such as `ECONNRESET`; safe to show. */
  readonly code: string | undefined;
  readonly syscall: string | undefined;
  /** The name of the platform's error, such as `TypeError`; safe to show. */
  readonly name?: ErrorName | undefined;
  /** The platform's message, if it is known to contain no value of a request. */
  readonly words?: string | undefined;
  /** Set when the proxy failed, not the API; with the status of the proxy's response, if there was one. */
  readonly proxy?: { readonly status: number | undefined } | undefined;
}

/** Codes that occur only before the first byte of a request is sent. */
const NOT_SENT_CODES: ReadonlySet<string> = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "EAI_FAIL",
  "EAI_NODATA",
  "EAI_NONAME",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Bun's codes of a connection that was not established; Bun reports no system call with them. */
const BUN_CODES: ReadonlySet<unknown> = new Set(["ECONNREFUSED", "ConnectionRefused", "FailedToOpenSocket"]);

/**
 * Messages of connection failures for which a platform has no code of its own: Node's of an interrupted handshake (its code
 * is that of a reset during a request), all of Deno's, and Bun's of a handshake.
 */
const NOT_SENT_MESSAGE =
  /before secure TLS connection was established|client error \(Connect\)|TLS handshake failed/;

interface Links {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
  readonly proxyStatus?: unknown;
}

const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;
const asCode = (value: unknown): string | undefined =>
  typeof value === "string" && CODE.test(value) ? value : undefined;
const asSyscall = (value: unknown): string | undefined =>
  typeof value === "string" && /^[a-z]{1,20}$/.test(value) ? value : undefined;

/**
 * Classifies an error of the HTTP client. Every unknown error has the outcome `unknown`, so that a create is never repeated
 * without proof.
 *
 * `sent` is the HTTP client's own evidence: false when it never began to write the request. `isPermanentCode` is that of
 * permanent-codes.ts; without it, such a fault has the outcome `unknown`.
 */
export function classifyFault(
  error: unknown,
  sent = true,
  isPermanentCode: (code: string) => boolean = () => false,
): Fault {
  try {
    return classify(error, sent, isPermanentCode, 0);
  } catch {
    return unproven(sent); // a getter threw
  }
}

const unproven = (sent: boolean): Fault => ({
  outcome: sent ? "unknown" : "not-sent",
  permanent: false,
  code: undefined,
  syscall: undefined,
});

function classify(
  error: unknown,
  sent: boolean,
  isPermanentCode: (code: string) => boolean,
  depth: number,
): Fault {
  if (typeof error !== "object" || error === null || depth > 4) return unproven(sent);
  const { code: rawCode, syscall: rawSyscall, message, cause, errors, proxyStatus } = error as Links;
  const code = asCode(rawCode);
  const syscall = asSyscall(rawSyscall);
  const own = { code, syscall, name: nameOf(error), words: safeMessageOf(message) };

  if (error instanceof ProxyFault) {
    // The connection to the proxy, or through it, was not established, so the API received nothing.
    const { permanent, ...inner } = classify(cause, false, isPermanentCode, depth + 1);
    const status = typeof proxyStatus === "number" ? proxyStatus : undefined;
    const isRefused = status !== undefined && status < 500 && status !== 408 && status !== 429;
    return { ...inner, outcome: "not-sent", permanent: permanent || isRefused, proxy: { status } };
  }
  if (Array.isArray(errors) && errors.length > 0) {
    // Several addresses were tried: the outcome is `not-sent` only if it is `not-sent` for each.
    const faults = errors.slice(0, 16).map((one) => classify(one, sent, isPermanentCode, depth + 1));
    const worst = faults.find((fault) => fault.outcome !== "not-sent") ?? faults[0];
    if (worst) return { ...worst, code: worst.code ?? code };
  }
  const permanent = code !== undefined && isPermanentCode(code);
  if (
    permanent ||
    syscall === "connect" ||
    syscall === "getaddrinfo" ||
    (code !== undefined && NOT_SENT_CODES.has(code)) ||
    // Other platforms omit the system call; an established connection never reports these codes.
    (syscall === undefined && BUN_CODES.has(rawCode))
  ) {
    return { ...own, outcome: "not-sent", permanent };
  }
  if (typeof message === "string" && NOT_SENT_MESSAGE.test(message)) {
    return { ...own, outcome: "not-sent", permanent: false };
  }
  if (cause !== undefined && cause !== error) {
    const inner = classify(cause, sent, isPermanentCode, depth + 1);
    const hasDetails = inner.code !== undefined || inner.words !== undefined;
    const source = hasDetails || (own.name ?? own.words) === undefined ? inner : own;
    return {
      ...inner,
      code: inner.code ?? code,
      syscall: inner.syscall ?? syscall,
      name: source.name,
      words: source.words,
    };
  }
  return { ...own, outcome: sent ? "unknown" : "not-sent", permanent: isPermanent(own) };
}

/** Returns true for errors that a retry does not change: a bug in the caller's code, or a server that does not speak HTTP/1.1. */
const isPermanent = ({ words, code }: Pick<Fault, "words" | "code">): boolean =>
  code === undefined && words !== undefined && (isMistake(words) || isOtherProtocol(words));

/** An error of the connection to a proxy, or of the tunnel through it. */
export class ProxyFault extends Error {
  override readonly name: string = "ProxyFault";
  /** The status of the proxy's response, if there was one. */
  readonly proxyStatus: number | undefined;

  constructor(cause: unknown, proxyStatus?: number) {
    super("the proxy failed", { cause });
    this.proxyStatus = proxyStatus;
  }
}

/** The error when the function of the option `fetch` threw or rejected; `cause` is that error. */
export class FetchFault extends Error {
  override readonly name: string = "FetchFault";
  /** True if the cause shows no value of the request to a path of this template; that of the user's own code may. */
  readonly isShowable: (template: string, request: HttpRequest | undefined) => boolean;

  constructor(cause: unknown, isShowable: FetchFault["isShowable"]) {
    super("the option `fetch` threw", { cause });
    this.isShowable = isShowable;
  }
}

/**
 * The safe copy of a platform's error, shown instead of it: platform errors can contain response bytes, addresses with
 * queries, and file names. Keeps the name, the code, the system call, and a message that is known to be harmless.
 */
export class NetworkError extends Error {
  override readonly name: string;
  readonly code: string | undefined;
  readonly syscall: string | undefined;

  constructor(fault: Pick<Fault, "code" | "syscall" | "name" | "words">) {
    const coded = [fault.code, fault.syscall].filter(Boolean).join(" in ");
    super([coded, fault.words].filter(Boolean).join(": ") || NO_MESSAGE);
    // Not enumerable: inspection would show an enumerable name twice.
    this.name = fault.name ?? "TransportFault";
    Object.defineProperty(this, "name", { enumerable: false });
    this.code = fault.code;
    this.syscall = fault.syscall;
  }
}

const NO_MESSAGE = "the platform reported no code, and its message may contain data of the request";

/** Returns the outcome of a complete response: only a 2xx proves processing, only a rejection proves the opposite. */
export function classifyStatus(status: number): Outcome {
  if (status >= 200 && status < 300) return "processed";
  // A redirect means that the server did not act: the request must be sent to another address.
  if (status >= 300 && status < 500) return "rejected";
  return "unknown";
}

/** Returns true for a successful status. 304 answers a conditional read that the caller requested with its own header: a success without data. */
export const isSuccess = (status: number): boolean => (status >= 200 && status < 300) || status === 304;
