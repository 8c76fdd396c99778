import { get, isObject, type JsonObject, objectAt } from "./json.ts";
import type { Reading } from "./model.ts";
import type { ResponseModel } from "./response.ts";
import { flatten } from "./rules.ts";

/** What `Envelope` in `src/transport/envelope.ts` knows of an operation's answers. */
export interface EnvelopeModel {
  /** Keys whose value is the whole answer. */
  readonly around?: string[];
  /** The answer's own properties, by which an answer without an envelope is known; only with `around`. */
  readonly own?: string[];
  /** The name on the wire and the answer's own name of a property. */
  readonly names?: Record<string, string>;
}

/**
 * `x-sdk-envelope` maps keys that deployments use to what they stand for: `$` is the whole answer, anything else a
 * property of it. A key that the answer has itself would be ambiguous, so it is refused.
 */
export function readEnvelope(reading: Reading, response: ResponseModel): EnvelopeModel | undefined {
  const written = get(reading.raw.operation, "x-sdk-envelope");
  if (written === undefined) return undefined;
  const fail = (message: string): never => reading.fail(message, "x-sdk-envelope");
  const entries = isObject(written) ? Object.entries(written) : [];
  if (entries.length === 0) fail("has an empty x-sdk-envelope: map keys of the wire to `$` or to properties");
  if (response.kind !== "json") fail("has an x-sdk-envelope, which only JSON answers can have");
  const own = propertiesOf(reading, response);
  for (const [key, target] of entries) {
    if (own.includes(key))
      fail(`has \`${key}\` in its x-sdk-envelope, which is a property of the answer itself`);
    if (target !== "$" && !own.includes(String(target))) {
      fail(
        `has an x-sdk-envelope that maps \`${key}\` to what the answer does not have: use \`$\` or a property`,
      );
    }
  }
  const around = entries.filter(([, target]) => target === "$").map(([key]) => key);
  const names = entries.filter(([, target]) => target !== "$").map(([key, target]) => [key, String(target)]);
  return {
    ...(around.length > 0 ? { around, own } : {}),
    ...(names.length > 0 ? { names: Object.fromEntries(names) } : {}),
  };
}

function propertiesOf({ spec }: Reading, { successes }: ResponseModel): string[] {
  const schemas = successes.map(({ schema }): JsonObject => (schema ? flatten(spec.document, schema) : {}));
  return [...new Set(schemas.flatMap((schema) => Object.keys(objectAt(schema, "properties"))))];
}
