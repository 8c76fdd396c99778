// A fetch of React Native's shape over the platform's: it takes text, bytes and Blobs, knows no stream of any kind, and
// its answers have no `body`. Its AbortController has no reasons.
const platformFetch = globalThis.fetch;
const PlatformAbortController = globalThis.AbortController;
const { TextDecoder: PlatformTextDecoder } = globalThis;

/** React Native's: without a reason, `throwIfAborted`, `any`, `timeout` and `abort`. */
export class ShapedSignal extends EventTarget {
  aborted = false;
}

export class ShapedAbortController {
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
export class ShapedRequest {
  constructor(_url, { body, headers } = {}) {
    this.headers = new Headers(headers);
    const isKnown = body === undefined || typeof body === "string" || isBytes(body);
    if (!isKnown || typeof body === "string") this.headers.set("content-type", "text/plain;charset=UTF-8");
  }
}

const isBytes = (body) => body instanceof Blob || body instanceof ArrayBuffer || ArrayBuffer.isView(body);

export async function shapedFetch(input, init = {}) {
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
