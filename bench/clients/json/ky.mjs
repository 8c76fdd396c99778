import ky from "ky";
import { createToken } from "../../servers/token.mjs";
import { jsonClient } from "./load.mjs";

export function create({ baseUrl }) {
  const client = ky.create({ prefixUrl: baseUrl, headers: { authorization: `Bearer ${createToken()}` } });
  return jsonClient(() => client.get("sessions/session-1").json());
}
