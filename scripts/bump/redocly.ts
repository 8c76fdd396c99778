import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { isObject, type Json, type JsonObject, listAt, textAt } from "../spec/json.ts";
import type { Change } from "./rules.ts";

const TIMEOUT_MS = 60_000;
const run = promisify(execFile);

/** Runs redocly in an empty folder without configuration, with its network features off. */
async function redocly(
  files: Readonly<Record<string, string>>,
  args: readonly string[],
  report: string,
): Promise<Json> {
  const manifest = createRequire(import.meta.url).resolve("@redocly/cli/package.json");
  const folder = mkdtempSync(join(tmpdir(), "redocly-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const off = { REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", CI: "true" };
    const options = {
      cwd: folder,
      env: { ...process.env, ...off, REDOCLY_SUPPRESS_NOTIFICATIONS: "true" },
      timeout: TIMEOUT_MS,
      maxBuffer: 64 * 1024 * 1024,
    };
    const program = join(dirname(manifest), "bin/cli.js");
    const { stdout } = await run(process.execPath, [program, ...args], options).catch((error: unknown) => {
      // Exit code 1 means that it found problems; they are on its output.
      if (isObject(error) && typeof error["stdout"] === "string" && error["code"] === 1)
        return { stdout: error["stdout"] };
      throw error;
    });
    const text = report === "" ? stdout : readFileSync(join(folder, report), "utf8");
    return JSON.parse(text.slice(text.indexOf("{"))) as Json;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns the changes that `redocly diff` finds between two effective specs. */
export async function redoclyChanges(before: JsonObject, after: JsonObject): Promise<JsonObject[]> {
  const files = { "before.json": JSON.stringify(before), "after.json": JSON.stringify(after) };
  const args = ["diff", "before.json", "after.json", "--format", "json", "--fail-on", "none"];
  const report = await redocly(files, [...args, "--output", "report.json"], "report.json");
  return listAt(report, "changes").filter(isObject);
}

/** Returns one line for each structural error that `redocly lint` finds in a description. */
export async function lint(name: string, text: string): Promise<string[]> {
  const report = await redocly(
    { "spec.yaml": text },
    ["lint", "spec.yaml", "--extends=spec", "--format=json"],
    "",
  );
  return listAt(report, "problems")
    .filter((problem) => isObject(problem) && problem["severity"] === "error")
    .map((problem) => {
      const { message, location } = problem as {
        message?: string;
        location?: { start?: { line?: number } }[];
      };
      const words = String(message).replace(/\s+/g, " ").replace(/\.$/, "");
      return `${name}:${location?.[0]?.start?.line ?? 1}: ${words}: correct it, or report it to the API's owner`;
    });
}

/** Redocly rules for changes that our comparison does not cover. For all others our rule table decides. */
const RULES = [
  "parameter-serialization-changed",
  "response-header-removed",
  "security-requirement-changed",
  "security-scheme-changed",
];

/** Properties without effect on clients. */
const HARMLESS = ["bearerFormat", "description"];

/** Returns the breaking changes of a `redocly diff` report that our comparison does not cover. */
export function otherChanges(report: readonly JsonObject[], compared: readonly Change[]): Change[] {
  const known = new Set(compared.map(({ kind }) => kind));
  return report
    .filter((change) => !HARMLESS.includes(textAt(change, "property") ?? ""))
    .flatMap((change) => listAt(change, "verdicts"))
    .filter(isObject)
    .filter((problem) => textAt(problem, "impact") === "major")
    .filter((problem) => RULES.includes(textAt(problem, "ruleId") ?? ""))
    .filter((problem) => !(isSecurity(problem) && known.has("authorisation-changed")))
    .map((problem): Change => ({ kind: "other-breaking", subject: sentenceOf(problem) }));
}

function isSecurity(problem: JsonObject): boolean {
  return textAt(problem, "ruleId") === "security-requirement-changed";
}

function sentenceOf(problem: JsonObject): string {
  return (textAt(problem, "message") ?? "").replace(/\s+/g, " ").replace(/\.$/, "");
}
