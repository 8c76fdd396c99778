import { streamClient } from "./sdk-stream.mjs";

export function create(params) {
  return streamClient(params, async (stream, take) => {
    for await (const item of stream) take(item);
  });
}
