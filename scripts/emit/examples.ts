import { get, type Json, type JsonObject, listAt, objectAt, textAt } from "../spec/json.ts";
import type { OperationModel } from "../spec/model.ts";
import { camelCase, constantName } from "../spec/names.ts";
import { flatten, isBinary } from "../spec/rules.ts";
import { parseRef } from "../spec/spec.ts";
import { isIdentifier, printValue } from "./text.ts";

/** The texts of examples by their format. */
const TEXTS: Readonly<Record<string, string>> = {
  date: "1980-12-10",
  "date-time": "2024-08-01T09:00:00Z",
  email: "dr@clinic.example",
};

/** The longest line of an example within the comment of a method. */
const MAX_LENGTH = 112;

/** Marks a text that is code. */
const CODE = "\0";

/** The names of the arguments that an example uses without declaring them. */
export interface ExampleNames {
  /** The arguments of the operation for its path parameters. */
  readonly path: readonly string[];
  /** The path parameters of all operations: a field of such a name is written as a variable. */
  readonly ids: ReadonlySet<string>;
}

/** Returns an example of a call: with the required fields, and those that have an example in the description. */
export function exampleOf(document: JsonObject, model: OperationModel, names: ExampleNames): string {
  const receiver = model.auth === "apiKey" ? "heidi" : "clinician";
  const path = model.pathParameters.map(({ rule }, index) =>
    rule.enum?.[0] === undefined ? (names.path[index] ?? "") : JSON.stringify(rule.enum[0]),
  );
  const input = inputOf(document, model, names);
  const print = (isFlat: boolean): string => {
    const texts = input.map((value) => printCode(value, isFlat));
    return bind(document, model, `${receiver}.${model.name}(${[...path, ...texts].join(", ")})`, names);
  };
  const flat = print(true);
  return flat.split("\n").every((line) => line.length <= MAX_LENGTH) ? flat : print(false);
}

/** Returns the body and the query of the example, without trailing ones that it does not need. */
function inputOf(document: JsonObject, model: OperationModel, names: ExampleNames): JsonObject[] {
  const { body, query } = model;
  const input: { readonly value: JsonObject; readonly isNeeded: boolean }[] = [];
  if (body) {
    const value = objectOf(document, body.schema, { names, fields: body.fields, depth: 0 });
    input.push({ value, isNeeded: body.required || Object.keys(value).length > 0 });
  }
  if (query.length > 0) {
    const shown = query.filter(({ required, example }) => required || example !== undefined);
    const value = Object.fromEntries(
      shown.map(({ name, schema, example }) => [
        name,
        example ?? sampleOf(document, schema, name, { names, fields: {}, depth: 0 }),
      ]),
    );
    input.push({ value, isNeeded: shown.length > 0 });
  }
  const last = input.findLastIndex(({ isNeeded }) => isNeeded);
  return input.slice(0, last + 1).map(({ value }) => value);
}

interface Place {
  readonly names: ExampleNames;
  /** The rules of the body's own fields, with the media types of files. */
  readonly fields: Readonly<Record<string, { readonly contentType?: string }>>;
  readonly depth: number;
}

function objectOf(document: JsonObject, schema: JsonObject, place: Place): JsonObject {
  const flat = flatten(document, schema);
  const required = listAt(flat, "required");
  const shown = Object.entries(objectAt(flat, "properties")).filter(
    ([name, part]) =>
      get(part, "readOnly") !== true && (required.includes(name) || ownExample(part) !== undefined),
  );
  return Object.fromEntries(
    shown.map(([name, part]) => [name, sampleOf(document, part, name, { ...place, depth: place.depth + 1 })]),
  );
}

const ownExample = (schema: Json | undefined): Json | undefined =>
  get(schema, "example") ?? listAt(schema, "examples")[0];

function sampleOf(document: JsonObject, written: Json | undefined, name: string, place: Place): Json {
  const schema = flatten(document, (written ?? {}) as JsonObject);
  if (isBinary(schema)) return `${CODE}fileFromPath("${fileName(place.fields[name]?.contentType)}")`;
  if (place.names.ids.has(name) && get(schema, "type") === "string") return CODE + name;
  const given =
    ownExample(written) ??
    ownExample(schema) ??
    get(schema, "default") ??
    get(schema, "const") ??
    listAt(schema, "enum")[0];
  if (given !== undefined) return given;
  const choice = listAt(schema, "oneOf")[0] ?? listAt(schema, "anyOf")[0];
  if (place.depth > 5) return {};
  if (choice !== undefined) return sampleOf(document, choice, name, { ...place, depth: place.depth + 1 });
  switch ([get(schema, "type")].flat().find((type) => type !== "null")) {
    case "array":
      return [sampleOf(document, get(schema, "items"), name, { ...place, depth: place.depth + 1 })];
    case "boolean":
      return true;
    case "integer":
    case "number":
      return get(schema, "minimum") ?? 1;
    case "string":
      return TEXTS[textAt(schema, "format") ?? ""] ?? "…";
    default:
      return objectOf(document, schema, place);
  }
}

const fileName = (contentType: string | undefined): string =>
  contentType?.startsWith("audio/") === true ? "visit.mp3" : "letter.pdf";

/** Prints a value; a text that is marked as code is printed as code, and `name: name` as `name`. */
function printCode(value: Json, isFlat: boolean): string {
  return printValue(value, "", isFlat ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY)
    .replaceAll(/"\\u0000((?:[^"\\]|\\.)*)"/g, (_, code: string) => String(JSON.parse(`"${code}"`)))
    .replaceAll(/\b(\w+): \1(?=[,\s}])/g, "$1");
}

/** Returns the statements that call and name the result. */
function bind(document: JsonObject, model: OperationModel, call: string, names: ExampleNames): string {
  const { kind, optional, successes } = model.response;
  if (kind === "stream")
    return `const stream = ${call};\nfor await (const text of stream.textStream()) process.stdout.write(text);`;
  if (kind === "empty") return `await ${call};`;
  if (kind !== "json") return `const ${kind} = await ${call};`;
  const schema = successes.length === 1 ? successes[0]?.schema : undefined;
  const component = parseRef(textAt(schema, "$ref") ?? "")?.at(-1);
  const fields = Object.keys(schema ? objectAt(flatten(document, schema), "properties") : {});
  const isFree = (name: string): boolean =>
    isIdentifier(name) && constantName(name) === name && !names.path.includes(name) && !names.ids.has(name);
  const isNew = (name: string): boolean =>
    isFree(name) || (names.ids.has(name) && !names.path.includes(name) && !call.includes(name));
  const shown = fields.includes("data") ? ["data"] : fields;
  if (!optional && shown.length > 0 && shown.length <= 2 && shown.every(isNew))
    return `const { ${shown.join(", ")} } = await ${call};`;
  const name = constantName(camelCase(component ?? "result"));
  return `const ${isFree(name) ? name : "result"} = await ${call};`;
}
