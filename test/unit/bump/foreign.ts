import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { generate } from "../../../scripts/emit/generate.ts";
import { get, isObject, type JsonObject, listAt, objectAt } from "../../../scripts/spec/json.ts";
import { listOperations } from "../../../scripts/spec/paths.ts";
import { SpecError } from "../../../scripts/spec/problem.ts";
import { parseSource } from "../../../scripts/spec/source.ts";
import { createSpec, deref } from "../../../scripts/spec/spec.ts";
import { validate } from "../../../scripts/spec/validate.ts";

const folder = join(
  dirname(createRequire(import.meta.url).resolve("@readme/oas-examples/package.json")),
  "3.1/json",
);

/** What became of another API's description. */
export interface Foreign {
  readonly name: string;
  readonly document: JsonObject;
  readonly files: ReadonlyMap<string, string>;
  readonly problems: readonly string[];
}

export const foreignNames: readonly string[] = readdirSync(folder).filter((name) => name.endsWith(".json"));

export function readForeign(name: string): JsonObject {
  return JSON.parse(readFileSync(join(folder, name), "utf8")) as JsonObject;
}

export async function generateForeign(name: string, document: JsonObject): Promise<Foreign> {
  try {
    const spec = createSpec(parseSource(name, JSON.stringify(document, null, 2)));
    validate(spec);
    return { name, document, files: await generate(spec), problems: [] };
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return { name, document, files: new Map(), problems: error.problems };
  }
}

/** What an overlay would do for such an API: only what the SDK names as unknown is taken away or replaced. */
export function overlaid(original: JsonObject): JsonObject {
  const document = structuredClone(original);
  document["paths"] ??= {};
  const schemes = objectAt(objectAt(document, "components"), "securitySchemes");
  for (const name of Object.keys(schemes)) schemes[name] = { type: "http", scheme: "bearer" };
  for (const { operation, path, method, pathItem } of listOperations(document)) {
    operation["operationId"] ??= `${method.toLowerCase()}${path.replaceAll(/\W+/g, "_")}`;
    for (const owner of [operation, pathItem])
      if (owner["parameters"])
        owner["parameters"] = listAt(owner, "parameters").filter((each) => isKnown(document, each));
    const responses = objectAt(operation, "responses");
    if (!Object.keys(responses).some((status) => status.startsWith("2")))
      operation["responses"] = { ...responses, "204": { description: "Done." } };
    const security = listAt(operation, "security")
      .filter(isObject)
      .filter((each) => Object.keys(each).length === 1);
    if (operation["security"]) operation["security"] = security;
    delete operation["servers"];
    delete operation["callbacks"];
    for (const owner of [
      operation["requestBody"] ?? null,
      ...Object.values(objectAt(operation, "responses")),
    ])
      dropUnknownMedia(objectAt(deref(document, owner), "content"));
    if (Object.keys(objectAt(deref(document, operation["requestBody"]), "content")).length === 0)
      delete operation["requestBody"];
  }
  const server = listAt(document, "servers")[0];
  document["servers"] = [
    {
      url:
        String(get(server, "url") ?? "").startsWith("https://") && !get(server, "variables")
          ? (get(server, "url") ?? "")
          : "https://api.example.com",
    },
  ];
  return document;
}

function isKnown(document: JsonObject, written: unknown): boolean {
  const parameter = deref(document, isObject(written) ? written : {});
  const place = get(parameter, "in");
  if (place !== "path" && place !== "query") return false;
  if (place === "path" && isObject(parameter)) {
    delete parameter["style"];
    parameter["schema"] = { type: "string" };
  }
  const isObjectType = get(deref(document, get(parameter, "schema")), "type") === "object";
  return (
    place === "path" ||
    !(
      isObjectType ||
      get(parameter, "explode") === false ||
      get(parameter, "content") ||
      get(parameter, "allowReserved") ||
      (get(parameter, "style") ?? "form") !== "form"
    )
  );
}

function dropUnknownMedia(content: JsonObject): void {
  for (const [type, media] of Object.entries(content)) {
    if (!/^(application\/json|multipart\/form-data)$/.test(type)) delete content[type];
    else if (isObject(media)) delete media["encoding"];
  }
}
