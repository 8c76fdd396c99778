import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { hasTools, installTools, tool } from "./toolbox.ts";
import { command, node } from "./tools.ts";

const { esm } = inject("installed");
const isFull = process.env["RUNTIMES"] === "full";

/** Names all that each entry exports, and lets the compiler write down what it inferred. */
const program = `import * as sdk from "heidi-health-sdk";
import * as node from "heidi-health-sdk/node";
import * as browser from "heidi-health-sdk/browser";
import * as sandbox from "heidi-health-sdk/sandbox";
import * as server from "heidi-health-sdk/server";
import * as opentelemetry from "heidi-health-sdk/opentelemetry";
export const all = { ...sdk, ...node, ...browser, ...sandbox, ...server, ...opentelemetry };
export const clinician = (heidi: sdk.Heidi) => heidi.forUser({ email: "", thirdPartyInternalId: "" });
export const generate = (heidi: sdk.Heidi) => clinician(heidi).consultNotes.generate;
export const open = () => sandbox.createSandbox();
`;

const resolutions = [
  { moduleResolution: "nodenext", module: "nodenext", file: "use.mts", short: true },
  { moduleResolution: "node16", module: "node16", file: "use.cts", short: false },
  { moduleResolution: "bundler", module: "esnext", file: "use.ts", short: false },
  { moduleResolution: "node10", module: "commonjs", file: "use.ts", short: false },
] as const;

describe.skipIf(!hasTools)("the declarations, checked whole (needs RUNTIMES)", () => {
  let folder: string;
  beforeAll(async () => {
    await installTools();
    folder = await mkdtemp(join(esm, "compilers-"));
    for (const { file } of resolutions) await writeFile(join(folder, file), program);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const cells = ["ts50", "ts52", "ts54", "ts56", "ts59", "ts6", "ts7"].flatMap((compiler) =>
    resolutions
      .filter(({ short }) => short || isFull)
      .filter(({ moduleResolution }) => compiler !== "ts7" || moduleResolution !== "node10")
      .flatMap((resolution) =>
        [false, true].map((withNode) => ({
          compiler,
          ...resolution,
          withNode,
          types: withNode ? "with" : "without",
        })),
      ),
  );

  it.each(cells)(
    "compile with $compiler, $moduleResolution, $types @types/node [R28] [R52]",
    async ({ compiler, moduleResolution, module, file, withNode, types }) => {
      const project = join(folder, `${compiler}-${moduleResolution}-${types}.json`);
      const compilerOptions = {
        ...{ strict: true, declaration: true, skipLibCheck: false, noErrorTruncation: true },
        ...{ target: "es2022", lib: ["es2022", "dom", "dom.iterable"], module, moduleResolution },
        ...{ outDir: `out/${compiler}-${moduleResolution}-${types}`, types: withNode ? ["node"] : [] },
        ...(compiler === "ts6" && moduleResolution === "node10" ? { ignoreDeprecations: "6.0" } : {}),
      };
      await writeFile(project, JSON.stringify({ compilerOptions, files: [file] }));
      const { output, code } = await node([tool(`${compiler}/bin/tsc`), "-p", project], { cwd: esm });
      expect([output, code]).toEqual(["", 0]);
    },
  );
});

it.skipIf(!hasTools)(
  "the published description has no error for Redocly and Spectral (needs RUNTIMES) [R43]",
  async () => {
    await installTools();
    const folder = await mkdtemp(join(esm, "lint-"));
    const file = join(esm, "node_modules/heidi-health-sdk/dist/openapi.yaml");
    await writeFile(join(folder, ".spectral.yaml"), 'extends: ["spectral:oas"]\n');
    const spectral = await node(
      [
        tool("@stoplight/spectral-cli/dist/index.js"),
        "lint",
        file,
        "--fail-severity",
        "error",
        "--ruleset",
        join(folder, ".spectral.yaml"),
      ],
      { cwd: folder },
    );
    // Its words for a description without any remark; with a warning they are "(0 errors, 1 warning, …".
    expect(spectral.output).toContain("No results with a severity of 'error' found!");
    expect(spectral.code).toBe(0);
    const redocly = await node(
      [
        command("@redocly/cli", "redocly"),
        "lint",
        file,
        "--extends",
        "recommended",
        "--skip-rule",
        "no-illogical-composition-keywords",
      ],
      { cwd: folder, env: { REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", REDOCLY_TELEMETRY: "off" } },
    );
    expect(redocly.output).toContain("Your API description is valid");
    expect(redocly.output).not.toMatch(/no-invalid-media-type-examples|You have \d+ (?:error|warning)/);
  },
);
