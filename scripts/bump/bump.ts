import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type ts from "typescript";
import { replaceFiles } from "../emit/files.ts";
import { bundledFile } from "../spec/effective.ts";
import { type OperationModel, readOperations } from "../spec/model.ts";
import { SpecError } from "../spec/problem.ts";
import { changesetFile, emitChangeset } from "./changeset.ts";
import { checkForm, readSound } from "./description.ts";
import { type Plan, planBump } from "./plan.ts";
import { createProgram, dependents, problemsOf } from "./program.ts";
import { bumpFor, type ClassifiedChange, classify, classifyAll, type Impact, impactOf } from "./rules.ts";
import { emitSurface, readSurface, surfaceFile, syncExports } from "./surface.ts";

const ENTRY = "src/index.ts";

export interface BumpResult {
  readonly versions: Plan["versions"];
  readonly bump: Impact | undefined;
  readonly changes: readonly ClassifiedChange[];
  readonly written: readonly string[];
  readonly notes: readonly string[];
  /** Handwritten code that does not compile with the new description: `file:line: message`. */
  readonly problems: readonly string[];
}

/** Updates the project in `root` to the description `text`: writes every file that follows from it, or none. */
export async function bump(root: string, name: string, text: string): Promise<BumpResult> {
  const plan = await planSound(root, name, text);
  if (plan.files.get(bundledFile) === readFileSync(join(root, bundledFile), "utf8")) {
    const versions = plan.versions;
    return { versions, bump: undefined, changes: [], written: [], notes: [], problems: [] };
  }
  const files = new Map(plan.files);
  const generated = readGenerated(root);
  files.set(ENTRY, syncEntry(root, generated, files));
  const before = readOperations(plan.before);
  const previous = previousFiles(generated, before, readOperations(plan.after));
  const program = createProgram(root, new Map([...files, ...previous]));
  const broken = brokenOperations(
    previous.get(previousCheck) ?? "",
    problemsOf(program, root, (file) => file === previousCheck),
  );
  const changes = withBroken(plan.changes, broken);
  const impact = impactOf(changes);
  const decided = impact && bumpFor(impact, packageVersion(root));
  files.set(changesetFile(text), emitChangeset(decided, changes));
  files.set(surfaceFile, emitSurface(readSurface(program, root)));
  const problems = newProblems(program, root, changedFiles(root, files));
  const own = problems.filter((problem) => problem.startsWith("generated/"));
  if (own.length > 0)
    throw new SpecError(
      own.map((problem) => `${problem}: generated code does not compile; report this with the description`),
    );
  const written = replaceFiles(root, files);
  return { versions: plan.versions, bump: decided, changes, written, notes: plan.notes, problems };
}

/** Lints and plans at the same time; a problem of the lint is reported first. */
async function planSound(root: string, name: string, text: string): Promise<Plan> {
  const source = readSound(name, text);
  const [form, plan] = await Promise.allSettled([checkForm(name, text), planBump(root, source, text)]);
  if (form.status === "rejected") throw form.reason;
  if (plan.status === "rejected") throw plan.reason;
  return plan.value;
}

function changedFiles(root: string, files: ReadonlyMap<string, string | undefined>): string[] {
  const isChanged = (file: string, text: string | undefined): boolean =>
    !existsSync(join(root, file)) || readFileSync(join(root, file), "utf8") !== text;
  return [...files].filter(([file, text]) => isChanged(file, text)).map(([file]) => file);
}

/**
 * Compiles only the files that depend on the changed ones. Errors that existed before are filtered out; the old
 * project is compiled only when there is an error.
 */
function newProblems(program: ts.Program, root: string, changed: readonly string[]): string[] {
  const concerned = dependents(program, root, changed);
  const problems = problemsOf(program, root, (file) => concerned.has(file));
  if (problems.length === 0) return problems;
  const files = new Set(problems.map((problem) => problem.slice(0, problem.indexOf(":"))));
  const known = problemsOf(createProgram(root, new Map()), root, (file) => files.has(file));
  return problems.filter((problem) => !known.includes(problem));
}

/** Adds a breaking change when users' code stops compiling and no rule of the table has reported one. */
function withBroken(
  changes: readonly ClassifiedChange[],
  broken: readonly string[],
): readonly ClassifiedChange[] {
  if (impactOf(changes) === "major" || broken.length === 0) return changes;
  const added = broken.map((subject) => classify({ kind: "types-broken", subject }));
  return classifyAll([...changes, ...added]);
}

function readGenerated(root: string): Map<string, string> {
  const names = readdirSync(join(root, "generated")).filter((name) => name.endsWith(".ts"));
  return new Map(
    names.map((name) => [`generated/${name}`, readFileSync(join(root, "generated", name), "utf8")]),
  );
}

function syncEntry(
  root: string,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string | undefined>,
): string {
  return ["generated/client.ts", "generated/types.ts"].reduce(
    (entry, file) => syncExports(entry, `../${file}`, before.get(file) ?? "", after.get(file) ?? ""),
    readFileSync(join(root, ENTRY), "utf8"),
  );
}

function packageVersion(root: string): string {
  const manifest: { version: string } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return manifest.version;
}

/** Beside `generated/`, so that imports from `src/` resolve the same; exists only in the compiler's memory. */
const FOLDER = "previous";
const previousCheck: string = `${FOLDER}/check.ts`;

/**
 * Returns the previous generated files, and a module that assigns each operation's new method to the type of the
 * previous one. It compiles exactly when code written for the previous version does.
 */
function previousFiles(
  generated: ReadonlyMap<string, string>,
  before: readonly OperationModel[],
  after: readonly OperationModel[],
): Map<string, string> {
  const files = new Map(
    [...generated].map(([file, text]) => [file.replace(/^generated\//, `${FOLDER}/`), text]),
  );
  const names = new Map(after.map((model) => [model.name, model]));
  const lines = before.flatMap((model) => {
    const now = names.get(model.name);
    const { group, methodName } = model;
    if (now === undefined || apiOf(now) !== apiOf(model)) return [];
    const old = `Old${apiOf(model)}[${JSON.stringify(group)}][${JSON.stringify(methodName)}]`;
    return [
      `export const ${group}_${methodName}: AsFunction<${old}> = new${apiOf(model)}.${group}.${methodName};`,
    ];
  });
  return files.set(previousCheck, `${PREAMBLE}${lines.join("\n")}\n`);
}

// TypeScript compares parameters of methods bivariantly, those of functions strictly: hence the conversion.
const PREAMBLE = `import type { TenantApi, UserApi } from "../generated/client.ts";
import type { TenantApi as OldTenantApi, UserApi as OldUserApi } from "./client.ts";
type AsFunction<T> = T extends (...input: infer I) => infer R ? (...input: I) => R : never;
declare const newUserApi: UserApi;
declare const newTenantApi: TenantApi;
export type Used = [typeof newUserApi, typeof newTenantApi, OldUserApi, OldTenantApi, AsFunction<() => void>];
`;

function apiOf({ auth }: OperationModel): "TenantApi" | "UserApi" {
  return auth === "apiKey" ? "TenantApi" : "UserApi";
}

/** Returns the operations that code for the previous version can no longer call, from the compiler's errors. */
function brokenOperations(check: string, problems: readonly string[]): string[] {
  const lines = check.split("\n");
  const names = problems.flatMap((problem) => {
    const line = lines[Number(/:(\d+):/.exec(problem)?.[1] ?? 0) - 1] ?? "";
    const match = /^export const ([A-Za-z\d]+)_([A-Za-z\d]+):/.exec(line);
    return match ? [`${match[1]}.${match[2]}`] : [];
  });
  return [...new Set(names)];
}
