import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Document, visit } from "yaml";
import { isObject, type JsonObject, objectAt, walk } from "./json.ts";
import { parseSource, type Source } from "./source.ts";
import { createSpec, type Spec } from "./spec.ts";
import { validate } from "./validate.ts";

/** The folder that holds `openapi/` and `generated/`. */
export const projectRoot: string = fileURLToPath(new URL("../../", import.meta.url));
export const bundledFile = "openapi/heidi.openapi.yaml";

export function overlayFiles(root: string = projectRoot): string[] {
  return readdirSync(`${root}/openapi/overlays`)
    .filter((file) => file.endsWith(".overlay.yaml"))
    .sort()
    .map((file) => `openapi/overlays/${file}`);
}

/** Reads the spec of the project in `root`, applies the overlays and validates the result. */
export function loadSpec(root: string = projectRoot): Spec {
  const read = (file: string): Source => parseSource(file, readFileSync(`${root}/${file}`, "utf8"));
  const spec = createSpec(read(bundledFile), overlayFiles(root).map(read));
  validate(spec);
  return spec;
}

/** Returns the effective spec as data: the bundled file with its overlays, validated. Each call returns a new copy. */
export function effectiveSpec(root: string = projectRoot): JsonObject {
  return loadSpec(root).document;
}

/** Returns the effective spec as the package contains it (`heidi-health-sdk/openapi.yaml`). */
export function effectiveYaml(root: string = projectRoot): string {
  const note = `# Built from ${bundledFile} and ${overlayFiles(root).length} overlays: edit those, not this file.\n`;
  return note + toYaml(effectiveSpec(root));
}

/** The longest collection written on one line; without it, indentation would be a third of the file. */
const SHORT = 240;

/** Writes YAML; quotes strings that a YAML 1.1 reader would parse as a date or a boolean. */
export function toYaml(document: JsonObject): string {
  const tree = new Document(document, { schema: "yaml-1.1", aliasDuplicateObjects: false });
  visit(tree, {
    Collection(_, node) {
      const text = JSON.stringify(node);
      if (text.length > SHORT || text.includes("\\n")) return undefined;
      node.flow = true;
      return visit.SKIP;
    },
  });
  return tree.toString({ lineWidth: 0, flowCollectionPadding: false });
}

export const streamTypes: readonly string[] = ["application/x-ndjson", "text/event-stream"];

/**
 * Returns the effective spec for Prism, which validates a whole stream against the schema of one item, and sends a stream
 * only from a string. So a streamed body is a string here, and its example is a few lines of the described item. Our own
 * decoder checks the items against the real schema. Where the description has no example, as in a new operation, `itemOf`
 * creates one from its schema.
 */
export function prismSpec(root: string = projectRoot, itemOf?: (schema: JsonObject) => unknown): JsonObject {
  const document = effectiveSpec(root);
  walk(document, (object) => {
    const content = objectAt(object, "content");
    for (const type of streamTypes) {
      const media = content[type];
      if (!isObject(media)) continue;
      const { example } = media;
      if (isObject(example))
        media["example"] = itemsOf(example)
          .map((one) => `${JSON.stringify(one)}\n`)
          .join("");
      else if (itemOf && example === undefined && media["examples"] === undefined)
        media["example"] = `${JSON.stringify(itemOf(objectAt(media, "schema")))}\n`;
      media["schema"] = { type: "string" };
    }
  });
  return document;
}

/** Splits the text of an item into a stream of items, one word each. */
export function itemsOf(item: JsonObject): JsonObject[] {
  const { data } = item;
  if (typeof data !== "string") return [item];
  return (data.match(/\S+\s*/g) ?? [data]).map((word) => ({ ...item, data: word }));
}
