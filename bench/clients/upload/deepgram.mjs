import { createReadStream } from "node:fs";
import { DeepgramClient } from "@deepgram/sdk";
import { uploadClient } from "./measure.mjs";

export function create({ baseUrl }) {
  const environment = { base: baseUrl, production: baseUrl, agent: baseUrl };
  const client = new DeepgramClient({ apiKey: "bench-key", environment, baseUrl });
  return uploadClient((path) =>
    client.listen.v1.media.transcribeFile(createReadStream(path), {}, { timeoutInSeconds: 600 }),
  );
}
