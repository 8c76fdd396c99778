import { get, isObject, type Json, type JsonObject, objectAt, textAt } from "./json.ts";
import { flatten, type RuleModel, ruleOf } from "./rules.ts";
import type { Context } from "./types.ts";

export interface ParameterModel {
  readonly in: "path" | "query";
  readonly name: string;
  readonly description: string | undefined;
  readonly required: boolean;
  readonly rule: RuleModel;
  readonly schema: JsonObject;
  readonly example: Json | undefined;
}

// OpenAPI ignores parameter objects for these three headers.
const IGNORED_HEADERS = ["accept", "content-type", "authorization"];

export function readParameters(context: Context): ParameterModel[] {
  return context.raw.parameters
    .filter((parameter) => !isIgnoredHeader(parameter))
    .map((parameter) => readParameter(context, parameter));
}

function isIgnoredHeader(parameter: JsonObject): boolean {
  return (
    textAt(parameter, "in") === "header" &&
    IGNORED_HEADERS.includes((textAt(parameter, "name") ?? "").toLowerCase())
  );
}

function readParameter(context: Context, parameter: JsonObject): ParameterModel {
  const name = textAt(parameter, "name") ?? "";
  const place = textAt(parameter, "in");
  const fail = (message: string): never =>
    context.fail(`has the parameter \`${name}\` ${message}`, "parameters");
  if (place !== "path" && place !== "query") {
    return fail(`in ${place ?? "no place"}, which the SDK does not support: it supports path and query`);
  }
  if (!isObject(get(parameter, "schema"))) {
    fail("without a `schema`: the SDK does not support parameters with `content`; describe it by a schema");
  }
  const schema = objectAt(parameter, "schema");
  const { document } = context.spec;
  const type = get(flatten(document, schema), "type");
  const required = place === "path" || get(parameter, "required") === true;
  checkStyle(parameter, place, type, fail);
  return {
    in: place,
    name,
    description: textAt(parameter, "description"),
    required,
    rule: ruleOf(document, schema, required),
    schema,
    example: get(parameter, "example") ?? get(schema, "example"),
  };
}

function checkStyle(
  parameter: JsonObject,
  place: string,
  type: Json | undefined,
  fail: (message: string) => never,
): void {
  const standard = place === "path" ? "simple" : "form";
  const style = textAt(parameter, "style") ?? standard;
  if (style !== standard)
    fail(`with style ${style}, which the SDK does not support: in ${place} it supports ${standard}`);
  if (get(parameter, "allowReserved") === true) fail("with `allowReserved`, which the SDK does not support");
  if (type === "object") fail("of type object, which the SDK cannot write into a URL");
  if (type !== "array") return;
  if (place === "path") fail("of type array, which the SDK cannot write into a path");
  if (get(parameter, "explode") === false) {
    fail("with `explode: false`, which the SDK does not support: it repeats the name for each item");
  }
}
