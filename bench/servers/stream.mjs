// Sends streams. `/first/<ms>/…` delays the first item and reports the delay; `/paced/<items>/<ms>/…` sends one item every `ms`.
import { createServer } from "node:http";
import { tokenAnswer } from "./token.mjs";

const NOTE = "The patient reports less pain than last week.";

function frame(request, item) {
  const text = JSON.stringify(item);
  // Anthropic's client skips events with other names.
  return request.url.includes("/sse") ? `event: message_start\ndata: ${text}\n\n` : `${text}\n`;
}

function open(request, response) {
  const sse = request.url.includes("/sse");
  response.writeHead(200, { "content-type": sse ? "text/event-stream" : "application/x-ndjson" });
  response.flushHeaders();
}

function sendFirst(request, response, holdMs) {
  const startedMs = performance.now();
  open(request, response);
  setTimeout(() => {
    const heldMs = performance.now() - startedMs;
    response.end(frame(request, { type: "message_start", data: NOTE, heldMs }));
  }, holdMs);
}

function sendPaced(request, response, items, everyMs) {
  open(request, response);
  let sent = 0;
  const timer = setInterval(() => {
    sent++;
    response.write(frame(request, { data: NOTE, sentAtMs: performance.timeOrigin + performance.now() }));
    if (sent < items) return;
    clearInterval(timer);
    response.end();
  }, everyMs);
  response.on("close", () => clearInterval(timer));
}

export async function create() {
  const server = createServer((request, response) => {
    request.resume();
    const { url = "" } = request;
    if (url.includes("/jwt")) {
      response.setHeader("content-type", "application/json");
      response.end(tokenAnswer("ehr-42"));
      return;
    }
    const [, kind, first, second] = url.split("/");
    if (kind === "first") sendFirst(request, response, Number(first));
    else sendPaced(request, response, Number(first), Number(second));
  });
  server.keepAliveTimeout = 0;
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  return { run: () => ({ port }) };
}
