import openapiTS, {
  astToString,
  NULL,
  type OpenAPI3,
  type SchemaObject,
  tsLiteral,
} from "openapi-typescript";
import ts from "typescript";
import { isObject, type Json, type JsonObject, listAt } from "../spec/json.ts";
import { commentOf } from "./docs.ts";
import { BYTES, OPEN_ENUM } from "./read-write.ts";
import { docComment, header } from "./text.ts";

/** `generated/schema.ts`: the types of the spec by openapi-typescript, of a document marked by `splitReadWrite`. */
export async function emitSchema(marked: JsonObject): Promise<string> {
  const { document, comments } = forTypes(marked);
  const nodes = await openapiTS(document as unknown as OpenAPI3, {
    silent: true,
    emptyObjectsUnknown: true,
    // The server applies defaults: the caller may omit the property.
    defaultNonNullable: false,
    transform,
    transformProperty: allowUndefined,
  });
  const source = withComments(
    astToString(nodes).replaceAll(/^( {4})+/gm, (spaces) => " ".repeat(spaces.length / 2)),
    comments,
  );
  const imports = source.includes("FileInput")
    ? 'import type { FileInput } from "../src/upload/file.ts";\n\n'
    : "";
  return `${header("Types of the API, by openapi-typescript.")}${imports}${source}`;
}

/** Keys whose values are objects from names to what is described. */
const MAPS: ReadonlySet<string> = new Set(
  [
    "paths webhooks pathItems schemas responses parameters requestBodies headers examples links callbacks",
    "securitySchemes properties patternProperties dependentSchemas $defs content encoding variables mapping",
  ].flatMap((keys) => keys.split(" ")),
);
/** Keys whose values are data, not descriptions. */
const DATA: ReadonlySet<string> = new Set(["enum", "const", OPEN_ENUM]);
/** Keys that become comments, or would become them: examples would be a third of the file. */
const TEXTS: ReadonlySet<string> = new Set(
  "title summary description default example examples deprecated".split(" "),
);

/**
 * Returns the parts of the document that the types need: only the success responses, because errors have their own
 * classes. Each text is replaced by a mark with its number, because openapi-typescript writes it as a tag, `@description`,
 * which editors show as one and not as the text of the comment.
 */
function forTypes(marked: JsonObject): {
  readonly document: JsonObject;
  readonly comments: readonly string[][];
} {
  const comments: string[][] = [];
  const visitAll = (value: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(value).map(([name, item]) => [name, visit(item)]));
  const visit = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(visit);
    if (!isObject(value)) return value;
    const kept = Object.entries(value).filter(([name, item]) => !TEXTS.has(name) && !isComment(name, item));
    const copy: JsonObject = {};
    for (const [name, item] of kept) {
      if (DATA.has(name)) copy[name] = item;
      else if (MAPS.has(name) && isObject(item))
        copy[name] = visitAll(name === "responses" ? successesOf(item) : item);
      else copy[name] = visit(item);
    }
    const comment = commentOf(marked, value);
    if (comment.length > 0) copy["title"] = `@@${comments.push(comment) - 1}@@`;
    return copy;
  };
  return { document: visit(marked) as JsonObject, comments };
}

/** Returns true for a format that only people read; the format of a file is a type. */
const isComment = (name: string, value: Json): boolean => name === "format" && value !== "binary";

function successesOf(responses: JsonObject): JsonObject {
  const kept = Object.entries(responses).filter(([status]) => !/^(?:[13-5]..|default)$/i.test(status));
  return Object.fromEntries(kept);
}

/** Replaces each comment that has a mark by the marked one, and removes those that only repeat that a type is an enum. */
function withComments(source: string, comments: readonly string[][]): string {
  return source
    .replaceAll(
      /^( *)\/\*\*(?:[^*]|\*(?!\/))*?@@(\d+)@@(?:[^*]|\*(?!\/))*\*\/\n/gm,
      (_, indent: string, index: string) => docComment(comments[Number(index)] ?? [], indent),
    )
    .replaceAll(/^ *\/\*\* @enum \{[^}]*\} \*\/\n/gm, "");
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
