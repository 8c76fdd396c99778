/** `tsx scripts/changeset-check.ts <base>`: fails when `openapi/` or `generated/` changed since `base` without a changeset. */
import { execFileSync } from "node:child_process";
import { missingChangeset, parseNameStatus } from "./bump/changeset.ts";

const base = process.argv[2] ?? "origin/main";
const diff = execFileSync("git", ["diff", "--name-status", `${base}...HEAD`, "--"], { encoding: "utf8" });
const problem = missingChangeset(parseNameStatus(diff));
console.log(problem ?? "No changeset is missing.");
process.exitCode = problem === undefined ? 0 : 1;
