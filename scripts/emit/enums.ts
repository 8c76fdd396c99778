import { get, isObject, type Json, type JsonObject, listAt, objectAt, textAt } from "../spec/json.ts";
import type { OperationModel } from "../spec/model.ts";
import { pascalCase } from "../spec/names.ts";
import { deref, parseRef } from "../spec/spec.ts";
import { commentOf, enumValues } from "./docs.ts";

/** An enum that gets a type of its own. */
export interface EnumType {
  /** The wanted name. */
  readonly name: string;
  /** True when `x-sdk-type` has the name: such a name is kept whatever else is described. */
  readonly isChosen: boolean;
  readonly definition: string;
  readonly comment: readonly string[];
}

/** A place of the document that has an enum. */
interface EnumPlace {
  /** The parameter or property that has the enum as its value, or as an item of it. */
  readonly property: string;
  /** The component or operation that has the property. */
  readonly owner: string;
  readonly schema: JsonObject;
  readonly isSent: boolean;
}

/**
 * Returns a type for each enum that a request can contain, and for each enum of responses with an `x-sdk-type`. Enums with
 * the same `x-sdk-type` are one type with the values of all. Without one, the name is that of the property, preceded by
 * that of its owner where properties of one name have different values.
 */
export function enumTypes(document: JsonObject, models: readonly OperationModel[]): EnumType[] {
  const chosen = new Map<string, EnumPlace[]>();
  const others = new Map<string, EnumPlace[]>();
  for (const place of findEnums(document, models)) {
    const name = textAt(place.schema, "x-sdk-type");
    const [map, key] =
      name === undefined ? [others, pascalCase(place.property) || "Value"] : [chosen, pascalCase(name)];
    map.set(key, [...(map.get(key) ?? []), place]);
  }
  const derived = [...others].flatMap(([name, places]): [string, EnumPlace[]][] => {
    const bySet = new Map<string, EnumPlace[]>();
    for (const place of places) {
      const values = JSON.stringify(enumValues(place.schema));
      bySet.set(values, [...(bySet.get(values) ?? []), place]);
    }
    const sets = [...bySet.values()];
    return sets.map((set) => [sets.length === 1 ? name : pascalCase(set[0]?.owner ?? "") + name, set]);
  });
  return [
    ...[...chosen].map(([name, places]) => typeOf(document, name, places, true)),
    ...derived.map(([name, places]) => typeOf(document, name, places, false)),
  ];
}

function typeOf(
  document: JsonObject,
  name: string,
  places: readonly EnumPlace[],
  isChosen: boolean,
): EnumType {
  const values = new Set(
    places.flatMap(({ schema }) => enumValues(schema).map((value) => JSON.stringify(value))),
  );
  // As in the types of responses: a value that the server adds later still compiles.
  const open = places.some(({ isSent }) => isSent) ? [] : ["(string & {})"];
  const first = places[0];
  const described = first ? commentOf(document, first.schema) : [];
  return {
    name,
    isChosen,
    definition: [...values, ...open].join(" | "),
    comment: /^[A-Z]/.test(described[0] ?? "")
      ? described
      : [`The values of \`${first?.property}\`.`, ...described],
  };
}

function findEnums(document: JsonObject, models: readonly OperationModel[]): EnumPlace[] {
  const found: EnumPlace[] = [];
  const seen = new Set<Json>();
  const visit = (node: Json | undefined, property: string, owner: string, isSent: boolean): void => {
    if (!isObject(node)) return;
    const ref = textAt(node, "$ref");
    const schema = deref(document, node);
    if (seen.has(schema)) return;
    seen.add(schema);
    const within = (ref === undefined ? undefined : parseRef(ref)?.at(-1)) ?? owner;
    // A component that is an enum has its own name as a type.
    if (ref === undefined && isEnum(schema) && (isSent || get(schema, "x-sdk-type") !== undefined))
      found.push({ property, owner, schema, isSent });
    for (const [name, part] of Object.entries(objectAt(schema, "properties")))
      visit(part, name, within, isSent);
    for (const key of ["items", "additionalProperties"]) visit(get(schema, key), property, within, isSent);
    for (const key of ["allOf", "anyOf", "oneOf"])
      for (const part of listAt(schema, key)) visit(part, property, within, isSent);
  };
  for (const { id, pathParameters, query, body } of models) {
    for (const { name, schema } of [...pathParameters, ...query]) visit(schema, name, id, true);
    visit(body?.schema, "body", id, true);
  }
  for (const { id, response } of models)
    for (const { schema } of response.successes) visit(schema, "response", id, false);
  return found;
}

function isEnum(schema: JsonObject): boolean {
  const values = enumValues(schema);
  const kinds = new Set(values.map((value) => typeof value));
  return kinds.size === 1 && (kinds.has("string") || kinds.has("number"));
}
