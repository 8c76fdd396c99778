import { decodeText } from "./utils/utf8.ts";

/** What the runtimes offer, read through `globalThis` so that the core names no runtime's modules. */
interface Globals {
  readonly process?: {
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly versions?: { readonly node?: string };
    /** In Electron: which kind of process. */
    readonly type?: string;
  };
  readonly window?: { readonly document?: unknown };
  readonly navigator?: unknown;
  readonly Bun?: unknown;
  readonly Deno?: unknown;
  readonly EdgeRuntime?: unknown;
  readonly WorkerGlobalScope?: unknown;
  readonly document?: unknown;
  readonly importScripts?: unknown;
  readonly WebSocketPair?: unknown;
}

const globals = (): Globals => globalThis as Globals;

/** An environment variable, trimmed; undefined when it is unset, blank or there is no environment. */
export function environment(name: string): string | undefined {
  try {
    return globals().process?.env?.[name]?.trim() || undefined;
  } catch {
    return undefined; // Deno without --allow-env throws
  }
}

/** True where fetch keeps a cache and sends cookies: pages and their workers, not servers or edge workers. */
export function isBrowser(): boolean {
  const { document, importScripts, WebSocketPair } = globals();
  return (document !== undefined || importScripts !== undefined) && WebSocketPair === undefined;
}

let noStore: boolean | undefined;

/**
 * True where a request may say `cache: "no-store"`. Frameworks such as Next keep what their fetch was answered, tokens and
 * patients' data included, unless it does; Workers with an older compatibility date throw when it does.
 */
export function acceptsNoStore(): boolean {
  noStore ??= canAskForNoStore();
  return noStore;
}

function canAskForNoStore(): boolean {
  try {
    new Request("https://localhost/", { cache: "no-store" });
    return true;
  } catch {
    return typeof Request === "undefined"; // who brings a fetch without a Request class reads the field or ignores it
  }
}

/**
 * True where a request's end also ends what it began: fetches and timers of a finished request never settle there
 * (Cloudflare Workers and other edge runtimes).
 */
export function endsWithRequest(): boolean {
  const { EdgeRuntime, WebSocketPair } = globals();
  return EdgeRuntime !== undefined || WebSocketPair !== undefined;
}

/**
 * True where what runs can be read by every visitor: pages, their workers and their service workers. Not Node, whatever
 * a test environment such as jsdom adds to it; not Bun, Deno, edge runtimes or React Native. A page in an Electron
 * window is one, also with Node in it.
 */
export function isPublic(): boolean {
  const { process, window, navigator, importScripts, Bun, Deno, WorkerGlobalScope } = globals();
  if (navigator === undefined || endsWithRequest() || Bun !== undefined || Deno !== undefined) return false;
  const isNode = Object.prototype.toString.call(process) === "[object process]" && process?.versions?.node;
  if (isNode && process?.type !== "renderer") return false;
  return window?.document !== undefined || (importScripts !== undefined && WorkerGlobalScope !== undefined);
}

/** Milliseconds that never jump: for durations and deadlines. */
export const monotonicMs = (): number => performance.now();

/** The longest delay a timer can hold; a longer one would fire at once. */
export const MAX_TIMER_MS = 2_147_483_647;

/** What is read of a `Response`, in an environment that has no such class, as Jest's jsdom. */
export function plainResponse(status: number, headers: Headers, read: () => Promise<Uint8Array>): Response {
  const text = async (): Promise<string> => decodeText(await read());
  const response = {
    ...{ status, ok: status >= 200 && status < 300, headers, body: null, text },
    json: async () => JSON.parse(await text()),
    arrayBuffer: async () => (await read()).slice().buffer as ArrayBuffer,
  };
  return response as Partial<Response> as Response;
}

/** A Blob's bytes; by a FileReader where it has no `arrayBuffer`, as jsdom's. */
export function readBlob(blob: object): Promise<ArrayBuffer> {
  const { arrayBuffer } = blob as Partial<Blob>;
  if (typeof arrayBuffer === "function") return arrayBuffer.call(blob);
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as ArrayBuffer);
    reader.onerror = () => reject(reader.error);
    reader.readAsArrayBuffer(blob as Blob);
  });
}
