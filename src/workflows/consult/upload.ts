import type { UploadOptions, UploadProgress } from "../../transport/options.ts";
import type { InFlightRequests } from "../../transport/under-way.ts";
import { linkAbort } from "../linked-stop.ts";

/** An upload with its progress as it goes; leaving it ends the upload. A slow reader skips what was overtaken. */
export async function* withProgress<T>(
  inFlight: InFlightRequests,
  signal: AbortSignal | undefined,
  start: (options: Pick<UploadOptions, "signal" | "onProgress">) => PromiseLike<T>,
): AsyncGenerator<UploadProgress, T, undefined> {
  const { stop, release } = linkAbort(inFlight, signal);
  let latest: UploadProgress | undefined;
  let settled = false;
  let wake = (): void => undefined;
  const work = start({
    signal: stop.signal,
    onProgress: (progress) => {
      latest = progress;
      wake();
    },
  });
  const end = Promise.resolve(work).finally(() => {
    settled = true;
    wake();
  });
  end.catch(() => undefined);
  try {
    for (;;) {
      if (latest !== undefined) {
        const progress = latest;
        latest = undefined;
        yield progress;
      } else if (settled) {
        return await end;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    if (!settled) stop.abort();
    release();
  }
}
