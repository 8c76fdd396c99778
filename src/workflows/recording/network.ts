import { withAbort } from "../../utils/abort.ts";

// A browser reports that it certainly has no network, but not that it certainly has one. Other runtimes report neither.

/** True when the browser knows that it has no network. */
export const isOffline = (): boolean => Reflect.get(Object(globalThis.navigator), "onLine") === false;

/** Calls a listener whenever the browser loses or finds its network; returns a function that ends this. */
export function onNetworkChange(listener: (isOnline: boolean) => void): () => void {
  if (typeof globalThis.addEventListener !== "function") return () => undefined;
  const listeners = { online: () => listener(true), offline: () => listener(false) };
  for (const [event, each] of Object.entries(listeners)) globalThis.addEventListener(event, each);
  return () => {
    for (const [event, each] of Object.entries(listeners)) globalThis.removeEventListener(event, each);
  };
}

/** Waits for the network; returns true when it had to. Rejects with the signal's reason. */
export async function untilOnline(signal: AbortSignal, onWaiting?: () => void): Promise<boolean> {
  if (!isOffline()) return false;
  let stop = (): void => undefined;
  const online = new Promise<void>((resolve) => {
    stop = onNetworkChange((isOnline) => isOnline && resolve());
  });
  try {
    onWaiting?.();
    await withAbort(online, signal);
  } finally {
    stop();
  }
  return true;
}
