import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "tsdown";

const worker = `import { sandboxSmoke } from "./sandbox.mjs";
import { smoke } from "./smoke.mjs";
export default {
  async test(controller, env) {
    await smoke({ SMOKE_BASE_URL: env.SMOKE_BASE_URL, SMOKE_API_KEY: env.SMOKE_API_KEY });
    await sandboxSmoke(false);
  },
};
`;

/** Bundles the worker with the conditions that Workers set, and writes the configuration that runs it as a test. */
export async function prepareWorker(folder: string, baseUrl: string, apiKey: string): Promise<void> {
  await writeFile(join(folder, "worker.mjs"), worker);
  await build({
    config: false,
    cwd: folder,
    entry: { worker: "worker.mjs" },
    outDir: "bundle",
    format: "esm",
    platform: "neutral",
    target: "es2022",
    dts: false,
    report: false,
    logLevel: "error",
    deps: { alwaysBundle: [/.*/], onlyBundle: false },
    inputOptions: { resolve: { conditionNames: ["workerd", "worker", "browser", "import", "default"] } },
  });
  // What the core loads on first use is a file of its own; the worker is the first module.
  const files = (await readdir(join(folder, "bundle"))).toSorted(
    (one, other) => Number(other.startsWith("worker.")) - Number(one.startsWith("worker.")),
  );
  const modules = files.map((file) => `(name = "${file}", esModule = embed "bundle/${file}")`);
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
);
const worker :Workerd.Worker = (
  modules = [${modules.join(", ")}],
  compatibilityDate = "2025-06-01",
  bindings = [
    (name = "SMOKE_BASE_URL", text = ${JSON.stringify(baseUrl)}),
    (name = "SMOKE_API_KEY", text = ${JSON.stringify(apiKey)}),
  ],
);
`;
  await writeFile(join(folder, "workerd.capnp"), config);
}
