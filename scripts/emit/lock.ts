import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { bundledFile, overlayFiles } from "../spec/effective.ts";
import { type JsonObject, objectAt } from "../spec/json.ts";

/** Incremented manually when the generator's output changes for the same spec. */
const GENERATOR_FORMAT = 2;

/** `openapi/spec.lock.json`: the inputs of the generated files. */
export function emitLock(root: string, document: JsonObject): string {
  const hash = (file: string): string =>
    createHash("sha256")
      .update(readFileSync(`${root}/${file}`))
      .digest("hex");
  const inputs = [bundledFile, ...overlayFiles(root)];
  const lock = {
    version: objectAt(document, "info")["version"],
    inputs: Object.fromEntries(inputs.map((file) => [file, `sha256:${hash(file)}`])),
    generators: {
      format: GENERATOR_FORMAT,
      "openapi-typescript": installedVersion("openapi-typescript"),
      "openapi-fetch": installedVersion("openapi-fetch"),
    },
  };
  return `${JSON.stringify(lock, null, 2)}\n`;
}

function installedVersion(name: string): string {
  const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  const manifest: { version: string } = JSON.parse(readFileSync(file, "utf8"));
  return manifest.version;
}
