import { request } from "undici";

const [, , baseUrl, , token] = process.argv;
const { body } = await request(`${baseUrl}/sessions/session-1`, {
  headers: { authorization: `Bearer ${token}` },
});
await body.json();
