/** What the runtimes offer, read through `globalThis` so that the core names no runtime's modules. */
interface Globals {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
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

/** Milliseconds that never jump: for durations and deadlines. */
export const monotonicMs = (): number => performance.now();

/** The longest delay a timer can hold; a longer one would fire at once. */
export const MAX_TIMER_MS = 2_147_483_647;
