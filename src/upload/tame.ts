/**
 * A Node stream that fails before it is read (a missing file) would end the process for want of a listener.
 * The error is not lost: iterating the stream throws it.
 */
export function tameErrors(stream: unknown): void {
  if (typeof stream !== "object" || stream === null || !(Symbol.asyncIterator in stream)) return;
  const on: unknown = Reflect.get(stream, "on");
  if (typeof on === "function") on.call(stream, "error", () => {});
}
