import type { SandboxContext } from "./context.ts";
import { type HttpError, httpError } from "./http-error.ts";
import type { TokenFault } from "./jwt.ts";
import type { SandboxRequest } from "./message.ts";
import type { SpecOperation } from "./spec.ts";
import type { Identity } from "./state.ts";

const tokenFaults: Readonly<Record<TokenFault, string>> = {
  malformed: "The token is malformed",
  "bad-signature": "The token's signature is invalid",
  expired: "The token has expired",
  "other-tenant": "The token belongs to another tenant",
};
const REVOKED = "The token was revoked";

/** Checks the credentials that the operation requires. Returns their user, if there is one. */
export async function authenticate(
  context: SandboxContext,
  operation: SpecOperation,
  request: SandboxRequest,
): Promise<Identity | undefined> {
  switch (operation.row.auth) {
    case "none":
      return undefined;
    case "apiKey": {
      const key = request.headers["heidi-api-key"];
      if (key === undefined) throw unauthorized("The header Heidi-Api-Key is missing");
      if (key !== context.apiKey) throw unauthorized("The API key is not valid");
      return undefined;
    }
    case "bearer": {
      const credentials = request.headers["authorization"];
      if (credentials === undefined) throw unauthorized("The header Authorization is missing");
      const token = /^Bearer +(\S+)$/i.exec(credentials)?.[1];
      if (token === undefined) throw unauthorized("The header Authorization has no bearer token");
      const claims = await context.tokens.verify(token, context.clock.now());
      if (typeof claims === "string") throw unauthorized(tokenFaults[claims]);
      if (context.revoked.has(token)) throw unauthorized(REVOKED);
      return { email: claims.email, third_party_internal_id: claims.third_party_internal_id };
    }
  }
}

/** The response of a token fault; a revoked token stays revoked. */
export function rejectToken(
  context: SandboxContext,
  request: SandboxRequest,
  why: "expired" | "revoked",
): HttpError {
  const token = /^Bearer +(\S+)$/i.exec(request.headers["authorization"] ?? "")?.[1];
  if (token === undefined) return unauthorized("The API key is not valid");
  if (why === "revoked") context.revoked.add(token);
  return unauthorized(why === "revoked" ? REVOKED : tokenFaults.expired);
}

function unauthorized(msg: string): HttpError {
  return httpError(401, "UnauthorizedError", msg, { "www-authenticate": "Bearer" });
}
