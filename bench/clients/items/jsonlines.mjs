import jsonlines from "jsonlines";
import { itemClient } from "./data.mjs";
import { nodeStream } from "./node-stream.mjs";

export function create(params) {
  return itemClient(params, async ({ chunks }, take) => {
    for await (const item of nodeStream(chunks).pipe(jsonlines.parse())) take(item);
  });
}
