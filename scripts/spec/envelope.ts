import { get, isObject, type JsonObject, objectAt } from "./json.ts";
import type { ResponseModel } from "./response.ts";
import { flatten } from "./rules.ts";
import { deref } from "./spec.ts";
import type { Context } from "./types.ts";

/** The fields of `Envelope` in `src/http/envelope.ts` for one operation. */
export interface EnvelopeModel {
  /** The keys whose value is the whole response. */
  readonly around?: string[];
  /** The response's own properties, which identify a response without an envelope; only with `around`. */
  readonly own?: string[];
  /** The received names of properties, mapped to their names in the spec. */
  readonly names?: Record<string, string>;
  /** The property that receives a response that is only a list. */
  readonly list?: string;
  /** For each place in the response: its own properties, and the other places that can hold their values. */
  readonly fill?: Record<string, Record<string, string>>;
}

/** The key of `x-sdk-envelope` for a response that is only a list. */
const BARE_LIST = "[]";

/** Reads how deployments may wrap a JSON response and rename its fields. */
export function readEnvelope(context: Context, response: ResponseModel): EnvelopeModel | undefined {
  const fill = response.kind === "json" ? readFill(context, response) : {};
  const envelope = { ...readWrapper(context, response), ...(Object.keys(fill).length > 0 ? { fill } : {}) };
  return Object.keys(envelope).length > 0 ? envelope : undefined;
}

/**
 * Reads `x-sdk-envelope`, which maps keys that deployments use to their meaning: `$` is the whole response, any other
 * value is one of its properties. A key that the response has itself would be ambiguous, so it is an error.
 */
function readWrapper(context: Context, response: ResponseModel): EnvelopeModel {
  const written = get(context.raw.operation, "x-sdk-envelope");
  if (written === undefined) return {};
  const fail = (message: string): never => context.fail(message, "x-sdk-envelope");
  const entries = isObject(written) ? Object.entries(written) : [];
  if (entries.length === 0) fail("has an empty x-sdk-envelope: map received keys to `$` or to properties");
  if (response.kind !== "json") fail("has an x-sdk-envelope, which only JSON responses can have");
  const own = propertiesOf(context, response);
  for (const [key, target] of entries) {
    if (own.includes(key))
      fail(`has \`${key}\` in its x-sdk-envelope, which is a property of the response itself`);
    if (target !== "$" && !own.includes(String(target))) {
      fail(
        `has an x-sdk-envelope that maps \`${key}\` to a property that the response does not have: use \`$\` or a property`,
      );
    }
  }
  const around = entries.filter(([, target]) => target === "$").map(([key]) => key);
  const named = entries.filter(([, target]) => target !== "$").map(([key, target]) => [key, String(target)]);
  const names = named.filter(([key]) => key !== BARE_LIST);
  const list = named.find(([key]) => key === BARE_LIST)?.[1];
  return {
    ...(around.length > 0 ? { around, own } : {}),
    ...(names.length > 0 ? { names: Object.fromEntries(names) } : {}),
    ...(list === undefined ? {} : { list }),
  };
}

/**
 * Reads `x-sdk-fill` of the schemas, which names another place for the value of a property: `{ description: code_name }`,
 * or `{ valid: metadata.valid }` one level deeper. The result lists it by the places of the schema in the response, such as
 * `entities.*.primary_code`, where `*` is every item of a list.
 */
function readFill(
  { spec: { document } }: Context,
  { successes }: ResponseModel,
): Record<string, Record<string, string>> {
  const found: Record<string, Record<string, string>> = {};
  const visit = (schema: JsonObject, path: readonly string[], inside: readonly JsonObject[]): void => {
    const own = deref(document, schema);
    if (inside.includes(own) || path.length > 8) return; // a recursive schema
    const flat = flatten(document, own);
    const fill = objectAt(flat, "x-sdk-fill");
    if (Object.keys(fill).length > 0) found[path.join(".")] = fill as Record<string, string>;
    const within = [...inside, own];
    for (const [name, property] of Object.entries(objectAt(flat, "properties")))
      if (isObject(property)) visit(property, [...path, name], within);
    if (isObject(get(flat, "items"))) visit(objectAt(flat, "items"), [...path, "*"], within);
  };
  for (const { schema } of successes) if (schema) visit(schema, [], []);
  return found;
}

function propertiesOf({ spec }: Context, { successes }: ResponseModel): string[] {
  const schemas = successes.map(({ schema }): JsonObject => (schema ? flatten(spec.document, schema) : {}));
  return [...new Set(schemas.flatMap((schema) => Object.keys(objectAt(schema, "properties"))))];
}
