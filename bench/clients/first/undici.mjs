import { Agent, request } from "undici";
import { firstItemClient, STREAM_BODY } from "./time.mjs";

export function create({ baseUrl }) {
  const dispatcher = new Agent({ connections: 64 });
  const headers = { "content-type": "application/json", authorization: "Bearer x" };
  return firstItemClient(async () => {
    const { body } = await request(`${baseUrl}/note`, {
      dispatcher,
      headers,
      method: "POST",
      body: JSON.stringify(STREAM_BODY),
    });
    let item;
    for await (const chunk of body) item ??= JSON.parse(chunk);
    return item;
  });
}
