import { get, isObject, type JsonObject, objectAt } from "./json.ts";
import type { ResponseModel } from "./response.ts";
import { flatten } from "./rules.ts";
import { deref } from "./spec.ts";
import type { Context } from "./types.ts";

/** The fields of `Envelope` in `src/http/envelope.ts` for one operation. */
export interface EnvelopeModel {
  /** Keys whose value is the whole answer. */
  readonly around?: string[];
  /** The answer's own properties, by which an answer without an envelope is known; only with `around`. */
  readonly own?: string[];
  /** The name on the wire and the answer's own name of a property. */
  readonly names?: Record<string, string>;
  /** The property that a bare list is. */
  readonly list?: string;
  /** Per place in the answer: the answer's own properties, and where else their values may stand. */
  readonly fill?: Record<string, Record<string, string>>;
}

/** The key of `x-sdk-envelope` that stands for an answer which is a list and nothing else. */
const BARE_LIST = "[]";

/** Reads how deployments may wrap a JSON answer and rename its fields. */
export function readEnvelope(context: Context, response: ResponseModel): EnvelopeModel | undefined {
  const fill = response.kind === "json" ? readFill(context, response) : {};
  const envelope = { ...readWrapper(context, response), ...(Object.keys(fill).length > 0 ? { fill } : {}) };
  return Object.keys(envelope).length > 0 ? envelope : undefined;
}

/**
 * `x-sdk-envelope` maps keys that deployments use to what they stand for: `$` is the whole answer, anything else a
 * property of it. A key that the answer has itself would be ambiguous, so it is refused.
 */
function readWrapper(context: Context, response: ResponseModel): EnvelopeModel {
  const written = get(context.raw.operation, "x-sdk-envelope");
  if (written === undefined) return {};
  const fail = (message: string): never => context.fail(message, "x-sdk-envelope");
  const entries = isObject(written) ? Object.entries(written) : [];
  if (entries.length === 0) fail("has an empty x-sdk-envelope: map keys of the wire to `$` or to properties");
  if (response.kind !== "json") fail("has an x-sdk-envelope, which only JSON answers can have");
  const own = propertiesOf(context, response);
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
 * `x-sdk-fill` of a schema gives another place for the value of a property: `{ description: code_name }`, or
 * `{ valid: metadata.valid }` a level deeper. The table has it by the schema's places in the answer, as in
 * `entities.*.primary_code`, where `*` is every item of a list.
 */
function readFill(
  { spec: { document } }: Context,
  { successes }: ResponseModel,
): Record<string, Record<string, string>> {
  const found: Record<string, Record<string, string>> = {};
  const visit = (schema: JsonObject, path: readonly string[], inside: readonly JsonObject[]): void => {
    const own = deref(document, schema);
    if (inside.includes(own) || path.length > 8) return; // an item that holds items of its own kind
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
