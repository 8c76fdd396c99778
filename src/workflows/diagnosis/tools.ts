import type { AccountApi, AuthenticationApi, TemplatesApi } from "../../../generated/client.ts";
import type { Jwt } from "../../../generated/types.ts";
import { HeidiAbortError, HeidiArgumentError, type HeidiError, isHeidiError } from "../../errors.ts";
import type { HeidiDialect } from "../../transport/operation.ts";
import type { RequestOptions } from "../../transport/options.ts";
import type { ClientAddress } from "../deployment.ts";

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
