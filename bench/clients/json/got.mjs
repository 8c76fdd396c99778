import { Agent } from "node:http";
import got from "got";
import { createToken } from "../../servers/token.mjs";
import { jsonClient } from "./load.mjs";

export function create({ baseUrl }) {
  const client = got.extend({
    prefixUrl: baseUrl,
    headers: { authorization: `Bearer ${createToken()}` },
    timeout: { request: 60_000 },
    agent: { http: new Agent({ keepAlive: true }) },
  });
  return jsonClient(() => client.get("sessions/session-1").json());
}
