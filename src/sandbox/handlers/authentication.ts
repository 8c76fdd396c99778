import { type Handlers, json } from "../handler-context.ts";

/** Token exchange. */
export const authenticationHandlers: Handlers = {
  getJwt: async ({ context, query }) => {
    const identity = {
      email: String(query.get("email")),
      third_party_internal_id: String(query.get("third_party_internal_id")),
    };
    const issuedAtMs = context.clock.now();
    const expiresAtMs = issuedAtMs + context.tokenLifetimeMs;
    const token = await context.tokens.sign(identity, context.ids.hex(), issuedAtMs, expiresAtMs);
    return json({ token, expiration_time: new Date(expiresAtMs).toISOString() });
  },
};
