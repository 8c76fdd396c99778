import { createToken } from "../../servers/token.mjs";
import { jsonClient } from "./load.mjs";

export function create({ baseUrl }) {
  const headers = { authorization: `Bearer ${createToken()}`, accept: "application/json" };
  return jsonClient(async () => (await fetch(`${baseUrl}/sessions/session-1`, { headers })).json());
}
