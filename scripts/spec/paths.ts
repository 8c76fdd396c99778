import { isObject, type JsonObject, listAt, objectAt, textAt } from "./json.ts";
import { deref } from "./spec.ts";
import type { RawOperation } from "./types.ts";

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/** Returns every operation in document order. */
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

/** Merges the parameters of path and operation; the operation's parameter replaces one with the same name and place. */
function mergeParameters(document: JsonObject, pathItem: JsonObject, operation: JsonObject): JsonObject[] {
  const merged = new Map<string, JsonObject>();
  for (const parameter of [...listAt(pathItem, "parameters"), ...listAt(operation, "parameters")]) {
    const resolved = deref(document, parameter);
    merged.set(`${textAt(resolved, "in")}:${textAt(resolved, "name")}`, resolved);
  }
  return [...merged.values()];
}
