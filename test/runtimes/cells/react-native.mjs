// The table in Node behind a fetch of React Native's shape: it takes text, bytes and Blobs, knows no stream of any kind,
// and its answers have no `body`. Set up before the package is loaded.
import process from "node:process";

const platformFetch = globalThis.fetch;
const PlatformAbortController = globalThis.AbortController;
const { TextDecoder: PlatformTextDecoder } = globalThis;

/** React Native's: without a reason, `throwIfAborted`, `any`, `timeout` and `abort`. */
class ShapedSignal extends EventTarget {
  aborted = false;
}

class ShapedAbortController {
  signal = new ShapedSignal();
  abort() {
    if (this.signal.aborted) return;
    this.signal.aborted = true;
    this.signal.dispatchEvent(new Event("abort"));
  }
}

/** For the platform's fetch, which takes no other. */
function platformSignal(signal) {
  if (!signal) return undefined;
  const controller = new PlatformAbortController();
  if (signal.aborted) controller.abort();
  else signal.addEventListener("abort", () => controller.abort());
  return controller.signal;
}

/** As React Native's: whatever it does not know it takes for text, and says so. */
class ShapedRequest {
  constructor(_url, { body, headers } = {}) {
    this.headers = new Headers(headers);
    const isKnown = body === undefined || typeof body === "string" || isBytes(body);
    if (!isKnown || typeof body === "string") this.headers.set("content-type", "text/plain;charset=UTF-8");
  }
}

const isBytes = (body) => body instanceof Blob || body instanceof ArrayBuffer || ArrayBuffer.isView(body);

async function shapedFetch(input, init = {}) {
  const { body, duplex: _, signal, ...rest } = init;
  const isKnown = body === undefined || body === null || typeof body === "string" || isBytes(body);
  // The real one would send the name of the object.
  const sent = isKnown ? body : String(body);
  const answer = await platformFetch(input, { ...rest, signal: platformSignal(signal), body: sent });
  const bytes = await answer.arrayBuffer();
  return {
    ok: answer.ok,
    status: answer.status,
    type: answer.type,
    url: answer.url,
    headers: answer.headers,
    arrayBuffer: async () => bytes,
    text: async () => new PlatformTextDecoder().decode(bytes),
    json: async () => JSON.parse(new PlatformTextDecoder().decode(bytes)),
  };
}

// Node's own fetch looks for them when it loads.
await platformFetch("data:,");
globalThis.fetch = shapedFetch;
globalThis.Request = ShapedRequest;
globalThis.AbortController = ShapedAbortController;
globalThis.AbortSignal = ShapedSignal;
delete globalThis.TextDecoder;
delete globalThis.structuredClone;
// Not Node's own fetch, of which the package knows which streams it takes.
Object.defineProperty(process, "versions", { value: { ...process.versions, electron: "0" } });

await import("./program.mjs");
