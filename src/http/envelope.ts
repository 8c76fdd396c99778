import { isObject } from "../utils/values.ts";
/** How deployments may write a JSON answer: the table's form of the spec's `x-sdk-envelope`. */
export interface Envelope {
  /** Keys whose value can be the whole answer, as `session` in `{"session":{…}}`. */
  readonly around?: readonly string[];
  /** The answer's own properties, by which one without an envelope is known. */
  readonly own?: readonly string[];
  /** Other names of the answer's properties, as `{ templates: "data" }`. */
  readonly names?: Readonly<Record<string, string>>;
  /** The property that an answer which is a list and nothing else stands for. */
  readonly list?: string;
  /**
   * By the place of an object in the answer, as `entities.*.primary_code`: its properties, and where else their values
   * may stand, as `{ valid: "metadata.valid" }`.
   */
  readonly fill?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Brings a deployment's answer to the shape of the spec, and leaves alone what has it already.
 *
 * - An envelope is opened when the answer has no property of the spec itself and the object inside has one. What lies
 *   beside the object stays, except where the object has a field of the same name.
 * - A property is renamed when it is not null and the spec's own name is missing or null.
 * - A property that is missing or null is filled from where else its value stands, which stays as it is.
 *
 * An answer with properties of the spec both outside and inside, or with both names of one property, is ambiguous: it
 * is taken as it is, for to open or rename it would lose something.
 */
export function unwrapEnvelope(envelope: Envelope, body: unknown): unknown {
  if (Array.isArray(body) && envelope.list !== undefined)
    return unwrapEnvelope(envelope, { [envelope.list]: body });
  if (!isObject(body)) return body;
  const opened = rename(envelope.names ?? {}, unwrap(envelope, body));
  for (const [place, sources] of Object.entries(envelope.fill ?? {}))
    for (const target of objectsAt(opened, place === "" ? [] : place.split("."))) fill(target, sources);
  return opened;
}

/** The objects at a place, where `*` is every item of a list. The body was parsed for this call, so it is filled in place. */
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
    const { [key]: _opened, ...beside } = body;
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
