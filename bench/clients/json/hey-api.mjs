import { createClient } from "@hey-api/client-fetch";
import { createToken } from "../../servers/token.mjs";
import { jsonClient } from "./load.mjs";

export function create({ baseUrl }) {
  const client = createClient({ baseUrl, headers: { authorization: `Bearer ${createToken()}` } });
  const path = { session_id: "session-1" };
  return jsonClient(async () => (await client.get({ url: "/sessions/{session_id}", path })).data);
}
