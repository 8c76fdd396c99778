import { type JsonObject, objectAt, textAt } from "../spec/json.ts";
import type { OperationModel } from "../spec/model.ts";
import { pascalCase } from "../spec/names.ts";
import { parseRef } from "../spec/spec.ts";
import { schemasOf } from "../spec/validate.ts";
import { commentOf } from "./docs.ts";
import { type EnumType, enumTypes } from "./enums.ts";
import { isOmissible } from "./forms.ts";
import { receivedRef } from "./read-write.ts";
import { docComment, header, propertyKey } from "./text.ts";

/** The names that the generated files already use. */
const TAKEN = [
  "ApiPromise OperationClient FileInput JsonStream Operation RequestOptions UploadOptions UserApi TenantApi Record Readonly NonNullable",
  "Uint8Array Promise Array String Number Boolean Object components operations paths",
].flatMap((names) => names.split(" "));

/** The readable names of request and response types, and the source that defines them. */
export interface TypeNames {
  body(model: OperationModel): string | undefined;
  query(model: OperationModel): string | undefined;
  /** Returns the type that a call resolves to: a named type, `Uint8Array`, `string` or `void`. */
  result(model: OperationModel): string;
  /** All named types. */
  readonly names: readonly string[];
  readonly source: string;
}

export function nameTypes(
  original: JsonObject,
  marked: JsonObject,
  models: readonly OperationModel[],
): TypeNames {
  const used = new Set(TAKEN);
  const sources: string[] = [];
  const take = (wanted: string): string => {
    const name = used.has(wanted) ? take(`${wanted}Type`) : wanted;
    used.add(name);
    return name;
  };
  const enums = enumTypes(original, models);
  // A name that this package has chosen is not given to a component that the API adds later.
  const chosen = enums.filter(({ isChosen }) => isChosen).map((each) => enumSource(take(each.name), each));
  const components = new Map(Object.keys(schemasOf(marked)).map((name) => [name, take(pascalCase(name))]));
  for (const [name, alias] of components) {
    const schema = objectAt(schemasOf(marked), name);
    const text = textAt(schema, "description") ?? `The API's \`${name}\`.`;
    const doc = docComment(commentOf(marked, { ...schema, description: text }), "");
    sources.push(`${doc}export type ${alias} = components["schemas"][${JSON.stringify(name)}];\n`);
  }
  const named = (schema: JsonObject | undefined, isAnswer: boolean): string | undefined => {
    const ref = textAt(schema, "$ref");
    if (ref === undefined || !ref.startsWith("#/components/schemas/")) return undefined;
    return components.get(parseRef(isAnswer ? receivedRef(marked, original, ref) : ref)?.[2] ?? "");
  };
  const define = (wanted: string, definition: string, model: OperationModel, what: string): string => {
    const name = take(wanted);
    sources.push(`/** ${what} of \`${model.name}\`. */\nexport type ${name} = ${definition};\n`);
    return name;
  };
  const bodies = new Map<string, string>();
  const queries = new Map<string, string>();
  const results = new Map<string, string>();
  for (const model of models) {
    const { body, query, id } = model;
    if (body) {
      const type = `NonNullable<operations[${JSON.stringify(id)}]["requestBody"]>["content"][${JSON.stringify(body.contentType)}]`;
      bodies.set(id, named(body.schema, false) ?? define(`${pascalCase(id)}Body`, type, model, "The body"));
    }
    if (query.length > 0) {
      const name = take(`${pascalCase(id)}Query`);
      queries.set(id, name);
      sources.push(queryInterface(name, model, original));
    }
    results.set(
      id,
      resultOf(model, (schema) => named(schema, true), define),
    );
  }
  const derived = enums.filter(({ isChosen }) => !isChosen);
  sources.push(...chosen, ...derived.map((each) => enumSource(take(each.name), each)));
  return {
    body: (model) => bodies.get(model.id),
    query: (model) => queries.get(model.id),
    result: (model) => results.get(model.id) ?? "void",
    names: [...used].filter((name) => !TAKEN.includes(name)),
    source: `${header("Readable names for the types of requests and answers.")}${importsOf(sources)}${sources.join("\n")}`,
  };
}

/** Returns the imports from `schema.ts` that the sources use; some descriptions need only one of them, or none. */
function importsOf(sources: readonly string[]): string {
  const used = ["components", "operations"].filter((name) =>
    sources.some((source) => source.includes(`${name}[`)),
  );
  return used.length === 0 ? "" : `import type { ${used.join(", ")} } from "./schema.ts";\n\n`;
}

function enumSource(name: string, { definition, comment }: EnumType): string {
  return `${docComment(comment, "")}export type ${name} = ${definition};\n`;
}

function queryInterface(name: string, model: OperationModel, document: JsonObject): string {
  const type = `NonNullable<operations[${JSON.stringify(model.id)}]["parameters"]["query"]>`;
  const lines = model.query.map(({ name: key, description = "", schema, required }) => {
    const comment = docComment(commentOf(document, { description, schema }), "  ");
    const optional = required && !isOmissible(model, key) ? "" : "?";
    return `${comment}  readonly ${propertyKey(key)}${optional}: ${type}[${JSON.stringify(key)}];\n`;
  });
  return `/** The query of \`${model.name}\`. */\nexport interface ${name} {\n${lines.join("")}}\n`;
}

function resultOf(
  model: OperationModel,
  named: (schema: JsonObject | undefined) => string | undefined,
  define: (wanted: string, definition: string, model: OperationModel, what: string) => string,
): string {
  const { kind, successes } = model.response;
  if (kind === "empty") return "void";
  if (kind === "bytes") return "Uint8Array";
  if (kind === "text") return "string";
  const types = successes.map(({ status, contentType, schema }) => {
    if (contentType === undefined) return "undefined";
    if (schema === undefined) return "unknown";
    const key = /^\d+$/.test(status) ? status : JSON.stringify(status);
    const inline = `operations[${JSON.stringify(model.id)}]["responses"][${key}]["content"][${JSON.stringify(contentType)}]`;
    return named(schema) ?? inline;
  });
  const union = [...new Set(model.response.optional ? [...types, "undefined"] : types)].join(" | ");
  const suffix = kind === "stream" ? "Chunk" : "Response";
  return /^\w+$/.test(union)
    ? union
    : define(pascalCase(model.id) + suffix, union, model, kind === "stream" ? "One item" : "The answer");
}
