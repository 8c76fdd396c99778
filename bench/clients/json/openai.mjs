import OpenAI from "openai";
import { jsonClient } from "./load.mjs";

export function create({ baseUrl }) {
  const client = new OpenAI({ apiKey: "bench-key", baseURL: baseUrl });
  return jsonClient(() => client.models.retrieve("session-1"));
}
