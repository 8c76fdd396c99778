import { Agent, request } from "undici";
import { createToken } from "../../servers/token.mjs";
import { jsonClient } from "./load.mjs";

export function create({ baseUrl, connections = 64 }) {
  const dispatcher = new Agent({ connections });
  const headers = { authorization: `Bearer ${createToken()}`, accept: "application/json" };
  return jsonClient(async () => {
    const { body } = await request(`${baseUrl}/sessions/session-1`, { dispatcher, headers });
    return body.json();
  });
}
