interface InspectOptions {
  readonly getters?: unknown;
}
type Inspect = (value: unknown, options: object) => unknown;

/**
 * Asked for hidden fields and getters at once, Node's inspect calls the getters of a prototype. Those of this one hold what
 * the server said, and stay closed.
 */
export function redactInspect(prototype: object): void {
  Object.defineProperty(prototype, Symbol.for("nodejs.util.inspect.custom"), {
    value(this: object, depth: number, options: InspectOptions, inspect: Inspect): unknown {
      return options.getters ? inspect(this, { ...options, depth, getters: false }) : this;
    },
  });
}
