import { isObject } from "../utils/values.ts";

/** The variants in which deployments send a JSON response, from the spec's `x-sdk-envelope`. */
export interface Envelope {
  /** Keys whose value can be the whole response, such as `session` in `{"session":{…}}`. */
  readonly around?: readonly string[];
  /** The response's own properties; they identify a response without an envelope. */
  readonly own?: readonly string[];
  /** Other names of the response's properties, such as `{ templates: "data" }`. */
  readonly names?: Readonly<Record<string, string>>;
  /** The property that holds the list when the response is a bare array. */
  readonly list?: string;
  /**
   * By the path of an object in the response, such as `entities.*.primary_code`: its properties, and the other places of
   * their values, such as `{ valid: "metadata.valid" }`.
   */
  readonly fill?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Converts a deployment's response to the shape of the spec. A response that already has this shape stays unchanged.
 *
 * - Unwraps an envelope when the response itself has no property of the spec and the object inside has one. Properties
 *   beside that object are kept, unless the object has a property of the same name.
 * - Renames a property when its value is not null and the property with the spec's name is missing or null.
 * - Copies the value of a missing or null property from its other place, which stays unchanged.
 *
 * A response with properties of the spec both outside and inside, or with both names of one property, is ambiguous: it
 * stays unchanged, because unwrapping or renaming would lose data.
 */
export function unwrapEnvelope(envelope: Envelope, body: unknown): unknown {
  if (Array.isArray(body) && envelope.list !== undefined)
    return unwrapEnvelope(envelope, { [envelope.list]: body });
  if (!isObject(body)) return body;
  const unwrapped = rename(envelope.names ?? {}, unwrap(envelope, body));
  for (const [place, sources] of Object.entries(envelope.fill ?? {}))
    for (const target of objectsAt(unwrapped, place === "" ? [] : place.split("."))) fill(target, sources);
  return unwrapped;
}

/** Returns the objects at a path, in which `*` means every item of a list. The body was parsed for this call, so the objects may be changed. */
function objectsAt(value: unknown, [key, ...path]: readonly string[]): Record<string, unknown>[] {
  if (key === undefined) return isObject(value) ? [value] : [];
  if (key === "*") return Array.isArray(value) ? value.flatMap((item) => objectsAt(item, path)) : [];
  return isObject(value) && Object.hasOwn(value, key) ? objectsAt(value[key], path) : [];
}

function fill(target: Record<string, unknown>, sources: Readonly<Record<string, string>>): void {
  for (const [name, source] of Object.entries(sources)) {
    if (hasValue(target, name)) continue;
    const [key = "", inner] = source.split(".");
    const holder = inner === undefined ? target : target[key];
    const from = inner ?? key;
    if (isObject(holder) && hasValue(holder, from)) target[name] = holder[from];
  }
}

function unwrap({ around = [], own = [] }: Envelope, body: Fields): Fields {
  if (hasOne(own, body)) return body;
  for (const key of around) {
    const inner = Object.hasOwn(body, key) ? body[key] : undefined;
    if (!isObject(inner) || !hasOne(own, inner)) continue;
    const { [key]: _unwrapped, ...beside } = body;
    return { ...beside, ...inner };
  }
  return body;
}

function rename(names: Readonly<Record<string, string>>, body: Fields): Fields {
  let renamed = body;
  for (const [name, target] of Object.entries(names)) {
    if (!hasValue(renamed, name) || hasValue(renamed, target)) continue;
    const { [name]: value, ...others } = renamed;
    renamed = { ...others, [target]: value };
  }
  return renamed;
}

const hasOne = (names: readonly string[], fields: Fields): boolean =>
  names.some((name) => Object.hasOwn(fields, name));

const hasValue = (fields: Fields, name: string): boolean =>
  Object.hasOwn(fields, name) && fields[name] !== undefined && fields[name] !== null;
