/** `npm test` runs every check in order and prints its name and duration; passes arguments to vitest. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

interface Step {
  readonly name: string;
  readonly command: readonly string[];
}

const root = fileURLToPath(new URL("..", import.meta.url));
const npm = (...args: readonly string[]): readonly string[] => ["npm", "run", "--silent", ...args];

const steps: readonly Step[] = [
  { name: "lint", command: npm("lint") },
  { name: "typecheck", command: npm("typecheck") },
  { name: "generated files", command: npm("generate", "--", "--check") },
  { name: "build", command: npm("build") },
  {
    name: "tests",
    command: ["npx", "vitest", "run", "--config", "test/vitest.config.ts", ...process.argv.slice(2)],
  },
];

const seconds = (sinceMs: number): string => `${Math.round((performance.now() - sinceMs) / 1000)} s`;

console.log(
  "All tests take about 15 minutes on two idle cores. A skipped test names the program that it needs.",
);
const startedMs = performance.now();
for (const [index, { name, command }] of steps.entries()) {
  const stepMs = performance.now();
  console.log(`[${index + 1}/${steps.length}] ${name}`);
  const [program = "", ...args] = command;
  const [code] = (await once(spawn(program, args, { cwd: root, stdio: "inherit" }), "exit")) as [
    number | null,
  ];
  if (code !== 0) {
    console.log(`[${index + 1}/${steps.length}] ${name} failed after ${seconds(stepMs)}`);
    process.exit(code ?? 1);
  }
  console.log(`[${index + 1}/${steps.length}] ${name} took ${seconds(stepMs)}`);
}
console.log(`All checks passed in ${seconds(startedMs)}.`);
