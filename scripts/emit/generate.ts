import { loadSpec, projectRoot } from "../spec/effective.ts";
import { get, isObject, listAt, objectAt, textAt } from "../spec/json.ts";
import { type OperationModel, readOperations } from "../spec/model.ts";
import { SpecError, stop } from "../spec/problem.ts";
import { apiKeyHeader } from "../spec/security.ts";
import type { Spec } from "../spec/spec.ts";
import { emitClient } from "./client.ts";
import { findDrift, writeFiles } from "./files.ts";
import { acceptBothForms } from "./forms.ts";
import { emitLock } from "./lock.ts";
import { emitOperations } from "./operations.ts";
import { splitReadWrite } from "./read-write.ts";
import { emitSchema } from "./schema.ts";
import { emitSchemas } from "./schemas.ts";
import { header } from "./text.ts";
import { nameTypes } from "./types.ts";

/** Returns every file of `generated/` by its name, for a validated spec. */
export async function generate(spec: Spec): Promise<Map<string, string>> {
  const { document } = spec;
  const models: OperationModel[] = readOperations(spec);
  const marked = splitReadWrite(document);
  acceptBothForms(marked, models);
  const types = nameTypes(document, marked, models);
  return new Map([
    ["schema.ts", await emitSchema(marked)],
    ["types.ts", types.source],
    ["operations.ts", emitOperations(models)],
    ["client.ts", emitClient(document, models, types)],
    ["schemas.ts", emitSchemas(document, models)],
    ["server.ts", emitServer(spec, models)],
  ]);
}

/** Returns every generated file of the project in `root` by its path, including the lock. */
export async function generateFiles(root: string, spec: Spec = loadSpec(root)): Promise<Map<string, string>> {
  const files = new Map([...(await generate(spec))].map(([name, text]) => [`generated/${name}`, text]));
  return files.set("openapi/spec.lock.json", emitLock(root, spec.document));
}

/** Runs the `generate` command: prints the result and returns the exit code. */
export async function runGenerate(
  flags: readonly string[],
  print: (line: string) => void,
  root: string = projectRoot,
): Promise<number> {
  const unknown = flags.find((flag) => flag !== "--check");
  if (unknown !== undefined) {
    print(`Unknown option ${unknown}. Usage: npm run generate [-- --check]`);
    return 2;
  }
  try {
    const files = await generateFiles(root);
    return flags.length === 0 ? write(root, files, print) : check(root, files, print);
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    print(error.message);
    return 1;
  }
}

function write(root: string, files: ReadonlyMap<string, string>, print: (line: string) => void): number {
  const changed = writeFiles(root, files);
  print(changed.length === 0 ? "Generated files are up to date." : `Wrote ${changed.join(", ")}.`);
  return 0;
}

function check(root: string, files: ReadonlyMap<string, string>, print: (line: string) => void): number {
  const drift = findDrift(root, files);
  print(
    drift.length === 0
      ? "Generated files match the spec."
      : `${drift.join("\n\n")}\n\nRun \`npm run generate\` and commit the result.`,
  );
  return drift.length === 0 ? 0 : 1;
}

/** `generated/server.ts`: the default address and the header of the API key. */
function emitServer(spec: Spec, models: readonly OperationModel[]): string {
  const server = listAt(spec.document, "servers")[0];
  const place = spec.locate(["servers", 0]);
  const url = textAt(server, "url");
  if (url === undefined || !/^https?:\/\//.test(url)) {
    stop(place, "servers[0].url must be an absolute URL: it is the SDK's default address");
  }
  if (isObject(get(server, "variables")) && Object.keys(objectAt(server, "variables")).length > 0) {
    stop(place, "servers[0] has variables, which the SDK does not support: write the URL out in an overlay");
  }
  const keyHeader = apiKeyHeader(
    { spec },
    models.some(({ auth }) => auth === "apiKey"),
  );
  return `${header("Where the API is.")}/** The address of the spec's first server. */
export const serverUrl: string = ${JSON.stringify(url)};

/** The header that carries the API key; undefined when no operation needs one. */
export const apiKeyHeader: string | undefined = ${JSON.stringify(keyHeader) ?? "undefined"};
`;
}
