import openapiTS, {
  astToString,
  NULL,
  type OpenAPI3,
  type SchemaObject,
  tsLiteral,
} from "openapi-typescript";
import ts from "typescript";
import { isObject, type JsonObject, listAt } from "../spec/json.ts";
import { BYTES, OPEN_ENUM } from "./read-write.ts";
import { header } from "./text.ts";

/** `generated/schema.ts`: the types of the spec by openapi-typescript, of a document marked by `splitReadWrite`. */
export async function emitSchema(marked: JsonObject): Promise<string> {
  const nodes = await openapiTS(forTypes(marked) as unknown as OpenAPI3, {
    silent: true,
    emptyObjectsUnknown: true,
    // The server applies defaults: the caller may omit the property.
    defaultNonNullable: false,
    transform,
    transformProperty: allowUndefined,
  });
  const source = astToString(nodes).replaceAll(/^( {4})+/gm, (spaces) => " ".repeat(spaces.length / 2));
  const imports = source.includes("FileInput")
    ? 'import type { FileInput } from "../src/upload/file.ts";\n\n'
    : "";
  return `${header("Types of the API, by openapi-typescript.")}${imports}${source}`;
}

/**
 * Returns the parts of the document that the types need: no examples (as comments they would be a third of the file),
 * and only the success responses, because errors have their own classes.
 */
function forTypes(value: unknown, key?: string): unknown {
  if (Array.isArray(value)) return value.map((item) => forTypes(item));
  if (!isObject(value)) return value;
  const kept = Object.entries(value)
    .filter(([name]) => !(key === "responses" && /^(?:[13-5]..|default)$/i.test(name)))
    .map(([name, item]): [string, unknown] => [
      name,
      name === "content" ? mediaForTypes(item) : forTypes(item, name),
    ]);
  return Object.fromEntries(kept);
}

function mediaForTypes(content: unknown): unknown {
  if (!isObject(content)) return content;
  const media = Object.entries(content).map(([type, one]) => {
    if (!isObject(one)) return [type, one];
    const { example: _example, examples: _examples, ...rest } = one;
    return [type, forTypes(rest)];
  });
  return Object.fromEntries(media);
}

function transform(schema: SchemaObject): ts.TypeNode | undefined {
  const node = schema as unknown as JsonObject;
  if (Object.hasOwn(node, OPEN_ENUM)) return openUnion(node);
  if (Object.hasOwn(node, BYTES)) return reference("Uint8Array");
  return schema.format === "binary" ? reference("FileInput") : undefined;
}

/** `"A" | "B" | (string & {})`: editors offer the known values, and a new one still compiles. */
function openUnion(schema: JsonObject): ts.TypeNode {
  const values = listAt(schema, OPEN_ENUM);
  const known = values.filter((value) => value !== null);
  const base = typeof known[0] === "number" ? ts.SyntaxKind.NumberKeyword : ts.SyntaxKind.StringKeyword;
  const open = ts.factory.createIntersectionTypeNode([
    ts.factory.createKeywordTypeNode(base),
    ts.factory.createTypeLiteralNode([]),
  ]);
  const nullable = values.includes(null) || listAt(schema, "type").includes("null");
  return ts.factory.createUnionTypeNode([
    ...known.map((value) => tsLiteral(value)),
    ts.factory.createParenthesizedType(open),
    ...(nullable ? [NULL] : []),
  ]);
}

function reference(name: string): ts.TypeNode {
  return ts.factory.createTypeReferenceNode(name);
}

/** Adds `undefined` to optional properties: otherwise `exactOptionalPropertyTypes` forbids passing one from a response to a request. */
function allowUndefined(property: ts.PropertySignature): ts.PropertySignature | undefined {
  if (!property.questionToken || !property.type) return undefined;
  const type = ts.factory.createUnionTypeNode([
    property.type,
    ts.factory.createKeywordTypeNode(ts.SyntaxKind.UndefinedKeyword),
  ]);
  return ts.factory.updatePropertySignature(
    property,
    property.modifiers,
    property.name,
    property.questionToken,
    type,
  );
}
