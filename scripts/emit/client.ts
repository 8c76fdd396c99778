import type { JsonObject } from "../spec/json.ts";
import type { OperationModel } from "../spec/model.ts";
import { camelCase, constantName, pascalCase } from "../spec/names.ts";
import { tagDescriptions } from "../spec/validate.ts";
import { exampleOf } from "./examples.ts";
import { isOmissible } from "./forms.ts";
import { docComment, header } from "./text.ts";
import type { TypeNames } from "./types.ts";

interface Group {
  readonly name: string;
  readonly typeName: string;
  readonly doc: string;
  readonly models: readonly OperationModel[];
}

/** `generated/client.ts`: typed groups of methods, one line each, over the transport. */
export function emitClient(
  document: JsonObject,
  models: readonly OperationModel[],
  types: TypeNames,
): string {
  const taken = new Set(types.names);
  const tags = tagDescriptions(document);
  const user = groupsOf(
    models.filter(({ auth }) => auth !== "apiKey"),
    tags,
    taken,
    "",
  );
  const tenant = groupsOf(
    models.filter(({ auth }) => auth === "apiKey"),
    tags,
    taken,
    "Tenant",
  );
  const groups = [...user, ...tenant];
  const ids = new Set(models.flatMap(argumentNames));
  const example = (model: OperationModel): string =>
    exampleOf(document, model, { path: argumentNames(model), ids });
  const body = [
    ...groups.map((group) => interfaceOf(group, types, example)),
    apiInterface("UserApi", "Every operation that acts for a user.", user),
    apiInterface("TenantApi", "Every operation that the API key itself authorises.", tenant),
    factory("User", user, types),
    factory("Tenant", tenant, types),
  ].join("\n");
  return `${header("The client: grouped methods over the operations.")}${imports(body, types)}\n${body}`;
}

function groupsOf(
  models: readonly OperationModel[],
  tags: ReadonlyMap<string, string>,
  taken: Set<string>,
  prefix: string,
): Group[] {
  const byName = new Map<string, OperationModel[]>();
  for (const model of models) byName.set(model.group, [...(byName.get(model.group) ?? []), model]);
  return [...byName].map(([name, members]) => {
    let typeName = `${pascalCase(name)}Api`;
    if (taken.has(typeName) || typeName === "UserApi" || typeName === "TenantApi")
      typeName = prefix + typeName;
    while (taken.has(typeName) || typeName === "UserApi" || typeName === "TenantApi")
      typeName = `${typeName}Group`;
    taken.add(typeName);
    const tag = [...tags].find(([each]) => camelCase(each) === name);
    return { name, typeName, doc: tag?.[1] || `The ${name} operations.`, models: members };
  });
}

function imports(body: string, types: TypeNames): string {
  const isUsed = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(body);
  const fromSource = [
    ["JsonStream", "../src/stream/json-stream.ts"],
    ["OperationClient", "../src/http/operation.ts"],
    ["RequestOptions", "../src/http/options.ts"],
    ["UploadOptions", "../src/http/options.ts"],
    ["ApiPromise", "../src/http/promise.ts"],
  ] as const;
  const files = [...new Set(fromSource.map(([, file]) => file))];
  const lines = files.flatMap((file) => {
    const names = fromSource.filter(([name, each]) => each === file && isUsed(name)).map(([name]) => name);
    return names.length === 0 ? [] : [`import type { ${names.join(", ")} } from "${file}";\n`];
  });
  const named = types.names.filter((name) => new RegExp(`[:<|] ?${name}\\b`).test(body));
  const aliases =
    named.length === 0
      ? ""
      : `import type {\n${named.map((name) => `  ${name},\n`).join("")}} from "./types.ts";\n`;
  const table = isUsed("op") ? 'import * as op from "./operations.ts";\n' : "";
  return `${lines.join("")}${table}${aliases}`;
}

function interfaceOf(group: Group, types: TypeNames, example: (model: OperationModel) => string): string {
  const methods = group.models.map(
    (model) => `${methodDoc(model, example(model), "  ")}  ${signature(model, types)};\n`,
  );
  return `${docComment([group.doc], "")}export interface ${group.typeName} {\n${methods.join("\n")}}\n`;
}

function apiInterface(name: string, doc: string, groups: readonly Group[]): string {
  const members = groups.map(
    (group) => `${docComment([group.doc], "  ")}  readonly ${group.name}: ${group.typeName};\n`,
  );
  return `${docComment([doc], "")}export interface ${name} {\n${members.join("")}}\n`;
}

function signature(model: OperationModel, types: TypeNames): string {
  const { body } = model;
  const bodyType = types.body(model);
  const queryType = types.query(model);
  const queryRequired = model.query.some(({ name, required }) => required && !isOmissible(model, name));
  const parts = [
    ...model.pathParameters.map(
      ({ rule }, index) => `${argumentNames(model)[index]}: ${pathType(rule.enum)}`,
    ),
    // An argument is optional only when no later one is required.
    ...(body && bodyType
      ? [
          `body${body.required || queryRequired ? "" : "?"}: ${bodyType}${!body.required && queryRequired ? " | undefined" : ""}`,
        ]
      : []),
    ...(queryType ? [`query${queryRequired ? "" : "?"}: ${queryType}`] : []),
    `options?: ${body?.kind === "multipart" ? "UploadOptions" : "RequestOptions"}`,
  ];
  const wrapper = model.response.kind === "stream" ? "JsonStream" : "ApiPromise";
  return `${model.methodName}(${parts.join(", ")}): ${wrapper}<${types.result(model)}>`;
}

/** Returns the type of a path parameter. Ids are strings, even where a spec says integer: a number cannot hold 39 digits. */
function pathType(values: readonly string[] | undefined): string {
  return values?.map((value) => JSON.stringify(value)).join(" | ") ?? "string";
}

/** Returns the argument names: the spec's names, such as `session_id`, where they are valid identifiers. */
function argumentNames(model: OperationModel): string[] {
  return model.pathParameters.map(({ name }) => {
    const plain = name.replaceAll(/[^\w$]/g, "_").replace(/^(?=\d)/, "_");
    return ["body", "query", "options", "caller", "op"].includes(plain) ? `${plain}_` : constantName(plain);
  });
}

function factory(kind: "User" | "Tenant", groups: readonly Group[], types: TypeNames): string {
  const members = groups.map((group) => {
    const methods = group.models.map((model) => `      ${implementation(model, types)},\n`);
    return `    ${group.name}: {\n${methods.join("")}    },\n`;
  });
  const doc = `Binds the operations of {@link ${kind}Api} to something that can run them.`;
  const caller = groups.length === 0 ? "_caller" : "caller";
  return `/** ${doc} */\nexport function create${kind}Api(${caller}: OperationClient): ${kind}Api {\n  return {\n${members.join("")}  };\n}\n`;
}

function implementation(model: OperationModel, types: TypeNames): string {
  const path = argumentNames(model);
  const { body } = model;
  const hasQuery = types.query(model) !== undefined;
  const parameters = [
    ...path,
    ...(body ? [body.hasDefault ? "body = {}" : "body"] : []),
    ...(hasQuery ? ["query"] : []),
    "options",
  ];
  const input = [
    ...(path.length > 0 ? [`path: [${path.join(", ")}]`] : []),
    ...(body ? ["body"] : []),
    ...(hasQuery ? ["query"] : []),
  ];
  const run = model.response.kind === "stream" ? "stream" : "call";
  const argument = input.length === 0 ? "{}" : `{ ${input.join(", ")} }`;
  return `${model.methodName}: (${parameters.join(", ")}) => caller.${run}(op.${constantName(model.id)}, ${argument}, options)`;
}

/** Returns the TSDoc of a method: the spec's text, the HTTP method and path, the arguments, the errors and an example. */
function methodDoc(model: OperationModel, example: string, indent: string): string {
  const { summary, description, deprecated } = model;
  const names = argumentNames(model);
  const sentence = description ?? summary ?? `Calls ${model.id}.`;
  const lines = [
    endSentence(sentence),
    `\`${model.method} ${model.path}\` (${model.id})`,
    ...model.pathParameters.map(
      ({ description: text }, index) => text && `@param ${names[index]} - ${endSentence(text)}`,
    ),
    `@throws ${throws(model)}`,
    deprecated ? "@deprecated The API marks this operation as deprecated." : undefined,
    `@example\n${example}`,
  ];
  return docComment(lines, indent);
}

function throws(model: OperationModel): string {
  const numbers = model.errorStatuses.filter((status) => /^\d+$/.test(status));
  const statuses = numbers.length > 0 ? ` on ${numbers.join(", ")}` : "";
  const stream = model.response.kind === "stream" ? ", HeidiStreamError when it breaks off" : "";
  return `HeidiApiError${statuses}${stream}; else another HeidiError.`;
}

function endSentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?:]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
