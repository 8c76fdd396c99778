import type { AccountApi, AuthenticationApi, TemplatesApi } from "../../../generated/client.ts";
import type { Jwt } from "../../../generated/types.ts";
import { HeidiAbortError, HeidiArgumentError, type HeidiError, isHeidiError } from "../../errors.ts";
import type { HeidiDialect } from "../../http/operation.ts";
import type { RequestOptions } from "../../http/options.ts";
import type { ClientAddress, HeidiDeployment } from "../../utils/regions.ts";

/** The address, clinician, dialect and clocks of a diagnosis. */
export interface DiagnosisTools extends ClientAddress {
  /** The clinician on whose behalf requests are sent; without one, only the address is checked. */
  readonly clinician: Clinician | undefined;
  /** The request format that the client is configured to use. */
  readonly dialect: HeidiDialect;
  nowMs(): number;
  monotonicMs(): number;
}

/** The methods of a clinician that a diagnosis calls. */
export interface Clinician {
  /** Exchanges the key for a token, without the cache. */
  exchange(options: RequestOptions): ReturnType<AuthenticationApi["getJwt"]>;
  token(options: RequestOptions): Promise<Jwt>;
  readonly account: AccountApi;
  readonly templates: Pick<TemplatesApi, "list">;
}

/** Rethrows the caller's abort, an invalid option and unknown errors, which end a diagnosis; returns other errors. */
export function rethrowUnlessKnown(error: unknown): HeidiError {
  const ends = error instanceof HeidiAbortError || error instanceof HeidiArgumentError;
  if (ends || !isHeidiError(error)) throw error;
  return error;
}

/**
 * The status of a check.
 *
 * - `ok`: nothing to do.
 * - `warning`: calls work, but the configuration is probably not as intended.
 * - `failed`: API calls will fail until you fix this.
 * - `unknown`: the status could not be determined.
 */
export type CheckStatus = "ok" | "warning" | "failed" | "unknown";

/** The result of one check. */
export interface DiagnosisCheck {
  /**
   * `address`: the base URL and its region · `key`: the API key · `clock`: this machine's clock compared with the server's ·
   * `link`: the clinician's Heidi account · `dialect`: the request format that the deployment accepts · `latency`: the latency of a call.
   */
  readonly name: "address" | "key" | "clock" | "link" | "dialect" | "latency";
  readonly status: CheckStatus;
  /** The finding, as text that can be shown and logged. */
  readonly finding: string;
  /** The recommended action; undefined when there is nothing to do. */
  readonly advice?: string | undefined;
}

/** The result of {@link Heidi.diagnose}. It contains no secret and no data of a patient or clinician. */
export interface Diagnosis {
  /** True when no check failed; there can be warnings and checks with an unknown status. */
  readonly ok: boolean;
  /** Always the same six, in the same order. */
  readonly checks: readonly DiagnosisCheck[];
  /** The target of the requests: a production region, Heidi's staging, this machine, or another host such as a gateway. */
  readonly deployment: HeidiDeployment;
  /** The time by which the server's clock is ahead of this machine's, in milliseconds, to the second. */
  readonly skewMs: number | undefined;
  /** The latency of a call on an open connection, in milliseconds. */
  readonly latencyMs: number | undefined;
  /** True when the clinician is linked to a Heidi account; undefined when that is unknown. */
  readonly linked: boolean | undefined;
  /** The request format that the deployment accepts; undefined when it could not be detected. */
  readonly dialect: Exclude<HeidiDialect, "auto"> | undefined;
}

/** A check without its name. */
export type Finding = Omit<DiagnosisCheck, "name">;
