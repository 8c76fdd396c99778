import OpenAI from "openai";
import { firstItemClient, STREAM_BODY } from "./time.mjs";

export function create({ baseUrl }) {
  const client = new OpenAI({ apiKey: "bench-key", baseURL: baseUrl });
  return firstItemClient(async () => {
    const stream = await client.post("/sse", { body: STREAM_BODY, stream: true });
    let first;
    for await (const item of stream) first ??= item;
    return first;
  });
}
