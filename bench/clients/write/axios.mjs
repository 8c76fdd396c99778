import { createAxios } from "../json/axios.mjs";
import { jsonClient } from "../json/load.mjs";
import { BODY, PATH } from "./body.mjs";

export function create({ baseUrl }) {
  const client = createAxios(baseUrl);
  return jsonClient(async () => (await client.patch(PATH, BODY)).data);
}
