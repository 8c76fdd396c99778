import { HeidiArgumentError } from "../errors.ts";
import { isInstance, NotJsonError, toJson, withGetters } from "../utils/json.ts";
import type { Rules } from "../utils/validate.ts";
import { isObject } from "../utils/values.ts";
import { kindOf } from "./arguments.ts";
import type { CallInput, Dialect, FieldForm, Operation, RequestForms } from "./operation.ts";

/** A request in the format of a dialect. */
export interface FormInput extends CallInput {
  /** The rules of the body's fields, by their names in this format. */
  readonly rules: Rules;
  /** The names of given fields that this format cannot send; undefined for a field that is not in the operation table. */
  readonly dropped?: readonly (string | undefined)[];
}

type Fields = Record<string, unknown>;

/**
 * Converts checked arguments, given in either format, to the format of a dialect. Does not change the caller's objects.
 *
 * With `bothNames`, a field of JSON or of a query that only has another name in the other format is sent under both names.
 * Servers ignore unknown fields, so this is safe when it is unknown which name the server reads.
 *
 * The documented format sends some bodies without their wrapper. Fields beside such a body, such as the `content_type` of a
 * template, have no place in that format: they are omitted and listed in `dropped`.
 *
 * @throws HeidiArgumentError when both names of a field are given with different values, or when this format cannot express
 * the input.
 */
export function writeForm(
  operation: Operation,
  input: CallInput,
  dialect: Dialect,
  bothNames = false,
): FormInput {
  const { forms = {}, body, query: queryRules = {} } = operation;
  const bodyRules = body?.fields ?? {};
  const names = [...Object.keys(queryRules), ...Object.keys(bodyRules), ...documentedNames(forms)];
  const write = (values: Fields, rules: Rules, both: boolean): Fields => {
    const written = writeFields(forms, values, rules, { dialect, bothNames: both });
    const defaults = forms.defaults?.[dialect] ?? {};
    for (const [name, rule] of Object.entries(rules)) {
      if (isAbsent(written[name]) && Object.hasOwn(defaults, name)) written[name] = defaults[name];
      const isRequired = dialect === "spec" && rule.required && rule.type !== "file";
      if (isRequired && isAbsent(written[name])) throw missing(name, rules);
    }
    return written;
  };
  const queryCopy = operation.query && plain("query", input.query ?? {}, names);
  const query = queryCopy ? write(queryCopy, queryRules, bothNames) : input.query;
  const unchanged = { ...input, query, rules: bodyRules };
  if (body === undefined || isAbsent(input.body)) return unchanged;
  const isJson = body.kind === "json";
  const copy = plain("body", input.body, names);
  // The copy of a Map, a FormData or a similar object is empty: the body's serializer rejects such an object.
  if (copy === undefined || (Object.keys(copy).length === 0 && isInstance(input.body))) return unchanged;
  const given = forms.body === undefined ? copy : wrap(copy, forms, bodyRules);
  const written = write(given, bodyRules, bothNames && isJson);
  if (forms.body !== undefined && dialect === "documented") {
    const { [forms.body]: bare, ...beside } = written;
    const remaining = Object.keys(beside).filter((name) => beside[name] !== undefined);
    const dropped = remaining.map((name) => (Object.hasOwn(bodyRules, name) ? name : undefined));
    return { ...unchanged, body: bare, dropped };
  }
  return {
    ...unchanged,
    body: written,
    rules: dialect === "documented" ? renamedRules(forms, bodyRules) : bodyRules,
  };
}

/** The format to write. */
interface Target {
  readonly dialect: Dialect;
  readonly bothNames: boolean;
}

function writeFields({ fields = {} }: RequestForms, values: Fields, rules: Rules, target: Target): Fields {
  for (const [field, form] of Object.entries(fields)) {
    if (!Object.hasOwn(rules, field)) continue;
    if (form.part !== undefined) writePart(values, field, form.part, target.dialect);
    else if (form.name !== undefined) writeName(values, field, rules, form, target);
    else if (form.text && !isAbsent(values[field])) values[field] = textOf(field, values[field]);
  }
  return values;
}

/** Writes a field under the name that the dialect uses, as an array if the dialect requires one. */
function writeName(values: Fields, field: string, rules: Rules, form: FieldForm, target: Target): void {
  const { name = field, list = false } = form;
  const { [field]: one, [name]: other } = values;
  if (isAbsent(one) && isAbsent(other) && rules[field]?.required && rules[field]?.type !== "file")
    throw missing(field, rules);
  if (one === undefined && other === undefined) return;
  const listed = list && !isAbsent(one) ? [one] : one;
  if (!isAbsent(one) && !isAbsent(other) && !isSame(listed, other)) throw conflict(field, name);
  const value = isAbsent(other) && one !== undefined ? listed : other;
  delete values[field];
  delete values[name];
  const both = target.bothNames && !list;
  if (both || target.dialect === "documented") values[name] = value;
  if (!both && target.dialect === "documented") return;
  const items: readonly unknown[] = list && Array.isArray(value) ? value : [value];
  if (items.length !== 1) {
    throw new HeidiArgumentError(
      name,
      `The argument \`${name}\` has ${items.length} items, but the request format "spec" sends exactly one, as \`${field}\`; nothing was sent. Make one call for each item, or set the option \`dialect\` to "documented".`,
    );
  }
  values[field] = items[0];
}

/** Writes a value as a separate field in the spec's format, or as a key of a JSON part in the documented format. */
function writePart(values: Fields, field: string, part: string, dialect: Dialect): void {
  const given = values[part];
  const content = isAbsent(given) ? {} : parsedOf(part, given, [field]);
  if (!isObject(content)) {
    throw new HeidiArgumentError(
      part,
      `The argument \`${part}\` must be an object, not ${kindOf(content)}, because it is sent as JSON text; nothing was sent.`,
    );
  }
  const { [field]: inside, ...others } = content;
  const own = values[field];
  if (!isAbsent(own) && !isAbsent(inside) && own !== inside) throw conflict(field, `${part}.${field}`);
  const value = isAbsent(own) ? inside : own;
  delete values[field];
  delete values[part];
  if (dialect === "documented") {
    // The public documentation always includes this part.
    values[part] = value === undefined ? others : { [field]: value, ...others };
    return;
  }
  if (value !== undefined) values[field] = value;
  if (Object.keys(others).length > 0) values[part] = others;
}

/** Wraps a body that was given without its wrapper field; other fields of the spec stay beside that field. */
function wrap(values: Fields, { body: field = "", names = [] }: RequestForms, rules: Rules): Fields {
  if (isObject(values[field])) {
    values[field] = reading("body", () => withGetters(values[field], names));
    return values;
  }
  const beside: Fields = {};
  for (const name of Object.keys(rules)) {
    if (name === field || !Object.hasOwn(values, name)) continue;
    beside[name] = values[name];
    delete values[name];
  }
  if (Object.keys(values).length === 0) throw missing(field, rules);
  return { ...beside, [field]: values };
}

function renamedRules({ fields = {} }: RequestForms, rules: Rules): Rules {
  const entries = Object.entries(rules).map(([name, rule]) => {
    const form = fields[name];
    return form?.name !== undefined && !form.list ? [form.name, rule] : [name, rule];
  });
  return Object.fromEntries(entries) as Rules;
}

/**
 * Returns a copy of an argument's fields, from its `toJSON` if it has one; undefined if the result is not an object.
 */
function plain(place: string, value: unknown, described: readonly string[]): Fields | undefined {
  return reading(place, () => {
    const { toJSON } = value as { toJSON?: unknown };
    const content: unknown = typeof toJSON === "function" ? toJSON.call(value, "") : value;
    return isObject(content) ? { ...(withGetters(content, described) as Fields) } : undefined;
  });
}

/** Runs `read`. The thrown error may quote the value, so it is not kept as the cause. */
function reading<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new HeidiArgumentError(
      place,
      `The argument \`${place}\` could not be read: its toJSON or one of its getters threw; nothing was sent.`,
    );
  }
}

function textOf(field: string, value: unknown): unknown {
  if (!isObject(value) && !Array.isArray(value)) return value;
  const content = parsedOf(field, value);
  if (typeof content === "object" && content !== null) return JSON.stringify(content);
  throw new HeidiArgumentError(
    field,
    `The argument \`${field}\` must be an object or JSON text, but its toJSON returned ${kindOf(content)}; nothing was sent.`,
  );
}

/** Returns the value as JSON keeps it. Throws if JSON cannot represent all of it. */
function parsedOf(field: string, value: unknown, described: readonly string[] = []): unknown {
  try {
    return JSON.parse(toJson(value, described));
  } catch (error) {
    if (!(error instanceof NotJsonError)) throw error;
    throw new HeidiArgumentError(
      field,
      `The argument \`${field}\` cannot be serialized as JSON: ${error.message}; nothing was sent.`,
    );
  }
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  try {
    const text = JSON.stringify(one);
    // Files cannot be compared as JSON.
    return text !== undefined && text !== "{}" && text === JSON.stringify(other);
  } catch {
    return false;
  }
}

function conflict(field: string, name: string): HeidiArgumentError {
  return new HeidiArgumentError(
    field,
    `The arguments \`${field}\` and \`${name}\` are two names of the same field and have different values; nothing was sent. Pass only one of them.`,
  );
}

/** A field that a rejection names, and the problem with it. */
export interface RefusedField {
  readonly name: string;
  readonly fault: "missing" | "unknown" | "invalid";
}

const PLACES: readonly unknown[] = ["body", "query", "path", "header", "form"];

/**
 * Returns the operation's own fields that a 422 names, in either format. Uses only names of the operation table, and reads from the
 * server's text only whether a field is missing or unknown: the rest can quote the request.
 */
export function refusedFields(operation: Operation, responseBody: string): RefusedField[] {
  const known = [...namesOf(operation, "spec"), ...namesOf(operation, "documented")];
  let detail: unknown;
  try {
    detail = (JSON.parse(responseBody) as { detail?: unknown }).detail;
  } catch {
    return [];
  }
  if (!Array.isArray(detail)) {
    const message = isObject(detail) ? detail["msg"] : detail;
    const words: readonly string[] = typeof message === "string" ? (message.match(/\w+/g) ?? []) : [];
    const fault = faultOf(String(message));
    return [...new Set(known)].filter((name) => words.includes(name)).map((name) => ({ name, fault }));
  }
  const found = new Map<string, RefusedField>();
  for (const { loc, msg, type } of detail.filter(isObject)) {
    const name: unknown = Array.isArray(loc) ? loc.find((part) => !PLACES.includes(part)) : undefined;
    if (typeof name !== "string" || !known.includes(name) || found.has(name)) continue;
    const isOwn = Array.isArray(loc) && loc.at(-1) === name;
    // A body with a wrong type is the body of the other format.
    const isOtherBody = isOwn && name === operation.forms?.body && /_type\b|type_error/.test(String(type));
    const fault = isOtherBody ? "unknown" : isOwn ? faultOf(`${type} ${msg}`) : "invalid";
    found.set(name, { name, fault });
  }
  return [...found.values()];
}

const MISSING = /\bmissing\b|\brequired\b(?! to\b)/i;
/** Matches an unknown field; does not match an unknown value, such as an id or a format. */
const UNKNOWN =
  /not permitted|value_error\.extra|extra[_ ]forbidden|\b(?:unknown|extra|unexpected) (?:field|input|key|parameter|argument|attribute|propert)/i;

/** Returns the problem with a field, from the server's text. */
function faultOf(text: string): RefusedField["fault"] {
  if (UNKNOWN.test(text)) return "unknown";
  return MISSING.test(text) ? "missing" : "invalid";
}

/** Returns all names that an operation's body and query have in one format. */
function namesOf({ body, query, forms = {} }: Operation, dialect: Dialect): string[] {
  const rules = { ...query, ...body?.fields };
  return dialect === "spec" ? Object.keys(rules) : documentedNames(forms);
}

const documentedNames = ({ fields = {}, names = [], defaults = {} }: RequestForms): string[] => [
  ...Object.values(fields).flatMap(({ name, part }) => [name ?? [], part ?? []].flat()),
  ...names,
  ...Object.keys(defaults.documented ?? {}),
];

const specNames = ({ fields = {}, optional = [] }: RequestForms): string[] => [
  ...Object.keys(fields).filter((name) => !fields[name]?.text),
  ...optional,
];

/**
 * Returns the dialect that a 422 asks for by the fields it names; undefined if it does not indicate one. Only a missing or
 * unknown field indicates a format: a field whose value is invalid was read. With `bothNames`, as in `writeForm`, a field
 * was sent under both names, so a missing field does not indicate the other format.
 */
export function dialectAskedFor(
  operation: Operation,
  responseBody: string,
  sent: Dialect,
  bothNames = false,
): Dialect | undefined {
  const { forms } = operation;
  if (forms === undefined) return undefined;
  const sentTwice = bothNames ? twoNames(operation) : [];
  for (const { name, fault } of refusedFields(operation, responseBody)) {
    if (fault === "invalid" || (fault === "missing" && sentTwice.includes(name))) continue;
    // The body differs between the formats: the server expects the body of the other format.
    if (name === forms.body) return otherThan(sent);
    const isDocumented = documentedNames(forms).includes(name);
    if (!isDocumented && !specNames(forms).includes(name)) continue;
    const named: Dialect = isDocumented ? "documented" : "spec";
    return fault === "unknown" ? otherThan(named) : named;
  }
  return undefined;
}

/** Returns both names of each field that `bothNames` sends under both names. */
export const twoNames = ({ forms, body }: Operation): string[] =>
  Object.entries(forms?.fields ?? {}).flatMap(([field, { name, list }]) =>
    name !== undefined && !list && body?.kind !== "multipart" ? [field, name] : [],
  );

/** Returns the other dialect. */
export const otherThan = (dialect: Dialect): Dialect => (dialect === "spec" ? "documented" : "spec");

function missing(name: string, rules: Rules): HeidiArgumentError {
  const values = rules[name]?.enum;
  const choice = values === undefined ? "" : ` Pass one of ${values.map((one) => `"${one}"`).join(", ")}.`;
  return new HeidiArgumentError(name, `The argument \`${name}\` is missing.${choice}`);
}
