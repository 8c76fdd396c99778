import type { ChangeKind } from "../../../scripts/bump/rules.ts";
import { get, isObject, type Json, type JsonObject, listAt, objectAt } from "../../../scripts/spec/json.ts";
import { listOperations } from "../../../scripts/spec/paths.ts";
import type { RawOperation } from "../../../scripts/spec/types.ts";

/** Picks one of several; seeded, so that a failure can be repeated. */
export type Pick = <T>(from: readonly T[]) => T;

/** What a mutation must lead to: rows of the rule table, or a stop that names the operation. */
export type Expected =
  | {
      readonly kinds: readonly ChangeKind[];
      /** Where an overlay says of the operation what no longer fits, a person has to look. */
      readonly mayStopAt?: string;
    }
  | { readonly stopsAt: string };

type Mutation = (document: JsonObject, pick: Pick) => Expected | undefined;

const pickOperation = (document: JsonObject, pick: Pick): RawOperation => pick(listOperations(document));
const idOf = ({ operation }: RawOperation): string => String(operation["operationId"]);
const kinds = (...each: ChangeKind[]): { readonly kinds: readonly ChangeKind[] } => ({ kinds: each });

function schemas(document: JsonObject): JsonObject {
  return objectAt(objectAt(document, "components"), "schemas");
}

/** A component with properties of its own, and which way it travels. */
function pickSchema(
  document: JsonObject,
  pick: Pick,
  isWanted: (properties: Json[]) => boolean = (properties) => properties.length > 0,
): { name: string; schema: JsonObject; isSent: boolean; isReceived: boolean } {
  const names = Object.keys(schemas(document)).filter((name) =>
    isWanted(Object.values(objectAt(schemas(document)[name], "properties"))),
  );
  const name = pick(names);
  const reaches = (roots: readonly unknown[]): boolean => {
    const seen = new Set<string>();
    const visit = (text: string): void => {
      for (const [, ref = ""] of text.matchAll(/#\/components\/schemas\/(\w+)/g)) {
        if (seen.has(ref)) continue;
        seen.add(ref);
        visit(JSON.stringify(schemas(document)[ref] ?? null));
      }
    };
    visit(JSON.stringify(roots));
    return seen.has(name);
  };
  const operations = listOperations(document).map(({ operation }) => operation);
  return {
    name,
    schema: objectAt(schemas(document), name),
    isSent: reaches(operations.map((operation) => operation["requestBody"] ?? null)),
    isReceived: reaches(operations.map((operation) => operation["responses"] ?? null)),
  };
}

const answers: readonly JsonObject[] = [
  { "application/json": { schema: { type: "object", properties: { id: { type: "string" } } } } },
  { "application/x-ndjson": { schema: { $ref: "#/components/schemas/StreamChunk" } } },
  { "audio/ogg": {} },
  { "text/plain": {} },
];
const bodies: readonly JsonObject[] = [
  { "application/json": { schema: { $ref: "#/components/schemas/SessionCreate" } } },
  {
    "multipart/form-data": {
      schema: {
        type: "object",
        required: ["file"],
        properties: { file: { type: "string", format: "binary" } },
      },
    },
  },
];

export const mutations: Readonly<Record<string, Mutation>> = {
  "remove an operation": (document, pick) => {
    const { path, method } = pickOperation(document, pick);
    const item = objectAt(objectAt(document, "paths"), path);
    delete item[method.toLowerCase()];
    return kinds("operation-removed");
  },
  "add an operation": (document, pick) => {
    const method = pick(["get", "post", "put", "patch", "delete"]);
    const hasBody = method !== "get" && method !== "delete";
    objectAt(document, "paths")["/added/{added_id}"] = {
      [method]: {
        operationId: "doAdded",
        tags: [pick(["Sessions", "Brand New"])],
        parameters: [{ in: "path", name: "added_id", required: true, schema: { type: "string" } }],
        ...(hasBody ? { requestBody: { required: true, content: pick(bodies) } } : {}),
        responses: { "200": { description: "Done.", content: pick(answers) } },
      },
    };
    return kinds("operation-added");
  },
  "rename an operation": (document, pick) => {
    const { operation } = pickOperation(document, pick);
    operation["operationId"] = `${String(operation["operationId"])}Anew`;
    return kinds("operation-renamed");
  },
  "move an operation": (document, pick) => {
    const { path, method, operation } = pickOperation(document, pick);
    const paths = objectAt(document, "paths");
    delete objectAt(paths, path)[method.toLowerCase()];
    paths[`/moved${path}`] = { [method.toLowerCase()]: operation };
    return kinds("operation-moved");
  },
  "add a parameter": (document, pick) => {
    const { operation } = pickOperation(document, pick);
    const required = pick([true, false]);
    const parameters = listAt(operation, "parameters");
    const isFirst = !parameters.some((parameter) => get(parameter, "in") === "query");
    operation["parameters"] = [
      ...parameters,
      { in: "query", name: "added", required, schema: { type: pick(["string", "boolean", "integer"]) } },
    ];
    if (required) return kinds("parameter-required");
    return isFirst ? kinds("parameter-added", "arguments-shifted") : kinds("parameter-added");
  },
  "remove a parameter": (document, pick) => {
    const having = listOperations(document).filter(({ operation }) =>
      listAt(operation, "parameters").some((each) => get(each, "in") === "query"),
    );
    const { operation } = pick(having);
    const parameters = listAt(operation, "parameters");
    const gone = pick(parameters.filter((each) => get(each, "in") === "query"));
    operation["parameters"] = parameters.filter((each) => each !== gone);
    // An overlay may describe the parameter's other form, and stops the generator when it has gone.
    const mayStopAt = String(get(operation, "operationId"));
    return get(gone, "name") === "ids" ? undefined : { ...kinds("parameter-removed"), mayStopAt };
  },
  "add a property": (document, pick) => {
    const { schema, isSent } = pickSchema(document, pick);
    objectAt(schema, "properties")["added"] = { type: pick(["string", "number", "array"]) };
    return kinds(isSent ? "request-property-added" : "response-property-added");
  },
  "remove a property": (document, pick) => {
    const { schema, isSent } = pickSchema(document, pick);
    const name = pick(Object.keys(objectAt(schema, "properties")));
    delete objectAt(schema, "properties")[name];
    schema["required"] = listAt(schema, "required").filter((each) => each !== name);
    return kinds(isSent ? "request-property-removed" : "response-property-removed");
  },
  "retype a property": (document, pick) => {
    const { schema, isSent } = pickSchema(document, pick);
    const properties = objectAt(schema, "properties");
    const name = pick(Object.keys(properties));
    properties[name] = { type: get(properties[name], "type") === "boolean" ? "string" : "boolean" };
    return kinds(isSent ? "request-narrowed" : "response-retyped");
  },
  "require a property": (document, pick) => {
    const { schema, isSent } = pickSchema(document, pick);
    const open = Object.keys(objectAt(schema, "properties")).filter(
      (name) => !listAt(schema, "required").includes(name),
    );
    if (open.length === 0) return undefined;
    schema["required"] = [...listAt(schema, "required"), pick(open)];
    return kinds(isSent ? "request-required" : "response-required");
  },
  "add or remove an enum value": (document, pick) => {
    const hasValues = (each: unknown): each is JsonObject =>
      isObject(each) && listAt(each, "enum").length > 1;
    const { schema, isSent } = pickSchema(document, pick, (properties) => properties.some(hasValues));
    const property = pick(Object.values(objectAt(schema, "properties")).filter(hasValues));
    const values = listAt(property, "enum");
    const isAdded = pick([true, false]);
    property["enum"] = isAdded ? [...values, "BRAND_NEW"] : values.slice(1);
    const way = isSent ? "request" : "response";
    return kinds(isAdded ? `${way}-value-added` : `${way}-value-removed`);
  },
  "answer with another media type": (document, pick) => {
    const raw = pick(
      listOperations(document).filter(({ operation }) =>
        isObject(objectAt(objectAt(operation, "responses"), "200")["content"]),
      ),
    );
    const answer = objectAt(objectAt(raw.operation, "responses"), "200");
    const content = objectAt(answer, "content");
    const [type = ""] = Object.keys(content);
    const other = pick([
      "application/xml",
      type === "application/json" ? "text/event-stream" : "application/json",
    ]);
    answer["content"] = { [other]: content[type] ?? {} };
    return other === "application/xml"
      ? { stopsAt: idOf(raw) }
      : { ...kinds("response-kind-changed", "response-media-removed"), mayStopAt: idOf(raw) };
  },
  "take another media type": (document, pick) => {
    const raw = pick(listOperations(document).filter(({ operation }) => isObject(operation["requestBody"])));
    objectAt(raw.operation, "requestBody")["content"] = { "application/xml": {} };
    return { stopsAt: idOf(raw) };
  },
  "ask for another authorisation": (document, pick) => {
    const raw = pick(listOperations(document).filter((each) => idOf(each) !== "getJwt"));
    const isKnown = pick([true, false]);
    objectAt(objectAt(document, "components"), "securitySchemes")["strange"] = { type: "oauth2", flows: {} };
    raw.operation["security"] = [isKnown ? { heidiApiKey: [] } : { strange: [] }];
    return isKnown ? kinds("authorisation-changed") : { stopsAt: idOf(raw) };
  },
  "deprecate an operation": (document, pick) => {
    pickOperation(document, pick).operation["deprecated"] = true;
    return kinds("operation-deprecated");
  },
  "describe an operation": (document, pick) => {
    pickOperation(document, pick).operation["description"] = "Said otherwise */ `here`.";
    return kinds("texts-changed");
  },
  "rename a schema": (document, pick) => {
    const { name } = pickSchema(document, pick);
    const text = JSON.stringify(document).replaceAll(
      `#/components/schemas/${name}"`,
      `#/components/schemas/${name}Anew"`,
    );
    Object.assign(document, JSON.parse(text));
    const all = schemas(document);
    all[`${name}Anew`] = all[name] ?? {};
    delete all[name];
    return kinds("schema-renamed");
  },
  "use an operationId twice": (document, pick) => {
    const [first, second] = [pickOperation(document, pick), pickOperation(document, pick)];
    if (idOf(first) === idOf(second)) return undefined;
    second.operation["operationId"] = idOf(first);
    return { stopsAt: idOf(first) };
  },
};
