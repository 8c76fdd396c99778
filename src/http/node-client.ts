import { loadChunk } from "../utils/lazy.ts";
import type { HttpClient, HttpClientOptions } from "./http-client.ts";
import { createUndiciClient, loadClient } from "./undici-client.ts";

/**
 * Creates the HTTP client in Node: undici, or the platform's fetch where undici cannot work. undici cannot work in a bundle
 * that does not contain it, or where timers are not Node's, as in an Electron renderer or under jsdom.
 */
export async function createHttpClient(options: HttpClientOptions = {}): Promise<HttpClient> {
  const obstacle = await findObstacle();
  if (obstacle === undefined) return createUndiciClient(options);
  const { createHttpClient: createFetchClient } = await loadChunk(import("./fetch-client.ts"));
  const client = createFetchClient(options);
  const lostOption = options.maxConnections === undefined ? "" : "; `maxConnections` has no effect";
  options.log?.write(
    "warn",
    `${obstacle.reason}; requests are sent by the platform's fetch instead${lostOption}`,
    {
      error: obstacle.error?.name,
      code: obstacle.error?.code,
    },
  );
  return client;
}

interface Obstacle {
  readonly reason: string;
  readonly error?: { readonly name: string | undefined; readonly code: string | undefined };
}

async function findObstacle(): Promise<Obstacle | undefined> {
  if (!hasNodeTimers()) return { reason: "undici needs Node's timers, which this environment replaces" };
  try {
    await loadClient();
    return undefined;
  } catch (error) {
    const { name, code } = (error as { cause?: { name?: unknown; code?: unknown } }).cause ?? {};
    const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
    return { reason: "undici could not be loaded", error: { name: text(name), code: text(code) } };
  }
}

/** Returns true if timers have the methods that undici calls. Without them, undici throws outside any promise and the process ends. */
function hasNodeTimers(): boolean {
  const timer: unknown = setTimeout(() => undefined, 0);
  clearTimeout(timer as ReturnType<typeof setTimeout>);
  const { unref, refresh } = Object(timer) as { unref?: unknown; refresh?: unknown };
  return typeof unref === "function" && typeof refresh === "function";
}
