/**
 * `prepare` and `prepack`, which npm runs where a clone becomes a package: `npm pack`, `npm publish`,
 * `npm install git+<URL>` and `npm install <folder>`. Builds `dist/` unless it is newer than everything it is made from.
 * JavaScript, because npm links a folder without installing what its scripts need.
 */
import { execSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const INPUTS = [
  "src",
  "generated",
  "openapi",
  "scripts",
  "package.json",
  "package-lock.json",
  "tsdown.config.ts",
];
/** Each of the two builds of tsdown.config.ts writes one of them as its last file. */
const OUTPUTS = ["dist/openapi.yaml", "dist/cli.mjs"];

/** The time of the last change in a file, or in a folder and all that is in it. */
function changedMs(path) {
  const status = statSync(path);
  if (!status.isDirectory()) return status.mtimeMs;
  return Math.max(status.mtimeMs, ...readdirSync(path).map((name) => changedMs(join(path, name))));
}

function isBuilt() {
  const outputs = OUTPUTS.map((path) => join(root, path));
  if (!outputs.every((path) => existsSync(path))) return false;
  const inputs = INPUTS.map((path) => join(root, path)).filter((path) => existsSync(path));
  return Math.min(...outputs.map(changedMs)) > Math.max(...inputs.map(changedMs));
}

/** Standard output belongs to npm: `npm pack --json` prints its result there. */
const run = (command) => execSync(command, { cwd: root, stdio: ["ignore", 2, 2] });

if (!isBuilt()) {
  if (!existsSync(join(root, "node_modules/.bin/tsdown")))
    run("npm ci --ignore-scripts --include=dev --no-global --no-audit --no-fund");
  run("npm run --silent build");
}
