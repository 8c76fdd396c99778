import { get, isObject, type Json, type JsonObject, listAt, objectAt, textAt } from "./json.ts";
import type { OperationModel } from "./model.ts";
import { deref } from "./spec.ts";
import { descriptionOf, MEANINGS } from "./texts.ts";

/** Something that a caller chooses, as far as the description explains it. */
export interface Described {
  /** The name as a user writes it: `documents.generate`, `documents.generate.brain`, `sessions.get(session_id)`. */
  readonly name: string;
  readonly text: string | undefined;
  /** The values of an enum that have no meaning in the description. */
  readonly bareValues: readonly string[];
}

/** Returns every operation with all that its requests can contain: parameters, fields and the fields of fields. */
export function describeRequests(document: JsonObject, models: readonly OperationModel[]): Described[] {
  return models.flatMap((model) => {
    const parameters = [...model.pathParameters, ...model.query].flatMap(
      ({ in: place, name, description, schema }) => {
        const full = place === "path" ? `${model.name}(${name})` : `${model.name}.${name}`;
        return [
          { name: full, text: description, bareValues: bareValues(document, schema) },
          ...fieldsOf(document, schema, full, []),
        ];
      },
    );
    const body = model.body ? fieldsOf(document, model.body.schema, model.name, []) : [];
    return [{ name: model.name, text: model.description, bareValues: [] }, ...parameters, ...body];
  });
}

function fieldsOf(
  document: JsonObject,
  written: Json | undefined,
  owner: string,
  inside: readonly JsonObject[],
): Described[] {
  if (!isObject(written)) return [];
  const schema = deref(document, written);
  if (inside.includes(schema)) return []; // a recursive schema
  const within = [...inside, schema];
  const own = Object.entries(objectAt(schema, "properties")).flatMap(([name, property]) => {
    const full = `${owner}.${name}`;
    const text = descriptionOf(property) ?? descriptionOf(deref(document, property));
    return [
      { name: full, text, bareValues: bareValues(document, property) },
      ...fieldsOf(document, property, full, within),
    ];
  });
  const parts = [get(schema, "items"), get(schema, "additionalProperties")];
  const variants = ["allOf", "anyOf", "oneOf"].flatMap((key) => listAt(schema, key));
  return [...own, ...[...parts, ...variants].flatMap((part) => fieldsOf(document, part, owner, within))];
}

function bareValues(document: JsonObject, written: Json | undefined): string[] {
  const schema = deref(document, written);
  const list = deref(document, get(schema, "items") ?? schema);
  const meanings = objectAt(list, MEANINGS);
  return listAt(list, "enum")
    .filter((value) => value !== null)
    .map(String)
    .filter((value) => textAt(meanings, value) === undefined);
}

/** Returns the names of all that a request can contain and that has no description. */
export function findUndescribed(document: JsonObject, models: readonly OperationModel[]): string[] {
  const names = describeRequests(document, models).flatMap(({ name, text, bareValues: values }) => [
    ...(text === undefined || text.trim() === "" ? [name] : []),
    ...values.map((value) => `${name}: ${value}`),
  ]);
  return [...new Set(names)];
}
