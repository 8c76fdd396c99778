import { isObject } from "../utils/values.ts";
import { sample } from "./sample.ts";
import { type Components, propertiesOf, resolveSchema, type Schema, validate } from "./schema.ts";

/**
 * Adapts a handwritten response to the current description. The sandbox's behaviour is written once, and a later description may
 * drop a property, require a new one or change a type: the response then follows at once, with an example where no value fits.
 * A value that fits stays as it is, and so does an object whose properties are not described.
 */
export function coerceToSchema(value: unknown, schema: Schema, components: Components): unknown {
  const target = resolveSchema(schema, components);
  if (Array.isArray(value) && target.items !== undefined) {
    const { items } = target;
    return value.map((item) => coerceToSchema(item, items, components));
  }
  const properties = propertiesOf(target, components);
  if (isObject(value) && Object.keys(properties).length > 0) {
    const demanded = requiredOf(target, components).filter((name) => !Object.hasOwn(value, name));
    const isOpen = target.additionalProperties !== undefined && target.additionalProperties !== false;
    const kept = Object.entries(value).filter(([name]) => isOpen || Object.hasOwn(properties, name));
    return Object.fromEntries([
      ...kept.map(([name, part]) => [name, coerceToSchema(part, properties[name] ?? {}, components)]),
      ...demanded.map((name) => [name, sample(properties[name] ?? {}, 0)]),
    ]);
  }
  // Deployments send null for nearly every property, described as nullable or not.
  if (value === null || value === undefined) return value;
  return validate(value, target, components, []).length === 0 ? value : sample(target, 0);
}

function requiredOf(schema: Schema, components: Components): readonly string[] {
  const target = resolveSchema(schema, components);
  return [
    ...(target.required ?? []),
    ...(target.allOf ?? []).flatMap((part) => requiredOf(part, components)),
  ];
}
