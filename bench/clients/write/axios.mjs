import { Agent } from "node:http";
import axios from "axios";
import { createToken } from "../../servers/token.mjs";
import { jsonClient } from "../json/load.mjs";
import { BODY, PATH } from "./body.mjs";

export function create({ baseUrl }) {
  const client = axios.create({
    baseURL: baseUrl,
    headers: { authorization: `Bearer ${createToken()}` },
    timeout: 60_000,
    httpAgent: new Agent({ keepAlive: true }),
  });
  return jsonClient(async () => (await client.patch(PATH, BODY)).data);
}
