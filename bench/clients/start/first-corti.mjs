import { CortiClient } from "@corti/sdk";

const [, , baseUrl, , token] = process.argv;
const client = new CortiClient({
  environment: { base: baseUrl, wss: baseUrl, login: baseUrl, agents: baseUrl },
  tenantName: "bench",
  auth: { accessToken: token },
});
await client.interactions.get("session-1");
