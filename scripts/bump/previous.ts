import type { OperationModel } from "../spec/model.ts";

/** Beside `generated/`, so that imports from `src/` mean the same; exists only in the compiler's view. */
const FOLDER = "previous";
export const previousCheck: string = `${FOLDER}/check.ts`;

/**
 * The previous generated files, and a module that uses each operation's new method where the previous one is asked for.
 * It compiles when code written for the previous version does.
 */
export function previousFiles(
  generated: ReadonlyMap<string, string>,
  before: readonly OperationModel[],
  after: readonly OperationModel[],
): Map<string, string> {
  const files = new Map(
    [...generated].map(([file, text]) => [file.replace(/^generated\//, `${FOLDER}/`), text]),
  );
  const names = new Map(after.map((model) => [model.name, model]));
  const lines = before.flatMap((model) => {
    const now = names.get(model.name);
    const { group, methodName } = model;
    if (now === undefined || apiOf(now) !== apiOf(model)) return [];
    const old = `Old${apiOf(model)}[${JSON.stringify(group)}][${JSON.stringify(methodName)}]`;
    return [
      `export const ${group}_${methodName}: AsFunction<${old}> = new${apiOf(model)}.${group}.${methodName};`,
    ];
  });
  return files.set(previousCheck, `${PREAMBLE}${lines.join("\n")}\n`);
}

// Parameters of methods are compared loosely, those of functions strictly: hence the conversion.
const PREAMBLE = `import type { TenantApi, UserApi } from "../generated/client.ts";
import type { TenantApi as OldTenantApi, UserApi as OldUserApi } from "./client.ts";
type AsFunction<T> = T extends (...input: infer I) => infer R ? (...input: I) => R : never;
declare const newUserApi: UserApi;
declare const newTenantApi: TenantApi;
export type Used = [typeof newUserApi, typeof newTenantApi, OldUserApi, OldTenantApi, AsFunction<() => void>];
`;

function apiOf({ auth }: OperationModel): "TenantApi" | "UserApi" {
  return auth === "apiKey" ? "TenantApi" : "UserApi";
}

/** The names of the operations that code for the previous version can no longer call, from the check's problems. */
export function brokenOperations(check: string, problems: readonly string[]): string[] {
  const lines = check.split("\n");
  const names = problems.flatMap((problem) => {
    const line = lines[Number(/:(\d+):/.exec(problem)?.[1] ?? 0) - 1] ?? "";
    const match = /^export const ([A-Za-z\d]+)_([A-Za-z\d]+):/.exec(line);
    return match ? [`${match[1]}.${match[2]}`] : [];
  });
  return [...new Set(names)];
}
