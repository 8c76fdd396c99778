import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig, type TestProjectInlineConfiguration, type ViteUserConfig } from "vitest/config";

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

type TestOptions = NonNullable<TestProjectInlineConfiguration["test"]>;

function project(name: string, options: TestOptions = {}): TestProjectInlineConfiguration {
  return { extends: true, test: { name, include: [`test/${name}/**/*.test.ts`], ...options } };
}

const config: ViteUserConfig = defineConfig({
  root: at("."),
  resolve: {
    alias: [
      { find: "#http-client", replacement: at("src/http/node-client.ts") },
      { find: "#platform", replacement: at("src/sandbox/platform-node.ts") },
      { find: /^heidi-health-sdk$/, replacement: at("src/index.ts") },
      { find: /^heidi-health-sdk\/node$/, replacement: at("src/node.ts") },
      { find: /^heidi-health-sdk\/browser$/, replacement: at("src/browser.ts") },
      { find: /^heidi-health-sdk\/sandbox$/, replacement: at("src/sandbox/index.ts") },
      { find: /^heidi-health-sdk\/server$/, replacement: at("src/server.ts") },
      { find: /^heidi-health-sdk\/opentelemetry$/, replacement: at("src/opentelemetry.ts") },
    ],
  },
  test: {
    setupFiles: [at("test/setup.ts")],
    // Many tests wait for timers, sockets and other programs, so more of them than cores run side by side.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    // A hung test ends; a slow machine is no failure.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    expect: { poll: { timeout: 120_000, interval: 20 } },
    // Any unhandled rejection or uncaught exception fails the run.
    dangerouslyIgnoreUnhandledErrors: false,
    projects: [
      project("unit"),
      project("types"),
      project("wire"),
      // Real programs and kernels around the SDK; each file says what it needs and skips by name without it.
      project("nginx"),
      project("netns", { maxConcurrency: 3 }),
      project("contract", { globalSetup: [at("test/contract/setup.ts")] }),
      // Bumps as a maintainer runs them, in a clone. BUMP=full takes every row of the rule table.
      project("bump"),
      // A FastAPI application in both dialects; skipped by name without python3-fastapi.
      project("fastapi"),
      project("redis"),
      // The example's workers, killed at random. FLEET=full runs 500 consults, FLEET_ROUNDS=10 ten times in a row.
      project("fleet"),
      // A microphone in real browsers: bundled from src/, against a sandbox over HTTP.
      project("browsers"),
      // The packed tarball, installed into empty projects once for all of its files.
      project("package", { globalSetup: [at("test/package/setup.ts")] }),
      // A release as its users see it: a registry on this machine, four package managers, an upgrade.
      project("release", { globalSetup: [at("test/release/setup.ts")] }),
      // The table of scenarios in real runtimes. RUNTIMES=short or full brings those that npm has.
      project("runtimes", { globalSetup: [at("test/runtimes/setup.ts")] }),
    ],
  },
});

export default config;
