import { createReadStream } from "node:fs";
import { CortiClient } from "@corti/sdk";
import { createToken } from "../../servers/token.mjs";
import { uploadClient } from "./measure.mjs";

export function create({ baseUrl }) {
  const client = new CortiClient({
    environment: { base: baseUrl, wss: baseUrl, login: baseUrl, agents: baseUrl },
    tenantName: "bench",
    auth: { accessToken: createToken() },
  });
  return uploadClient((path) =>
    client.recordings.upload(createReadStream(path), "interaction-1", { timeoutInSeconds: 600 }),
  );
}
