import Anthropic from "@anthropic-ai/sdk";
import { jsonClient } from "./load.mjs";

export function create({ baseUrl }) {
  const client = new Anthropic({ apiKey: "bench-key", baseURL: baseUrl });
  return jsonClient(() => client.models.retrieve("session-1"));
}
