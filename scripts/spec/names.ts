import { get, listAt } from "./json.ts";
import type { Context } from "./types.ts";

/** The names of the client's own members, which a group cannot use. */
const TAKEN_GROUPS = ["request", "token", "consult", "close", "then", "constructor"];

/** Returns `x-sdk-name` if an overlay sets it, otherwise the tag and the operationId. */
export function readNames(context: Context): {
  name: string;
  group: string;
  methodName: string;
  tag: string | undefined;
} {
  const { operation } = context.raw;
  const tag = listAt(operation, "tags").find((value) => typeof value === "string");
  const written = get(operation, "x-sdk-name");
  const name = written ?? `${camelCase(tag ?? "other")}.${camelCase(context.id)}`;
  const match = /^([a-z][A-Za-z0-9]*)\.([a-z][A-Za-z0-9]*)$/.exec(String(name));
  if (!match?.[1] || !match[2]) {
    return context.fail(
      `has no usable name (${String(name)}): set x-sdk-name to \`group.method\` in an overlay`,
      "x-sdk-name",
    );
  }
  if (TAKEN_GROUPS.includes(match[1]) || match[2] === "then") {
    context.fail(
      `would be called ${match[0]}, which the SDK uses for itself: set another x-sdk-name in an overlay`,
      "x-sdk-name",
    );
  }
  return { name: match[0], group: match[1], methodName: match[2], tag };
}

/** Converts `Ask Heidi` and `ask-heidi` to `askHeidi`; a camel-case name stays unchanged. */
export function camelCase(text: string): string {
  const pascal = pascalCase(text);
  const capitals = /^[A-Z]+(?=[A-Z][a-z]|\d|$)/.exec(pascal)?.[0] ?? pascal.slice(0, 1);
  return capitals.toLowerCase() + pascal.slice(capitals.length);
}

export function pascalCase(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter(Boolean);
  const joined = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
  return /^\d/.test(joined) ? `N${joined}` : joined;
}

const NO_IDENTIFIERS = [
  "break case catch class const continue debugger default delete do else enum export extends false finally for",
  "function if import in instanceof new null return super switch this throw true try typeof var void while with",
  "yield let static await async of eval arguments implements interface package private protected public",
  "operations Operation OperationOverrides defineOperation undefined NaN Infinity",
].flatMap((words) => words.split(" "));

/** Returns the name of an operation's constant: its operationId as an identifier. */
export function constantName(id: string): string {
  const name = /^[A-Za-z_$][\w$]*$/.test(id) ? id : camelCase(id);
  // The constants of the operation table begin with $.
  return NO_IDENTIFIERS.includes(name) || name.startsWith("$") ? `${name}Operation` : name;
}
