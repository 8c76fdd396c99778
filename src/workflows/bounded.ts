import { reasonOf } from "../abort.ts";
import type { PollEnvironment } from "./look.ts";

/** Settles like the work, or rejects when `stop` is aborted or the time is over, which aborts `stop` too. */
export async function withDeadline<T>(
  { sleep }: Pick<PollEnvironment, "sleep">,
  limitMs: number,
  stop: AbortController,
  { work, onTimeout }: { readonly work: () => Promise<T>; readonly onTimeout: () => Error },
): Promise<T> {
  const timer = new AbortController();
  try {
    return await new Promise<T>((resolve, reject) => {
      stop.signal.addEventListener("abort", () => reject(reasonOf(stop.signal)), { once: true });
      const onTime = (): void => {
        reject(onTimeout());
        stop.abort();
      };
      sleep(limitMs, timer.signal).then(onTime, () => undefined);
      work().then(resolve, reject);
    });
  } finally {
    timer.abort();
  }
}
