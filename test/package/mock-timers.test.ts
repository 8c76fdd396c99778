import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, inject, it } from "vitest";
import { hasTools, tool } from "./toolbox.ts";
import { node } from "./tools.ts";

const { cjs } = inject("installed");
const guide = await readFile(
  fileURLToPath(new URL("../../docs/test-your-integration.md", import.meta.url)),
  "utf8",
);

/** The columns of the guide's table after the timers, by the names under which `consumer/mock-timers.cjs` measures them. */
const columns = ["sandbox.fetch", "fetch", "own", "wait", "renewal", "timeoutMs", "totalTimeoutMs"] as const;

/** What the guide says of timers that are installed like this. */
function promised(timers: string): Readonly<Record<string, string>> {
  const row = guide.split("\n").find((line) => line.startsWith(`| \`${timers}\``));
  if (row === undefined) throw new Error(`the guide has no row for ${timers}`);
  const cells = row.split("|").slice(2, -1);
  expect(cells).toHaveLength(columns.length);
  return Object.fromEntries(columns.map((name, index) => [name, (cells[index] ?? "").trim()]));
}

interface Timers {
  /** As in the guide. */
  readonly install: string;
  readonly restore: string;
  /** Moves the time by `ms`. */
  readonly advance: string;
}

/** Code that measures under these timers and leaves what it saw in `seen.json`. */
const measuring = ({ install, restore, advance }: Timers, folder: string): string => `
  const timers = { install: () => { ${install}; }, restore: () => { ${restore}; }, advance: (ms) => ${advance} };
  const seen = await measure(timers, ${JSON.stringify(promised(install))});
  writeFileSync(${JSON.stringify(join(folder, "seen.json"))}, JSON.stringify(seen));
`;

const MEASURE = `const { writeFileSync } = require("node:fs");
const { measure } = require(${JSON.stringify(join(cjs, "mock-timers.cjs"))});`;

/** Runs a measuring program in a folder of its own. Resolves with what it saw, or with its output when it saw nothing. */
async function run(
  timers: Timers,
  files: (code: string, folder: string) => Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<unknown> {
  const folder = await mkdtemp(join(cjs, "timers-"));
  try {
    for (const [name, text] of Object.entries(files(measuring(timers, folder), folder)))
      await writeFile(join(folder, name), text);
    const { output } = await node(args, { cwd: folder, env: { NO_COLOR: "1" } });
    return await readFile(join(folder, "seen.json"), "utf8").then(JSON.parse, () => output);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const inNode = (timers: Timers, before: string): Promise<unknown> =>
  run(
    timers,
    (code) => ({ "timers.cjs": `${MEASURE}\n${before}\n(async () => {${code} process.exit(); })();` }),
    ["timers.cjs"],
  );

const inVitest = (timers: Timers): Promise<unknown> =>
  run(
    timers,
    (code, folder) => ({
      "timers.test.mjs": `import { createRequire } from "node:module";
import { it, vi } from "vitest";
const require = createRequire(import.meta.url);
${MEASURE}
it("measures", async () => {${code}}, 300_000);`,
      "vitest.config.mjs": `export default { root: ${JSON.stringify(folder)} };`,
    }),
    [tool("vitest/vitest.mjs"), "run", "--config", "vitest.config.mjs"],
  );

const inJest = (timers: Timers): Promise<unknown> =>
  run(
    timers,
    (code, folder) => ({
      "timers.test.js": `${MEASURE}\nit("measures", async () => {${code}}, 300_000);`,
      "jest.config.json": JSON.stringify({
        rootDir: folder,
        transform: {},
        testEnvironment: join(dirname(tool("jest-environment-node/package.json")), "build/index.js"),
      }),
    }),
    [tool("jest/bin/jest.js"), "--ci", "--forceExit", "--config", "jest.config.json"],
  );

const ofNode = { restore: "mock.timers.reset()", advance: "mock.timers.tick(ms)" };
const ofVitest = { restore: "vi.useRealTimers()", advance: "vi.advanceTimersByTimeAsync(ms)" };
const ofJest = { restore: "jest.useRealTimers()", advance: "jest.advanceTimersByTimeAsync(ms)" };
const five = `["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"]`;

describe("timers that a test moves by hand do what the testing guide says", () => {
  it.each([
    `mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: Date.now() })`,
    `mock.timers.enable({ apis: ["setTimeout", "setInterval", "setImmediate", "Date"], now: Date.now() })`,
  ])("of node:test: %s [R29]", async (install) => {
    const seen = await inNode({ install, ...ofNode }, `const { mock } = require("node:test");`);
    expect(seen).toEqual(promised(install));
  });

  it.skipIf(!hasTools)("of sinon, with the listed functions alone (needs RUNTIMES) [R29]", async () => {
    const install = `clock = sinon.useFakeTimers({ now: Date.now(), toFake: ${five} })`;
    const timers = { install, restore: "clock.restore()", advance: "clock.tickAsync(ms)" };
    const before = `const sinon = require(${JSON.stringify(tool("sinon"))}); let clock;`;
    expect(await inNode(timers, before)).toEqual(promised(install));
  });

  it
    .skipIf(!hasTools)
    .each([
      "vi.useFakeTimers()",
      "vi.useFakeTimers({ shouldAdvanceTime: true })",
      `vi.useFakeTimers({ toFake: ${five} })`,
    ])("of vitest: %s (needs RUNTIMES) [R29]", async (install) => {
    expect(await inVitest({ install, ...ofVitest })).toEqual(promised(install));
  });

  it.skipIf(!hasTools).each([
    ["jest.useFakeTimers()", ofJest],
    ["jest.useFakeTimers({ advanceTimers: true })", ofJest],
    [
      `jest.useFakeTimers({ doNotFake: ["nextTick", "queueMicrotask", "setImmediate", "clearImmediate", "performance"] })`,
      ofJest,
    ],
    [
      "jest.useFakeTimers({ legacyFakeTimers: true })",
      { ...ofJest, advance: "jest.advanceTimersByTime(ms)" },
    ],
  ] as const)("of Jest: %s (needs RUNTIMES) [R29]", async (install, timers) => {
    expect(await inJest({ install, ...timers })).toEqual(promised(install));
  });
});
