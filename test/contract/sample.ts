import { resolveSchema, type Schema } from "../../src/sandbox/schema.ts";
import { components } from "../../src/sandbox/spec.ts";

const formats: Readonly<Record<string, string>> = {
  date: "1980-12-10",
  "date-time": "2024-08-01T09:00:00Z",
  email: "dr@clinic.example",
  uri: "https://clinic.example/letter",
  uuid: "7c9e6679-7425-40de-944b-e07fc1f90ae7",
};

/** A value that the schema accepts; throws where one cannot be made up and has to be written by hand. */
export function sampleOf(schema: Schema, what: string): unknown {
  const target = resolveSchema(schema, components);
  const given = target.example ?? target.examples?.[0] ?? target.const ?? target.default ?? target.enum?.[0];
  if (given !== undefined) return given;
  const choice = target.oneOf?.[0] ?? target.anyOf?.[0];
  if (choice !== undefined) return sampleOf(choice, what);
  switch ([target.type].flat().find((type) => type !== "null")) {
    case "array":
      return [sampleOf(target.items ?? {}, `${what}[0]`)];
    case "boolean":
      return true;
    case "integer":
    case "number":
      return target.minimum ?? target.maximum ?? 1;
    case "object":
      return Object.fromEntries(
        Object.entries(target.properties ?? {}).map(([name, part]) => [
          name,
          sampleOf(part, `${what}.${name}`),
        ]),
      );
    case "string":
      return sampleText(target, what);
    default:
      throw new Error(`no value can be made up for ${what}: add one to test/contract/inputs.ts`);
  }
}

function sampleText({ format, pattern, minLength = 0, maxLength }: Schema, what: string): string {
  if (pattern !== undefined || (format !== undefined && !Object.hasOwn(formats, format))) {
    throw new Error(
      `no text can be made up for ${what} (${pattern ?? format}): add one to test/contract/inputs.ts`,
    );
  }
  return (formats[format ?? ""] ?? "Dry cough").padEnd(minLength, ".").slice(0, maxLength);
}
