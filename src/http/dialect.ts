import { HeidiArgumentError } from "../errors.ts";
import { isInstance, NotJsonError, toJson, withGetters } from "../utils/json.ts";
import type { Rules } from "../utils/validate.ts";
import { isObject } from "../utils/values.ts";
import { kindOf } from "./arguments.ts";
import type { CallInput, Dialect, FieldForm, Operation, RequestForms } from "./operation.ts";

/** A request in the form of a dialect. */
export interface FormInput extends CallInput {
  /** The rules of the body's fields, by the names that they have in this form. */
  readonly rules: Rules;
  /** Fields that were given and that this form has no place for: their names, undefined for one that is not the table's. */
  readonly dropped?: readonly (string | undefined)[];
}

type Fields = Record<string, unknown>;

/**
 * Writes checked arguments, given in either form, in the form of a dialect. The caller's objects stay as they are.
 *
 * With `bothNames`, a field of JSON or of a query that only has another name is sent under both: servers ignore a field
 * that they do not know, so nothing is lost where it is not known which name a server reads.
 *
 * What stands beside a body that the documented form sends bare, such as the `content_type` of a template, has no place in
 * that form. It is left out, and `dropped` says so.
 *
 * @throws HeidiArgumentError when both spellings of a field are given with different values, or when this form cannot
 * say what was given.
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
      const isWanted = dialect === "spec" && rule.required && rule.type !== "file";
      if (isWanted && isAbsent(written[name])) throw missing(name, rules);
    }
    return written;
  };
  const copyOfQuery = operation.query && plain("query", input.query ?? {}, names);
  const query = copyOfQuery ? write(copyOfQuery, queryRules, bothNames) : input.query;
  const asGiven = { ...input, query, rules: bodyRules };
  if (body === undefined || isAbsent(input.body)) return asGiven;
  const isJson = body.kind === "json";
  const copy = plain("body", input.body, names);
  // A Map, a form or the like, of which nothing would be left: the body's writer refuses it.
  if (copy === undefined || (Object.keys(copy).length === 0 && isInstance(input.body))) return asGiven;
  const given = forms.body === undefined ? copy : wrap(copy, forms, bodyRules);
  const written = write(given, bodyRules, bothNames && isJson);
  if (forms.body !== undefined && dialect === "documented") {
    const { [forms.body]: bare, ...beside } = written;
    const left = Object.keys(beside).filter((name) => beside[name] !== undefined);
    const dropped = left.map((name) => (Object.hasOwn(bodyRules, name) ? name : undefined));
    return { ...asGiven, body: bare, dropped };
  }
  return {
    ...asGiven,
    body: written,
    rules: dialect === "documented" ? renamedRules(forms, bodyRules) : bodyRules,
  };
}

/** The form to write. */
interface As {
  readonly dialect: Dialect;
  readonly bothNames: boolean;
}

function writeFields({ fields = {} }: RequestForms, values: Fields, rules: Rules, as: As): Fields {
  for (const [field, form] of Object.entries(fields)) {
    if (!Object.hasOwn(rules, field)) continue;
    if (form.part !== undefined) writePart(values, field, form.part, as.dialect);
    else if (form.name !== undefined) writeName(values, field, rules, form, as);
    else if (form.text && !isAbsent(values[field])) values[field] = textOf(field, values[field]);
  }
  return values;
}

/** A field under the name, and in the list, of the dialect. */
function writeName(values: Fields, field: string, rules: Rules, form: FieldForm, as: As): void {
  const { name = field, list = false } = form;
  const { [field]: one, [name]: other } = values;
  if (isAbsent(one) && isAbsent(other) && rules[field]?.required && rules[field]?.type !== "file")
    throw missing(field, rules);
  if (one === undefined && other === undefined) return;
  const listed = list && !isAbsent(one) ? [one] : one;
  if (!isAbsent(one) && !isAbsent(other) && !isSame(listed, other)) throw twice(field, name);
  const value = isAbsent(other) && one !== undefined ? listed : other;
  delete values[field];
  delete values[name];
  const both = as.bothNames && !list;
  if (both || as.dialect === "documented") values[name] = value;
  if (!both && as.dialect === "documented") return;
  const items: readonly unknown[] = list && Array.isArray(value) ? value : [value];
  if (items.length !== 1) {
    throw new HeidiArgumentError(
      name,
      `The argument \`${name}\` has ${items.length} items, and the dialect "spec" sends one as \`${field}\`: make one call for each, or set the option \`dialect\` to "documented".`,
    );
  }
  values[field] = items[0];
}

/** A field of its own in the spec's form, a key of a part that holds JSON in the documented one. */
function writePart(values: Fields, field: string, part: string, dialect: Dialect): void {
  const given = values[part];
  const said = isAbsent(given) ? {} : parsedOf(part, given, [field]);
  if (!isObject(said)) {
    throw new HeidiArgumentError(
      part,
      `The argument \`${part}\` must be an object, not ${kindOf(said)}: it is sent as JSON text.`,
    );
  }
  const { [field]: inside, ...others } = said;
  const own = values[field];
  if (!isAbsent(own) && !isAbsent(inside) && own !== inside) throw twice(field, `${part}.${field}`);
  const value = isAbsent(own) ? inside : own;
  delete values[field];
  delete values[part];
  if (dialect === "documented") {
    // Always there, as the public pages have it.
    values[part] = value === undefined ? others : { [field]: value, ...others };
    return;
  }
  if (value !== undefined) values[field] = value;
  if (Object.keys(others).length > 0) values[part] = others;
}

/** A body given bare goes into its field; what the spec has beside that field stays beside it. */
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
 * A copy of an argument's fields; what an object says of itself by `toJSON` is what counts. Undefined when that has no
 * fields.
 */
function plain(place: string, value: unknown, described: readonly string[]): Fields | undefined {
  return reading(place, () => {
    const { toJSON } = value as { toJSON?: unknown };
    const said: unknown = typeof toJSON === "function" ? toJSON.call(value, "") : value;
    return isObject(said) ? { ...(withGetters(said, described) as Fields) } : undefined;
  });
}

/** What was thrown may quote what it was thrown over, so it is not shown. */
function reading<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new HeidiArgumentError(
      place,
      `The argument \`${place}\` could not be read: a getter or the toJSON of it threw; nothing was sent.`,
    );
  }
}

function textOf(field: string, value: unknown): unknown {
  if (!isObject(value) && !Array.isArray(value)) return value;
  const said = parsedOf(field, value);
  if (typeof said === "object" && said !== null) return JSON.stringify(said);
  throw new HeidiArgumentError(
    field,
    `The argument \`${field}\` must be an object or JSON text, but its toJSON gives ${kindOf(said)}.`,
  );
}

/** What JSON keeps of a value, which must be all of it. */
function parsedOf(field: string, value: unknown, described: readonly string[] = []): unknown {
  try {
    return JSON.parse(toJson(value, described));
  } catch (error) {
    if (!(error instanceof NotJsonError)) throw error;
    throw new HeidiArgumentError(
      field,
      `The argument \`${field}\` cannot be written as JSON text: ${error.message}; nothing was sent.`,
    );
  }
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  try {
    const text = JSON.stringify(one);
    // Files have no JSON to compare them by.
    return text !== undefined && text !== "{}" && text === JSON.stringify(other);
  } catch {
    return false;
  }
}

function twice(field: string, name: string): HeidiArgumentError {
  return new HeidiArgumentError(
    field,
    `The arguments \`${field}\` and \`${name}\` are two spellings of one thing and have different values: give one of them.`,
  );
}

/** A field that a refusal names, and what the server has against it. */
export interface RefusedField {
  readonly name: string;
  readonly fault: "missing" | "unknown" | "invalid";
}

const PLACES: readonly unknown[] = ["body", "query", "path", "header", "form"];

/**
 * The operation's own fields that a 422 names, in either form. Only names of the table are taken, and of the server's
 * words only whether a field is missing or unknown: the rest can quote what was sent.
 */
export function refusedFields(operation: Operation, answer: string): RefusedField[] {
  const known = [...namesOf(operation, "spec"), ...namesOf(operation, "documented")];
  let detail: unknown;
  try {
    detail = (JSON.parse(answer) as { detail?: unknown }).detail;
  } catch {
    return [];
  }
  if (!Array.isArray(detail)) {
    const said = isObject(detail) ? detail["msg"] : detail;
    const words: readonly string[] = typeof said === "string" ? (said.match(/\w+/g) ?? []) : [];
    const fault = faultOf(String(said));
    return [...new Set(known)].filter((name) => words.includes(name)).map((name) => ({ name, fault }));
  }
  const found = new Map<string, RefusedField>();
  for (const { loc, msg, type } of detail.filter(isObject)) {
    const name: unknown = Array.isArray(loc) ? loc.find((part) => !PLACES.includes(part)) : undefined;
    if (typeof name !== "string" || !known.includes(name) || found.has(name)) continue;
    const isOwn = Array.isArray(loc) && loc.at(-1) === name;
    // A body of another type than the one that is known there is the body of the other form.
    const isOtherBody = isOwn && name === operation.forms?.body && /_type\b|type_error/.test(String(type));
    const fault = isOtherBody ? "unknown" : isOwn ? faultOf(`${type} ${msg}`) : "invalid";
    found.set(name, { name, fault });
  }
  return [...found.values()];
}

const MISSING = /\bmissing\b|\brequired\b(?! to\b)/i;
/** Matches a field that is not known; does not match an unknown value, such as an id or a format. */
const UNKNOWN =
  /not permitted|value_error\.extra|extra[_ ]forbidden|\b(?:unknown|extra|unexpected) (?:field|input|key|parameter|argument|attribute|propert)/i;

/** What a server's words have against a field. */
function faultOf(words: string): RefusedField["fault"] {
  if (UNKNOWN.test(words)) return "unknown";
  return MISSING.test(words) ? "missing" : "invalid";
}

/** All names that the table knows of an operation's body and query in one form. */
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
 * The dialect that a 422 asks for by the fields it names; undefined when it says nothing of it. Only a field that is
 * missing or unknown speaks of forms: one whose value is not accepted was read. With `bothNames`, as in `writeForm`, a
 * field was sent under both of its names, so it is not missing for want of the other form.
 */
export function dialectAskedFor(
  operation: Operation,
  answer: string,
  sent: Dialect,
  bothNames = false,
): Dialect | undefined {
  const { forms } = operation;
  if (forms === undefined) return undefined;
  const sentTwice = bothNames ? twoNames(operation) : [];
  for (const { name, fault } of refusedFields(operation, answer)) {
    if (fault === "invalid" || (fault === "missing" && sentTwice.includes(name))) continue;
    // The body itself has another form: what is wrong with it is that it is not the other one.
    if (name === forms.body) return otherThan(sent);
    const isDocumented = documentedNames(forms).includes(name);
    if (!isDocumented && !specNames(forms).includes(name)) continue;
    const named: Dialect = isDocumented ? "documented" : "spec";
    return fault === "unknown" ? otherThan(named) : named;
  }
  return undefined;
}

/** Both names of each field that `bothNames` sends under both. */
export const twoNames = ({ forms, body }: Operation): string[] =>
  Object.entries(forms?.fields ?? {}).flatMap(([field, { name, list }]) =>
    name !== undefined && !list && body?.kind !== "multipart" ? [field, name] : [],
  );

/** The other one of the two. */
export const otherThan = (dialect: Dialect): Dialect => (dialect === "spec" ? "documented" : "spec");

function missing(name: string, rules: Rules): HeidiArgumentError {
  const values = rules[name]?.enum;
  const choice = values === undefined ? "" : ` Pass one of ${values.map((one) => `"${one}"`).join(", ")}.`;
  return new HeidiArgumentError(name, `The argument \`${name}\` is missing.${choice}`);
}
