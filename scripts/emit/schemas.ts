import { isObject, type Json, type JsonObject } from "../spec/json.ts";
import type { OperationModel } from "../spec/model.ts";
import { MEANINGS } from "../spec/texts.ts";
import { schemasOf } from "../spec/validate.ts";
import { header, printValue } from "./text.ts";

const DECLARATIONS = `/** A JSON Schema (2020-12); \`$ref\` points into {@link components} as \`#/components/schemas/Name\`. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface ParameterSchema {
  readonly in: "path" | "query";
  readonly name: string;
  readonly required: boolean;
  readonly schema: JsonSchema;
}

export interface RequestBodySchema {
  readonly contentType: string;
  readonly required: boolean;
  readonly schema: JsonSchema;
}

/** A success answer; \`contentType\` is missing when it has no body. */
export interface ResponseSchema {
  readonly status: string;
  readonly contentType?: string;
  readonly schema?: JsonSchema;
  readonly example?: unknown;
}

export interface OperationSchemas {
  readonly parameters: readonly ParameterSchema[];
  readonly requestBody?: RequestBodySchema;
  readonly responses: readonly ResponseSchema[];
}
`;

/** `generated/schemas.ts`: JSON Schemas for the sandbox's validator. The core never imports it. */
export function emitSchemas(document: JsonObject, models: readonly OperationModel[]): string {
  const operations = Object.fromEntries(models.map((model) => [model.id, schemasOfOperation(model)]));
  return `${header("JSON Schemas of the operations, for the sandbox only.")}${DECLARATIONS}
/** The reusable schemas by name. */
export const components: Readonly<Record<string, JsonSchema>> = ${printValue(wordless(schemasOf(document)))};

/** The schemas of every operation by its operationId. */
export const operationSchemas: Readonly<Record<string, OperationSchemas>> = ${printValue(wordless(operations))};
`;
}

/** Keywords whose values are data: a `description` in them is kept. */
const DATA: ReadonlySet<string> = new Set(["example", "examples", "default", "const", "enum"]);

/** Returns true for a keyword that only people read; a property of such a name has a schema as its value. */
function isText(key: string, value: Json): boolean {
  if (key === "description" || key === "x-sdk-type") return typeof value === "string";
  return key === MEANINGS || (key === "examples" && Array.isArray(value));
}

/** Returns the schemas without descriptions and examples of values, which a validator does not need. */
function wordless(value: Json): Json {
  if (Array.isArray(value)) return value.map(wordless);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key, item]) => !isText(key, item));
  return Object.fromEntries(kept.map(([key, item]) => [key, DATA.has(key) ? item : wordless(item)]));
}

function schemasOfOperation(model: OperationModel): JsonObject {
  const { body } = model;
  const entry: JsonObject = {
    parameters: [...model.pathParameters, ...model.query].map(({ in: place, name, required, schema }) => ({
      in: place,
      name,
      required,
      schema,
    })),
  };
  // The server's requirement; the caller may omit a body for which the SDK has a default.
  if (body) {
    entry["requestBody"] = {
      contentType: body.contentType,
      required: body.required || body.hasDefault,
      schema: body.schema,
    };
  }
  entry["responses"] = model.response.successes.map(({ status, contentType, schema, example }) =>
    defined({ status, contentType, schema, example }),
  );
  return entry;
}

function defined(entries: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(
    Object.entries(entries).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  );
}
