// `Pool.request` with the same body: no authentication, check, retry or deadline.
import { Pool } from "undici";
import { createToken } from "../../servers/token.mjs";
import { jsonClient } from "../json/load.mjs";
import { BODY, PATH } from "./body.mjs";

export function create({ baseUrl }) {
  const pool = new Pool(baseUrl, { connections: 128 });
  const headers = {
    authorization: `Bearer ${createToken()}`,
    accept: "application/json",
    "content-type": "application/json",
  };
  return jsonClient(async () => {
    const { body } = await pool.request({ method: "PATCH", path: PATH, headers, body: JSON.stringify(BODY) });
    return body.json();
  });
}
