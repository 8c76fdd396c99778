import { load } from "../loading.ts";
import { createWire as createUndiciWire, loadClient } from "./undici.ts";
import type { Wire, WireOptions } from "./wire.ts";

/**
 * The HTTP client in Node: undici, and the platform's fetch where undici cannot work. That is so in a bundle that could
 * not take undici in, and where timers are not Node's, as in an Electron renderer or under jsdom.
 */
export async function createWire(options: WireOptions = {}): Promise<Wire> {
  const obstacle = await findObstacle();
  if (obstacle === undefined) return createUndiciWire(options);
  const { createWire: createFetchWire } = await load(import("./fetch.ts"));
  const wire = createFetchWire(options);
  const lost = options.maxConnections === undefined ? "" : ", and `maxConnections` limits nothing";
  options.log?.write("warn", `${obstacle.reason}; requests are sent by the platform's fetch instead${lost}`, {
    error: obstacle.error?.name,
    code: obstacle.error?.code,
  });
  return wire;
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

/** undici calls these methods of its timers outside of any promise: where they are missing, the process would end. */
function hasNodeTimers(): boolean {
  const timer: unknown = setTimeout(() => undefined, 0);
  clearTimeout(timer as ReturnType<typeof setTimeout>);
  const { unref, refresh } = Object(timer) as { unref?: unknown; refresh?: unknown };
  return typeof unref === "function" && typeof refresh === "function";
}
