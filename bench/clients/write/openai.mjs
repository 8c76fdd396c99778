import OpenAI from "openai";
import { jsonClient } from "../json/load.mjs";
import { BODY, PATH } from "./body.mjs";

export function create({ baseUrl }) {
  const client = new OpenAI({ apiKey: "bench-key", baseURL: baseUrl });
  return jsonClient(() => client.patch(PATH, { body: BODY }));
}
