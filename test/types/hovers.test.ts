import { join } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { loadSpec } from "../../scripts/spec/effective.ts";
import {
  get,
  isObject,
  type Json,
  type JsonObject,
  listAt,
  objectAt,
  textAt,
} from "../../scripts/spec/json.ts";
import { type OperationModel, readOperations } from "../../scripts/spec/model.ts";
import { deref } from "../../scripts/spec/spec.ts";
import { MEANINGS } from "../../scripts/spec/texts.ts";
import { compile, root } from "./compiler.ts";

const { document } = loadSpec();
const models = readOperations(loadSpec());

let checker: ts.TypeChecker;
/** The exported symbols of the main entry. */
let exported: ReadonlyMap<string, ts.Symbol>;
let calls: ReadonlyMap<string, Call>;

/** A method of the client as the compiler sees it. */
interface Call {
  readonly method: ts.Symbol;
  readonly arguments: ReadonlyMap<string, ts.Type>;
}

beforeAll(() => {
  const program = compile(new Map([["all", `export type * from "heidi-health-sdk";`]]));
  checker = program.getTypeChecker();
  const source = program.getSourceFile(join(root, "src/index.ts"));
  const module = source && checker.getSymbolAtLocation(source);
  const symbols = module ? checker.getExportsOfModule(module) : [];
  const resolve = (symbol: ts.Symbol): ts.Symbol =>
    (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
  exported = new Map(symbols.map((symbol) => [symbol.name, resolve(symbol)]));
  calls = new Map(models.map((model) => [model.name, callOf(model)]));
});

function callOf({ auth, group, methodName }: OperationModel): Call {
  const api = typeOf(auth === "apiKey" ? "TenantApi" : "UserApi");
  const methods = memberOf(api, group);
  const method = methods && memberOf(checker.getTypeOfSymbol(methods), methodName);
  if (method === undefined) throw new Error(`no method ${group}.${methodName}`);
  const [signature] = checker.getSignaturesOfType(checker.getTypeOfSymbol(method), ts.SignatureKind.Call);
  const parameters = signature?.getParameters() ?? [];
  return {
    method,
    arguments: new Map(
      parameters.map((each) => [each.name, checker.getNonNullableType(checker.getTypeOfSymbol(each))]),
    ),
  };
}

function typeOf(name: string): ts.Type {
  const symbol = exported.get(name);
  if (symbol === undefined) throw new Error(`${name} is not exported`);
  return checker.getDeclaredTypeOfSymbol(symbol);
}

const memberOf = (type: ts.Type, name: string): ts.Symbol | undefined =>
  checker.getPropertyOfType(type, name);

/** The text that an editor shows for a symbol, without its tags. */
function textOf(symbol: ts.Symbol | undefined): string {
  return symbol === undefined ? "" : ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
}

/** The types that a value can have. */
const variantsOf = (type: ts.Type): readonly ts.Type[] => (type.isUnion() ? type.types : [type]);

/** A field of the description with what the compiler has for it: one symbol for each form of its owner. */
interface Field {
  readonly name: string;
  readonly schema: JsonObject;
  readonly symbols: readonly ts.Symbol[];
}

/** Every field that a schema has, and every field of those, in the types that a caller writes. */
function fieldsOf(
  written: Json | undefined,
  types: readonly ts.Type[],
  owner: string,
  inside: readonly JsonObject[] = [],
): Field[] {
  const schema = deref(document, written);
  if (inside.includes(schema)) return []; // a recursive schema
  const within = [...inside, schema];
  const variants = types.flatMap((type) => variantsOf(checker.getNonNullableType(type)));
  const own = Object.entries(objectAt(schema, "properties")).flatMap(([key, property]) => {
    const symbols = variants.flatMap((type) => memberOf(type, key) ?? []);
    const name = `${owner}.${key}`;
    const below = symbols.map((symbol) => checker.getTypeOfSymbol(symbol));
    return [
      { name, schema: isObject(property) ? property : {}, symbols },
      ...fieldsOf(property, below, name, within),
    ];
  });
  const items = variants.flatMap((type) => checker.getIndexTypeOfType(type, ts.IndexKind.Number) ?? []);
  const parts = ["allOf", "anyOf", "oneOf"].flatMap((key) => listAt(schema, key));
  return [
    ...own,
    ...(isObject(get(schema, "items")) ? fieldsOf(schema["items"], items, `${owner}[]`, within) : []),
    ...parts.flatMap((part) => fieldsOf(part, variants, owner, within)),
  ];
}

const callFor = ({ name }: OperationModel): Call => {
  const call = calls.get(name);
  if (call === undefined) throw new Error(`no call ${name}`);
  return call;
};

/** Every parameter of a query and field of a body, by its full name. */
function chosenIn(model: OperationModel): Field[] {
  const types = callFor(model).arguments;
  const query = model.query.flatMap(({ name, schema }): Field[] => {
    const type = types.get("query");
    const symbol = type && memberOf(type, name);
    return [{ name: `${model.name}.${name}`, schema, symbols: symbol ? [symbol] : [] }];
  });
  const body = types.get("body");
  return [...query, ...(model.body && body ? fieldsOf(model.body.schema, [body], model.name) : [])];
}

/** The meanings of a field's values, by the value. */
function meaningsOf(schema: JsonObject): JsonObject {
  const target = deref(document, schema);
  return objectAt(deref(document, get(target, "items") ?? target), MEANINGS);
}

describe("an editor shows", () => {
  it.each(models)("what $name does, its arguments and an example", (model) => {
    const { method } = callFor(model);
    const [text = ""] = textOf(method).split("\n\n");
    expect(text.replaceAll(/\s+/g, " ")).toContain(model.description?.trim().replaceAll(/\s+/g, " "));
    const tags = method.getJsDocTags(checker).map(({ name, text: parts }) => ({
      name,
      text: ts.displayPartsToString(parts),
    }));
    for (const { name, description } of model.pathParameters)
      expect(tags).toContainEqual({
        name: "param",
        text: expect.stringMatching(new RegExp(`^${name} - ${description?.slice(0, 20)}`)),
      });
    const examples = tags.filter(({ name }) => name === "example").map(({ text: code }) => code);
    expect(examples).toEqual([expect.stringContaining(`.${model.name}(`)]);
  });

  it("what each parameter of a query and each field of a body means, in every form of the body", () => {
    const fields = models.flatMap(chosenIn);
    expect(fields.length).toBeGreaterThan(80);
    expect(fields.filter(({ symbols }) => symbols.length === 0).map(({ name }) => name)).toEqual([]);
    const silent = fields.filter(({ symbols }) => symbols.some((symbol) => textOf(symbol) === ""));
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it("what each value of an enum means, beside the field", () => {
    const enums = models.flatMap(chosenIn).filter(({ schema }) => Object.keys(meaningsOf(schema)).length > 0);
    expect(enums.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "clinicalCoding.getCodes.coding_system",
        "documents.generate.voice_style",
        "consultNotes.generateFromTemplate.template.questions[].answerType",
      ]),
    );
    for (const { name, schema, symbols } of enums)
      for (const [value, meaning] of Object.entries(meaningsOf(schema)))
        for (const symbol of symbols)
          expect(textOf(symbol), name).toContain(`- \`${value}\`: ${String(meaning)}`);
  });

  it("the text itself, and not a tag with it", () => {
    const fields = models.flatMap(chosenIn).flatMap(({ symbols }) => symbols);
    const tags = fields.flatMap((symbol) => symbol.getJsDocTags(checker).map(({ name }) => name));
    expect([...new Set(tags)].filter((name) => name !== "default")).toEqual([]);
  });
});

describe("an enum that a request can contain", () => {
  /** The values of each exported type that is a union of texts. */
  function unions(): Map<string, string> {
    return new Map(
      [...exported.keys()].flatMap((name): [string, string][] => {
        const symbol = exported.get(name);
        if (symbol === undefined || (symbol.flags & ts.SymbolFlags.TypeAlias) === 0) return [];
        const values = variantsOf(checker.getDeclaredTypeOfSymbol(symbol));
        const texts = values.flatMap((value) => (value.isStringLiteral() ? [value.value] : []));
        return texts.length === values.length ? [[JSON.stringify(texts.sort()), name]] : [];
      }),
    );
  }

  it("has an exported type with exactly its values, which says what they mean", () => {
    const named = unions();
    const found = models.flatMap(chosenIn).flatMap(({ name, schema }) => {
      const values = listAt(deref(document, schema), "enum").map(String);
      return values.length === 0 ? [] : [{ name, values, type: named.get(JSON.stringify(values.sort())) }];
    });
    expect(found.length).toBeGreaterThan(8);
    expect(found.filter(({ type }) => type === undefined).map(({ name }) => name)).toEqual([]);
    for (const { type = "", values } of found)
      for (const value of values) expect(textOf(exported.get(type)), type).toContain(`- \`${value}\`: `);
  });

  it("has the type that its place in the description names", () => {
    const wanted = models
      .flatMap(chosenIn)
      .flatMap(({ schema }) => textAt(deref(document, schema), "x-sdk-type") ?? []);
    expect([...new Set(wanted)].sort()).toEqual([
      "AnswerType",
      "Brain",
      "CodingSystem",
      "ConsultNoteGenerationMethod",
      "ContentType",
      "DocumentGenerationMethod",
      "VoiceStyle",
    ]);
    expect(wanted.filter((name) => !exported.has(name))).toEqual([]);
  });
});
