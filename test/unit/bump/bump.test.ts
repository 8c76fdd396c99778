import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { bump } from "../../../scripts/bump/bump.ts";
import { pull } from "../../../scripts/bump/description.ts";
import { runGenerate } from "../../../scripts/emit/generate.ts";
import { bundledFile, projectRoot } from "../../../scripts/spec/effective.ts";
import { type Edit, edited } from "./compared.ts";

const bundled = readFileSync(join(projectRoot, bundledFile), "utf8");
const next = (...edits: Edit[]): string => edited(edits, bundled);

/** A copy of what a bump reads and writes. */
function copyProject(): string {
  const root = mkdtempSync(join(tmpdir(), "project-"));
  for (const path of ["openapi", "generated", "src", ".changeset", "package.json", "tsconfig.json"])
    cpSync(join(projectRoot, path), join(root, path), { recursive: true });
  symlinkSync(join(projectRoot, "node_modules"), join(root, "node_modules"));
  return root;
}

/** Every file of the project with its text. */
function snapshot(root: string): Map<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !file.includes("node_modules"))
      .map((file) => [file.slice(root.length + 1), readFileSync(file, "utf8")]),
  );
}

describe("a description that cannot be taken", () => {
  const root = copyProject();
  const before = snapshot(root);
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it.each([
    [
      "is not YAML",
      "openapi: 3.1.0\npaths: {\n",
      /^next\.yaml:\d+: not YAML .*: correct the file or use another one$/,
    ],
    ["is not text", "\0\0", /^next\.yaml:1: not text/],
    ["is a web page", "<!doctype html>\n<title>Sign in</title>\n", /^next\.yaml:1: not (YAML|an OpenAPI)/],
    [
      "is OpenAPI 3.0",
      bundled.replace("openapi: 3.1.0", "openapi: 3.0.3"),
      /^next\.yaml:1: `openapi` must be a 3\.1 version/,
    ],
    [
      "refers to nothing",
      next(["schema: { $ref: '#/components/schemas/Jwt' }", "schema: { $ref: '#/components/schemas/Gone' }"]),
      /^next\.yaml:\d+: \$ref #\/components\/schemas\/Gone does not resolve: define it/,
    ],
    [
      "uses an operationId twice",
      next(["operationId: getSession\n", "operationId: createSession\n"]),
      /^next\.yaml:\d+: operationId `createSession` is used twice, first at next\.yaml:\d+: rename/,
    ],
    [
      "does not define a path parameter",
      next(["  /sessions/{session_id}/ask-ai:", "  /sessions/{session_id}/{other}/ask-ai:"]),
      /^next\.yaml:\d+: operation `askHeidi` has \{other\} in its path but no such parameter: define/,
    ],
    [
      "gives two operations one name",
      next([
        "  /sessions/{session_id}/ask-ai:\n",
        "  /a: { get: { operationId: a, x-sdk-name: sessions.get, responses: { '204': { description: A } } } }\n  /sessions/{session_id}/ask-ai:\n",
      ]),
      /^next\.yaml:\d+: operations `getSession` and `a` are both called sessions\.get: give/,
    ],
    [
      "has a server with variables",
      next([
        "  - url: https://registrar.api.heidihealth.com/api/v2/ml-scribe/open-api\n",
        "  - url: https://{region}.heidihealth.com\n    variables: { region: { default: au } }\n",
      ]),
      /^next\.yaml:\d+: servers\[0\] has variables, which the SDK does not support: write the URL out/,
    ],
  ] as const)("is refused with one line when it %s, and nothing is touched", async (_, text, message) => {
    const error = await bump(root, "next.yaml", text).catch((reason: unknown) => reason);
    expect(String((error as Error).message).split("\n")[0]).toMatch(message);
    expect(snapshot(root)).toEqual(before);
  });

  it("is refused by the lint, with its line", async () => {
    const text = next(["summary: Exchange API Key For JWT", "sumary: Exchange API Key For JWT"]);
    await expect(pull(root, "next.yaml", text)).rejects.toThrow(
      /^next\.yaml:\d+: Property `sumary` is not expected here: correct it, or report it to the API's owner$/,
    );
    expect(snapshot(root)).toEqual(before);
  });

  it("says which patch of ours has arrived upstream", async () => {
    const text = next([
      "      operationId: generateDocument\n",
      "      operationId: generateDocument\n      x-sdk-time: slow\n",
    ]);
    await expect(bump(root, "next.yaml", text)).rejects.toThrow(
      /^openapi\/overlays\/20-runtime\.overlay\.yaml:\d+: action \d+ \("generateDocument answers only .*"\) changes nothing: upstream already includes this change; delete the action$/,
    );
    expect(snapshot(root)).toEqual(before);
  });

  it("is only pulled: the description and its lock are written, the code is not", async () => {
    const text = `${bundled}# The end.\n`;
    expect(await pull(root, "next.yaml", text)).toEqual([bundledFile, "openapi/spec.lock.json"]);
    expect(await pull(root, "next.yaml", text)).toEqual([]);
    expect(await runGenerate(["--check"], () => undefined, root)).toBe(0);
  });
});
