import { createToken } from "../../servers/token.mjs";
import { jsonClient } from "../json/load.mjs";
import { BODY, PATH } from "./body.mjs";

export function create({ baseUrl }) {
  const headers = {
    authorization: `Bearer ${createToken()}`,
    accept: "application/json",
    "content-type": "application/json",
  };
  return jsonClient(async () =>
    (await fetch(baseUrl + PATH, { method: "PATCH", headers, body: JSON.stringify(BODY) })).json(),
  );
}
