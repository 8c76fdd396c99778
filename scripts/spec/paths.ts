import { isObject, type JsonObject, listAt, objectAt, type Pointer, textAt } from "./json.ts";
import { deref } from "./spec.ts";

/** An operation as it is written, with its place and its own and inherited parameters, references followed. */
export interface RawOperation {
  readonly path: string;
  /** Upper case. */
  readonly method: string;
  readonly pointer: Pointer;
  readonly operation: JsonObject;
  readonly pathItem: JsonObject;
  readonly parameters: readonly JsonObject[];
}

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/** Every operation in document order. */
export function listOperations(document: JsonObject): RawOperation[] {
  return Object.entries(objectAt(document, "paths"))
    .filter(([path]) => path.startsWith("/"))
    .flatMap(([path, item]) => {
      const pathItem = deref(document, item);
      return Object.keys(pathItem)
        .filter((method) => METHODS.includes(method) && isObject(pathItem[method]))
        .map((method) => {
          const operation = objectAt(pathItem, method);
          return {
            path,
            method: method.toUpperCase(),
            pointer: ["paths", path, method],
            operation,
            pathItem,
            parameters: mergeParameters(document, pathItem, operation),
          };
        });
    });
}

/** The operation's own parameter of the same name and place replaces the path's. */
function mergeParameters(document: JsonObject, pathItem: JsonObject, operation: JsonObject): JsonObject[] {
  const merged = new Map<string, JsonObject>();
  for (const parameter of [...listAt(pathItem, "parameters"), ...listAt(operation, "parameters")]) {
    const resolved = deref(document, parameter);
    merged.set(`${textAt(resolved, "in")}:${textAt(resolved, "name")}`, resolved);
  }
  return [...merged.values()];
}
