import { encodeText } from "../utils/utf8.ts";
import type { HandlerResponse } from "./handler-context.ts";
import { resolveSchema, type Schema } from "./schema.ts";
import { components, type SpecOperation } from "./spec.ts";

/** Returns the response of an operation without a handler, from its example or schema. */
export function fallbackResponse(operation: SpecOperation): HandlerResponse {
  const { response } = operation.row;
  if (response === "empty") return { kind: "empty" };
  const value = operation.successExample ?? sample(operation.successSchema ?? {}, 0);
  if (response === "json") return { kind: "json", value };
  const said: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "data") : value;
  const text = typeof said === "string" ? said : "This is an example.";
  return response === "stream"
    ? { kind: "text", pieces: words(text) }
    : { kind: "bytes", bytes: encodeText(text) };
}

async function* words(text: string): AsyncGenerator<string, void, undefined> {
  yield* text.split(/(?<= )/);
}

const samples: Readonly<Record<string, string>> = {
  date: "2025-01-31",
  "date-time": "2025-01-31T09:30:00.000Z",
  email: "someone@clinic.example",
  uri: "https://clinic.example/",
  uuid: "00000000-0000-4000-8000-000000000000",
};

/** A small value that the schema accepts. */
export function sample(schema: Schema, depth: number): unknown {
  const target = resolveSchema(schema, components);
  const given = target.example ?? target.examples?.[0] ?? target.default ?? target.const ?? target.enum?.[0];
  if (given !== undefined) return given;
  if (depth > 8) return undefined;
  const choice = target.oneOf?.[0] ?? target.anyOf?.[0];
  if (choice !== undefined) return sample(choice, depth + 1);
  const parts = (target.allOf ?? []).map((part) => sample(part, depth + 1));
  const type = [target.type ?? (target.properties === undefined ? [] : "object")].flat()[0];
  switch (type) {
    case "object": {
      const own = Object.entries(target.properties ?? {}).map(([name, part]) => [
        name,
        sample(part, depth + 1),
      ]);
      return Object.assign({}, ...parts, Object.fromEntries(own));
    }
    case "array":
      return Array.from({ length: Math.max(1, target.minItems ?? 1) }, () =>
        sample(target.items ?? {}, depth + 1),
      );
    case "integer":
    case "number":
      return target.minimum ?? 1;
    case "boolean":
      return true;
    case "null":
      return null;
    case "string":
      return samples[target.format ?? ""] ?? "text".padEnd(target.minLength ?? 0, "x");
    default:
      return parts.length === 0 ? {} : Object.assign({}, ...parts);
  }
}
