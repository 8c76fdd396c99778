import { httpError, httpErrorWithText } from "./http-error.ts";
import type { SpecOperation } from "./spec.ts";

/** The prefix of Heidi's paths on every host. */
export const PATH_PREFIX = "/api/v2/ml-scribe/open-api";

/** The operation of a request. */
export interface Match {
  readonly operation: SpecOperation;
  readonly path: ReadonlyMap<string, string>;
}

/** Finds the operation of a method and path; rejects with 404, or with 405 when only the method is wrong. */
export type Router = (method: string, path: string) => Match;

interface Route {
  readonly operation: SpecOperation;
  readonly segments: readonly { readonly pattern: RegExp; readonly names: readonly string[] }[];
}

/** A router over the operations table. Where two templates fit, the one with more literal segments wins. */
export function createRouter(operations: readonly SpecOperation[]): Router {
  const routes = operations.map(toRoute).sort((one, other) => variables(one) - variables(other));
  return (method, path) => {
    if (path !== PATH_PREFIX && !path.startsWith(`${PATH_PREFIX}/`)) throw notFound();
    const segments = path.slice(PATH_PREFIX.length).split("/").map(decode);
    const fitting = routes.flatMap((route) => {
      const values = valuesOf(route, segments);
      return values === undefined
        ? []
        : [{ operation: route.operation, path: values, variables: variables(route) }];
    });
    // A template with fewer variables hides the others: `/sessions/linked-user` is no session's id.
    const fewest = fitting[0]?.variables;
    const best = fitting.filter((match) => match.variables === fewest);
    if (best.length === 0) throw notFound();
    const match = best.find(({ operation }) => operation.row.method === method);
    if (match !== undefined) return match;
    const allow = best.map(({ operation }) => operation.row.method).join(", ");
    throw httpErrorWithText(405, "Method Not Allowed", { allow });
  };
}

function notFound(): Error {
  return httpErrorWithText(404, "Not Found");
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw httpError(400, "BadRequestError", "The path is not properly percent-encoded");
  }
}

function variables(route: Route): number {
  return route.segments.reduce((sum, segment) => sum + segment.names.length, 0);
}

function toRoute(operation: SpecOperation): Route {
  const segments = operation.row.path.split("/").map((template) => {
    const names: string[] = [];
    const source = template
      .split(/(\{[^}]+\})/)
      .map((piece) => {
        if (!piece.startsWith("{")) return piece.replace(/[^\w-]/g, String.raw`\$&`);
        names.push(piece.slice(1, -1));
        return "(.+)";
      })
      .join("");
    return { pattern: new RegExp(`^${source}$`, "s"), names };
  });
  return { operation, segments };
}

function valuesOf(route: Route, segments: readonly string[]): ReadonlyMap<string, string> | undefined {
  if (route.segments.length !== segments.length) return undefined;
  const values = new Map<string, string>();
  for (const [index, { pattern, names }] of route.segments.entries()) {
    const found = pattern.exec(segments[index] ?? "");
    if (found === null) return undefined;
    names.forEach((name, at) => void values.set(name, found[at + 1] ?? ""));
  }
  return values;
}
