import split2 from "split2";
import { itemClient } from "./data.mjs";
import { nodeStream } from "./node-stream.mjs";

export function create(params) {
  return itemClient(params, async ({ chunks }, take) => {
    for await (const item of nodeStream(chunks).pipe(split2(JSON.parse))) take(item);
  });
}
