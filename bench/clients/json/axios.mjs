import { Agent } from "node:http";
import axios from "axios";
import { createToken } from "../../servers/token.mjs";
import { jsonClient } from "./load.mjs";

export function createAxios(baseURL) {
  return axios.create({
    baseURL,
    headers: { authorization: `Bearer ${createToken()}` },
    timeout: 60_000,
    httpAgent: new Agent({ keepAlive: true }),
  });
}

export function create({ baseUrl }) {
  const client = createAxios(baseUrl);
  return jsonClient(async () => (await client.get("/sessions/session-1")).data);
}
