import { resolveSchema, type Schema, validate } from "../../src/sandbox/schema.ts";
import { components } from "../../src/sandbox/spec.ts";

/** Everything in a value that breaks the schema or that the schema does not know of, each with its place. */
export function problemsOf(value: unknown, schema: Schema): string[] {
  const broken = validate(value, schema, components, []).map(({ loc, msg }) => `${loc.join(".")}: ${msg}`);
  return [...broken, ...undeclared(value, schema, []).map((place) => `${place}: not in the schema`)];
}

/** An optional property under a wrong name breaks no schema, so unknown names count as wrong. */
function undeclared(value: unknown, schema: Schema, place: readonly (string | number)[]): string[] {
  if (Array.isArray(value)) {
    const { items } = resolveSchema(schema, components);
    return items === undefined
      ? []
      : value.flatMap((item, index) => undeclared(item, items, [...place, index]));
  }
  const properties = declared(schema);
  if (isOpen(schema)) return [];
  if (typeof value !== "object" || value === null || Object.keys(properties).length === 0) return [];
  return Object.entries(value).flatMap(([name, part]) => {
    const known = properties[name];
    return known === undefined ? [[...place, name].join(".")] : undeclared(part, known, [...place, name]);
  });
}

/** Some answers are described as far as they are known, and say so. */
function isOpen(schema: Schema): boolean {
  const { additionalProperties, anyOf = [], allOf = [] } = resolveSchema(schema, components);
  return additionalProperties === true || [...anyOf, ...allOf].some(isOpen);
}

function declared(schema: Schema): Readonly<Record<string, Schema>> {
  const { properties, allOf = [], anyOf = [], oneOf = [] } = resolveSchema(schema, components);
  return Object.assign({}, ...[...allOf, ...anyOf, ...oneOf].map(declared), properties);
}
