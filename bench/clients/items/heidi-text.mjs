// The most common use: the whole text.
import { streamClient } from "./sdk-stream.mjs";

export function create(params) {
  return streamClient(params, async (stream, take) => {
    take({ data: await stream.text() });
  });
}
