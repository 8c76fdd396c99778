import { Stream } from "openai/core/streaming";
import { itemClient, webStream } from "./data.mjs";

export function create(params) {
  return itemClient(params, async ({ chunks }, take) => {
    const controller = new AbortController();
    const stream =
      params.format === "sse"
        ? Stream.fromSSEResponse(new Response(webStream(chunks)), controller)
        : Stream.fromReadableStream(webStream(chunks), controller);
    for await (const item of stream) take(item);
  });
}
