import { firstItemClient, STREAM_BODY } from "./time.mjs";

export function create({ baseUrl }) {
  const headers = { "content-type": "application/json", authorization: "Bearer x" };
  return firstItemClient(async () => {
    const body = JSON.stringify(STREAM_BODY);
    const response = await fetch(`${baseUrl}/note`, { method: "POST", headers, body });
    let item;
    for await (const chunk of response.body) item ??= JSON.parse(Buffer.from(chunk).toString());
    return item;
  });
}
