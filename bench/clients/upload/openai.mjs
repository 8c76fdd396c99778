import { createReadStream } from "node:fs";
import OpenAI from "openai";
import { uploadClient } from "./measure.mjs";

export function create({ baseUrl }) {
  const client = new OpenAI({ apiKey: "bench-key", baseURL: baseUrl });
  return uploadClient((path) =>
    client.audio.transcriptions.create({ file: createReadStream(path), model: "whisper-1" }),
  );
}
