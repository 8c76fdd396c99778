// The same items in one array: no promise per item.
import { streamClient } from "./sdk-stream.mjs";

export function create(params) {
  return streamClient(params, async (stream, take) => {
    for (const item of await stream.toArray()) take(item);
  });
}
