import { prismSpec, projectRoot } from "../../scripts/spec/effective.ts";
import { isObject, type JsonObject, objectAt, walk } from "../../scripts/spec/json.ts";
import { coerceToSchema } from "../../src/sandbox/coerce-to-schema.ts";
import type { Components, Schema } from "../../src/sandbox/schema.ts";
import { sampleOf } from "./sample.ts";

const itemOf = (schema: JsonObject): unknown => sampleOf(schema as Schema, "an item of a stream");

/** The three forms that `detail` can have, by the names under which a test asks the mock for them. */
export const details: Readonly<Record<"envelope" | "text" | "list", JsonObject[string]>> = {
  envelope: { msg: "Unknown template", type: "TemplateNotFoundError" },
  text: "The request could not be processed",
  list: [
    { loc: ["body", "template_id"], msg: "Field required", type: "missing" },
    { loc: ["body", "notes", 0], msg: "Input should be a string", type: "string_type" },
  ],
};

/**
 * The effective spec as Prism can judge by it. What is deprecated is still part of the contract, yet Prism counts its use
 * as a violation. Examples of answers follow the schemas, as the sandbox's answers do.
 */
function judgedDocument(): JsonObject {
  const document = prismSpec(projectRoot, itemOf);
  const schemas = objectAt(objectAt(document, "components"), "schemas") as Components;
  walk(document, (object) => {
    if (object["deprecated"] === true) delete object["deprecated"];
    if (isObject(object["schema"]) && object["example"] !== undefined)
      object["example"] = coerceToSchema(
        object["example"],
        object["schema"] as Schema,
        schemas,
      ) as JsonObject[string];
  });
  return document;
}

/** The effective spec as Prism can mock it, with every form of a 422 under a name. */
export function mockDocument(): JsonObject {
  const document = judgedDocument();
  const responses = objectAt(objectAt(document, "components"), "responses");
  const media = objectAt(objectAt(objectAt(responses, "Unprocessable"), "content"), "application/json");
  const usual = media["example"] ?? null;
  delete media["example"];
  media["examples"] = {
    usual: { value: usual },
    ...Object.fromEntries(Object.entries(details).map(([name, detail]) => [name, { value: { detail } }])),
  };
  return document;
}

/** A path that the sandbox does not have, described so that its answer (404 with a `detail`) breaks the description. */
export const canaryPath = "/contract-canary";

/** The effective spec as Prism can judge the sandbox by it, with an operation that must be found wrong. */
export function proxyDocument(): JsonObject {
  const document = judgedDocument();
  objectAt(document, "paths")[canaryPath] = {
    get: {
      operationId: "contractCanary",
      responses: {
        "404": {
          description: "An answer that the sandbox never gives.",
          content: { "application/json": { schema: { type: "object", required: ["canary"] } } },
        },
      },
    },
  };
  return document;
}
