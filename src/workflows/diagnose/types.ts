import type { AccountApi, AuthenticationApi, TemplatesApi } from "../../../generated/client.ts";
import type { Jwt } from "../../../generated/types.ts";
import { HeidiAbortError, HeidiArgumentError, type HeidiError, isHeidiError } from "../../errors.ts";
import type { HeidiDialect } from "../../http/operation.ts";
import type { RequestOptions } from "../../http/options.ts";
import type { ClientAddress, HeidiDeployment } from "../../utils/regions.ts";

/** What a diagnosis looks at, and with which clocks. */
export interface DiagnosisTools extends ClientAddress {
  /** In whose name to ask; nobody's leaves the address as all there is to look at. */
  readonly clinician: Clinician | undefined;
  /** The form of requests that the client was told to use. */
  readonly dialect: HeidiDialect;
  nowMs(): number;
  monotonicMs(): number;
}

/** What a diagnosis needs of a clinician. */
export interface Clinician {
  /** An exchange of its own, past the cache. */
  exchange(options: RequestOptions): ReturnType<AuthenticationApi["getJwt"]>;
  token(options: RequestOptions): Promise<Jwt>;
  readonly account: AccountApi;
  readonly templates: Pick<TemplatesApi, "list">;
}

/** The caller's own abort, a bad option, or what is no failure of a call ends a diagnosis. */
export function rethrowUnlessKnown(error: unknown): HeidiError {
  const ends = error instanceof HeidiAbortError || error instanceof HeidiArgumentError;
  if (ends || !isHeidiError(error)) throw error;
  return error;
}

/**
 * What came of a check.
 *
 * - `ok`: nothing to do.
 * - `warning`: calls work, but something is likely not as it was meant.
 * - `failed`: API calls will fail until this is fixed.
 * - `unknown`: it could not be found out.
 */
export type CheckStatus = "ok" | "warning" | "failed" | "unknown";

/** One thing that was looked at. */
export interface DiagnosisCheck {
  /**
   * `address`: the base URL and its region · `key`: the API key · `clock`: this machine's clock beside the server's ·
   * `link`: the clinician's Heidi account · `dialect`: the form of requests that the deployment takes · `latency`: how fast a call is answered.
   */
  readonly name: "address" | "key" | "clock" | "link" | "dialect" | "latency";
  readonly status: CheckStatus;
  /** What was found, in words that can be shown and logged. */
  readonly finding: string;
  /** What to do about it; undefined when there is nothing to do. */
  readonly advice?: string | undefined;
}

/** What {@link Heidi.diagnose} found. Holds no secret and nothing of a patient or clinician. */
export interface Diagnosis {
  /** True when no check failed; there can be warnings, and things that could not be found out. */
  readonly ok: boolean;
  /** Always the same six, in the same order. */
  readonly checks: readonly DiagnosisCheck[];
  /** Where the requests go: a production region, Heidi's staging, this machine, or another host such as a gateway. */
  readonly deployment: HeidiDeployment;
  /** How far the server's clock is ahead of this machine's, in milliseconds, to the second. */
  readonly skewMs: number | undefined;
  /** How long an answer took on an open connection, in milliseconds. */
  readonly latencyMs: number | undefined;
  /** Whether the clinician is linked to a Heidi account. */
  readonly linked: boolean | undefined;
  /** The form of requests that the deployment takes; undefined when that could not be found out. */
  readonly dialect: Exclude<HeidiDialect, "auto"> | undefined;
}

/** A check without its name. */
export type Finding = Omit<DiagnosisCheck, "name">;
