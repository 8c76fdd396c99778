import { get, isObject, type JsonObject, listAt, objectAt } from "../spec/json.ts";
import type { OperationModel } from "../spec/model.ts";
import { listOperations } from "../spec/paths.ts";
import { deref } from "../spec/spec.ts";

/** Returns true when the caller may omit a field because one of the two request formats does not have it. */
export const isOmissible = (model: OperationModel, name: string): boolean =>
  model.forms?.optional?.includes(name) === true;

/**
 * Changes the document in place so that the types of requests accept both formats of each body and query. A field that
 * one format omits becomes optional. A field with two names is required under one of them. A body that is the value of a
 * field in the other format is accepted with and without that field around it.
 */
export function acceptBothForms(document: JsonObject, models: readonly OperationModel[]): void {
  const formsOf = new Map(models.map(({ id, forms }) => [id, forms]));
  for (const { operation, parameters } of listOperations(document)) {
    const forms = formsOf.get(String(get(operation, "operationId")));
    if (forms === undefined) continue;
    const optional = forms.optional ?? [];
    for (const parameter of parameters)
      if (optional.includes(String(get(parameter, "name")))) parameter["required"] = false;
    for (const media of Object.values(objectAt(deref(document, get(operation, "requestBody")), "content"))) {
      if (!isObject(media)) continue;
      const schema = deref(document, media["schema"]);
      release(schema, optional);
      for (const [name, { name: other }] of Object.entries(forms.fields ?? {})) {
        if (other !== undefined && isObject(get(objectAt(schema, "properties"), other)))
          media["schema"] = eitherName(schema, name, other);
      }
      if (forms.body !== undefined)
        media["schema"] = { anyOf: [schema, objectAt(objectAt(schema, "properties"), forms.body)] };
    }
  }
}

function release(schema: JsonObject, names: readonly string[]): void {
  const required = listAt(schema, "required");
  if (required.length > 0) schema["required"] = required.filter((name) => !names.includes(String(name)));
}

/** Requires a field under one of its two names. */
function eitherName(schema: JsonObject, name: string, other: string): JsonObject {
  const required = listAt(schema, "required");
  if (!required.includes(name)) return schema;
  const others = required.filter((one) => one !== name);
  return {
    anyOf: [
      { ...schema, required: [...others, name] },
      { ...schema, required: [...others, other] },
    ],
  };
}
