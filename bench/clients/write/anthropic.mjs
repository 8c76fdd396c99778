import Anthropic from "@anthropic-ai/sdk";
import { jsonClient } from "../json/load.mjs";
import { BODY, PATH } from "./body.mjs";

export function create({ baseUrl }) {
  const client = new Anthropic({ apiKey: "bench-key", baseURL: baseUrl });
  return jsonClient(() => client.patch(PATH, { body: BODY }));
}
