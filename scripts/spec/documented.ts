import type { BodyModel } from "./body.ts";
import { get, isObject, type Json, type JsonObject, listAt, objectAt, textAt } from "./json.ts";
import type { ParameterModel } from "./parameters.ts";
import { flatten } from "./rules.ts";
import type { Context } from "./types.ts";

/** The properties of `FieldForm` in `src/http/operation.ts`. */
export interface FieldFormModel {
  readonly name?: string;
  readonly list?: true;
  readonly part?: string;
  readonly text?: true;
}

/** The properties of `RequestForms` in `src/http/operation.ts`. */
export interface RequestFormsModel {
  readonly fields?: Record<string, FieldFormModel>;
  readonly body?: string;
  /** The properties of the documented body, which identify an error about it; only with `body`. */
  readonly names?: readonly string[];
  readonly optional?: readonly string[];
  readonly defaults?: { readonly spec?: JsonObject; readonly documented?: JsonObject };
}

const KEYS = ["fields", "body", "optional", "defaults"];

/**
 * Reads `x-sdk-documented`: how the documented request format differs from that of the spec. Every field in it must exist
 * in the operation, so that a bump that renames a field stops here.
 */
export function readRequestForms(
  context: Context,
  body: BodyModel | undefined,
  query: readonly ParameterModel[],
): RequestFormsModel | undefined {
  const written = get(context.raw.operation, "x-sdk-documented");
  if (written === undefined) return undefined;
  const fail = (message: string): never => context.fail(message, "x-sdk-documented");
  if (!isObject(written) || Object.keys(written).some((key) => !KEYS.includes(key)))
    return fail(`has an unknown x-sdk-documented: use ${KEYS.join(", ")}`);
  const known = [...Object.keys(body?.fields ?? {}), ...query.map(({ name }) => name)];
  const checkName = (name: string): string =>
    known.includes(name)
      ? name
      : fail(`has \`${name}\` in its x-sdk-documented, which is not one of its fields`);
  const forms: Record<string, unknown> = {};
  const fields = Object.entries(objectAt(written, "fields"));
  if (fields.length > 0)
    forms["fields"] = Object.fromEntries(
      fields.map(([name, form]) => [checkName(name), readField(name, form, body, fail)]),
    );
  const wrapped = textAt(written, "body");
  if (wrapped !== undefined) {
    if (body?.kind !== "json") fail("has an x-sdk-documented `body`, which only a JSON body can have");
    checkName(wrapped);
    forms["body"] = wrapped;
    forms["names"] = propertiesOf(context, body, wrapped);
  }
  const optional = listAt(written, "optional").map((name) => checkName(String(name)));
  if (optional.length > 0) forms["optional"] = optional;
  const defaults = objectAt(written, "defaults");
  for (const dialect of Object.keys(defaults)) {
    if (dialect !== "spec" && dialect !== "documented")
      fail(`has defaults for the unknown request format \`${dialect}\`: use spec or documented`);
    for (const name of Object.keys(objectAt(defaults, dialect))) checkName(name);
  }
  if (Object.keys(defaults).length > 0) forms["defaults"] = defaults;
  return forms as RequestFormsModel;
}

function readField(
  name: string,
  form: Json,
  body: BodyModel | undefined,
  fail: (message: string) => never,
): FieldFormModel {
  const [key, value] = Object.entries(isObject(form) ? form : {})[0] ?? [];
  const isText = key === "text" && value === true;
  const isPart = key === "part" && typeof value === "string" && body?.kind === "multipart";
  const isName = key === "name" && typeof value === "string";
  const isKnown =
    isObject(form) && Object.keys(form).every((one) => one === key || (isName && one === "list"));
  if (!isKnown || !(isText || isPart || isName))
    fail(
      `has an unsupported entry for \`${name}\` in its x-sdk-documented: use \`name\` (and \`list\`), \`part\` or \`text\``,
    );
  return form as FieldFormModel;
}

function propertiesOf({ spec }: Context, body: BodyModel | undefined, name: string): string[] {
  const properties = objectAt(flatten(spec.document, body?.schema ?? {}), "properties");
  return Object.keys(objectAt(flatten(spec.document, objectAt(properties, name)), "properties"));
}
