import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

export default defineConfig({
  root: at("."),
  resolve: {
    alias: [
      { find: "#wire", replacement: at("src/transport/undici.ts") },
      { find: /^heidi-health-sdk$/, replacement: at("src/index.ts") },
      { find: /^heidi-health-sdk\/node$/, replacement: at("src/node.ts") },
      { find: /^heidi-health-sdk\/sandbox$/, replacement: at("src/sandbox/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 15_000,
    // Any unhandled rejection or uncaught exception fails the run.
    dangerouslyIgnoreUnhandledErrors: false,
  },
});
