import createClient from "openapi-fetch";
import { createToken } from "../../servers/token.mjs";
import { jsonClient } from "./load.mjs";

export function create({ baseUrl }) {
  const client = createClient({ baseUrl, headers: { authorization: `Bearer ${createToken()}` } });
  const params = { path: { session_id: "session-1" } };
  return jsonClient(async () => (await client.GET("/sessions/{session_id}", { params })).data);
}
