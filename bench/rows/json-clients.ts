import type { Contender } from "../harness/rounds.ts";
import { contenders } from "./contenders.ts";

export const jsonClients: readonly Contender[] = contenders("json", {
  heidi: "sdk",
  undici: "base",
  net: "limit",
  stripe: "peer",
  axios: "peer",
  fetch: "peer",
  "openapi-fetch": "peer",
  ky: "peer",
  got: "peer",
  "hey-api": "peer",
  anthropic: "peer",
  openai: "peer",
  corti: "peer",
});
