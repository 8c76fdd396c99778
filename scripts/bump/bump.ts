import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type ts from "typescript";
import { bundledFile } from "../spec/effective.ts";
import { readOperations } from "../spec/model.ts";
import { SpecError } from "../spec/problem.ts";
import { impactOf, type RatedChange, rate, rateAll } from "./change.ts";
import { changesetFile, emitChangeset } from "./changeset.ts";
import { checkForm, readSound } from "./description.ts";
import { syncExports } from "./exports.ts";
import { bumpFor, type Impact } from "./impact.ts";
import { type Plan, planBump } from "./plan.ts";
import { brokenOperations, previousCheck, previousFiles } from "./previous.ts";
import { createProgram, dependents, problemsOf } from "./program.ts";
import { emitSurface, readSurface, surfaceFile } from "./surface.ts";
import { replaceFiles } from "./transaction.ts";

const ENTRY = "src/index.ts";

export interface BumpResult {
  readonly versions: Plan["versions"];
  readonly bump: Impact | undefined;
  readonly changes: readonly RatedChange[];
  readonly written: readonly string[];
  readonly notes: readonly string[];
  /** Handwritten code that does not compile with the new description: `file:line: message`. */
  readonly problems: readonly string[];
}

/** Brings the description `text` into the project in `root`, with all that follows; all of it is written, or nothing. */
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
      own.map((problem) => `${problem}: the generator wrote this; report it with the description`),
    );
  const written = replaceFiles(root, files);
  return { versions: plan.versions, bump: decided, changes, written, notes: plan.notes, problems };
}

/** Form and plan take the same moments; what is wrong with the form is the first thing to say. */
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
 * Looks only where the changed files can make a difference. What did not compile before is not the new description's
 * doing; that is looked at only where there is a problem.
 */
function newProblems(program: ts.Program, root: string, changed: readonly string[]): string[] {
  const concerned = dependents(program, root, changed);
  const problems = problemsOf(program, root, (file) => concerned.has(file));
  if (problems.length === 0) return problems;
  const files = new Set(problems.map((problem) => problem.slice(0, problem.indexOf(":"))));
  const known = problemsOf(createProgram(root, new Map()), root, (file) => files.has(file));
  return problems.filter((problem) => !known.includes(problem));
}

/** Code of users that stops compiling is a breaking change, also where no row of the table saw it. */
function withBroken(changes: readonly RatedChange[], broken: readonly string[]): readonly RatedChange[] {
  if (impactOf(changes) === "major" || broken.length === 0) return changes;
  const added = broken.map((subject) => rate({ kind: "types-broken", subject }));
  return rateAll([...changes, ...added]);
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
