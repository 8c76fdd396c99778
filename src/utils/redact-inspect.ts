interface InspectOptions {
  readonly getters?: unknown;
}
type Inspect = (value: unknown, options: object) => unknown;

/**
 * Keeps the getters of a prototype closed in Node's inspect, which calls them if both hidden fields and getters are
 * requested. These getters return data from the server.
 */
export function redactInspect(prototype: object): void {
  Object.defineProperty(prototype, Symbol.for("nodejs.util.inspect.custom"), {
    value(this: object, depth: number, options: InspectOptions, inspect: Inspect): unknown {
      return options.getters ? inspect(this, { ...options, depth, getters: false }) : this;
    },
  });
}
