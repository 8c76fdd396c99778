import { CortiClient } from "@corti/sdk";
import { createToken } from "../../servers/token.mjs";
import { jsonClient } from "./load.mjs";

export function create({ baseUrl }) {
  const client = new CortiClient({
    environment: { base: baseUrl, wss: baseUrl, login: baseUrl, agents: baseUrl },
    tenantName: "bench",
    auth: { accessToken: createToken() },
  });
  return jsonClient(() => client.interactions.get("session-1"));
}
