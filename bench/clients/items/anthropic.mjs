import { Stream } from "@anthropic-ai/sdk/core/streaming";
import { itemClient, webStream } from "./data.mjs";

export function create(params) {
  return itemClient(params, async ({ chunks }, take) => {
    const controller = new AbortController();
    if (params.format === "sse") {
      // The client's other entry point skips all events with unknown names.
      const events = Stream.rawEvents(new Response(webStream(chunks)), controller);
      for await (const { data } of events) take(JSON.parse(data));
    } else {
      for await (const item of Stream.fromReadableStream(webStream(chunks), controller)) take(item);
    }
  });
}
