import { Agent } from "node:http";
import axios from "axios";
import { createToken } from "../../servers/token.mjs";
import { jsonClient } from "./load.mjs";

export function create({ baseUrl }) {
  const client = axios.create({
    baseURL: baseUrl,
    headers: { authorization: `Bearer ${createToken()}` },
    timeout: 60_000,
    httpAgent: new Agent({ keepAlive: true }),
  });
  return jsonClient(async () => (await client.get("/sessions/session-1")).data);
}
