import { Stream } from "@anthropic-ai/sdk/core/streaming";
import { itemClient, webStream } from "./data.mjs";

export function create(params) {
  return itemClient(params, async ({ chunks }, take) => {
    const controller = new AbortController();
    if (params.format === "sse") {
      // Its other way in knows only its own event names, and skips everything else.
      const events = Stream.rawEvents(new Response(webStream(chunks)), controller);
      for await (const { data } of events) take(JSON.parse(data));
    } else {
      for await (const item of Stream.fromReadableStream(webStream(chunks), controller)) take(item);
    }
  });
}
