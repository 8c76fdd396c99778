import { type Handlers, json } from "../call.ts";

/** Token exchange. */
export const authenticationHandlers: Handlers = {
  getJwt: async ({ world, query }) => {
    const identity = {
      email: String(query.get("email")),
      third_party_internal_id: String(query.get("third_party_internal_id")),
    };
    const issuedAtMs = world.clock.now();
    const expiresAtMs = issuedAtMs + world.tokenLifetimeMs;
    const token = await world.tokens.sign(identity, world.ids.hex(), issuedAtMs, expiresAtMs);
    return json({ token, expiration_time: new Date(expiresAtMs).toISOString() });
  },
};
