import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "tsdown";
import type { TestProject } from "vitest/node";
import { download, selectionOf } from "./programs.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** What every cell finds: the installed tarball with the table beside it, and the server on the other side. */
export interface Matrix {
  readonly folder: string;
  readonly tarball: string;
  /** The server's address, as pages see it: a secure context. */
  readonly control: string;
}

declare module "vitest" {
  interface ProvidedContext {
    readonly matrix: Matrix;
  }
}

/** Bundles a file of the folder with the conditions that its platform's bundlers set. */
async function bundle(
  folder: string,
  entry: string,
  outDir: string,
  { conditions, split }: { conditions: readonly string[]; split: boolean },
): Promise<void> {
  await build({
    config: false,
    cwd: folder,
    entry: [entry],
    outDir,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    dts: false,
    minify: true,
    report: false,
    logLevel: "error",
    deps: { alwaysBundle: [/.*/], onlyBundle: false },
    inputOptions: { resolve: { conditionNames: [...conditions, "import", "default"] } },
    outputOptions: split ? {} : { codeSplitting: false },
  });
}

const html = (script: string): string => `<!doctype html><meta charset="utf-8"><title>cell</title>${script}`;

/** A page for each place; what it is to do stands in its query. */
async function writePages(folder: string): Promise<void> {
  const pages = join(folder, "pages");
  await mkdir(pages);
  await bundle(folder, "cells/page.mjs", "pages/split", { conditions: ["browser"], split: true });
  await bundle(folder, "cells/page.mjs", "pages/whole", { conditions: ["browser"], split: false });
  await writeFile(join(pages, "page.html"), html('<script type="module" src="split/page.js"></script>'));
  await writeFile(
    join(pages, "worker.html"),
    // Imported by its plain name: with a query, the parts that import from this file would load it a second time.
    html('<script>new Worker("split/page.js", { type: "module", name: location.search });</script>'),
  );
  await writeFile(
    join(pages, "service-worker.html"),
    html(`<script type="module">
      const file = "whole/page.js" + location.search;
      const { installing, active } = await navigator.serviceWorker.register(file, { type: "module" });
      (installing ?? active).postMessage("begin");
    </script>`),
  );
  await cp(join(root, "test/fixtures/recordings/opus.ogg"), join(pages, "opus.ogg"));
}

async function install(folder: string): Promise<string> {
  const packed = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], {
    cwd: root,
  });
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
  await run("npm", ["install", ...options, `./${filename}`], { cwd: folder, timeout: 240_000 });
  for (const part of ["scenarios.mjs", "uploads.mjs", "world.mjs", "cells"])
    await cp(join(root, "test/runtimes", part), join(folder, part), { recursive: true });
  // The example's own tests run under each Node, beside the installed package.
  for (const part of ["package.json", "src", "test"])
    await cp(join(root, "examples/contract-ci", part), join(folder, "example", part), { recursive: true });
  return join(folder, filename);
}

async function startServer(folder: string): Promise<{ child: ChildProcess; control: string }> {
  const sandbox = join(folder, "node_modules/heidi-health-sdk/dist/sandbox.mjs");
  const script = join(root, "test/runtimes/server.mjs");
  const child = spawn(process.execPath, [script, join(folder, "pages"), sandbox], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [port] = (await once(createInterface(child.stdout), "line")) as [string];
  return { child, control: `http://localhost:${port}` };
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const selection = selectionOf(process.env);
  await download(selection);
  const folder = await mkdtemp(join(tmpdir(), "heidi-runtimes-"));
  const tarball = await install(folder);
  await writePages(folder);
  await bundle(folder, "cells/workerd.mjs", "workerd", {
    conditions: ["workerd", "worker", "browser"],
    split: true,
  });
  await bundle(folder, "cells/workerd-tokens.mjs", "workerd-tokens", {
    conditions: ["workerd", "worker", "browser"],
    split: true,
  });
  const { child, control } = await startServer(folder);
  project.provide("matrix", { folder, tarball, control });
  return async () => {
    child.stdin?.end();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}
