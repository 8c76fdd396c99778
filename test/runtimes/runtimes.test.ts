import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { cells, type NextVersion } from "./cells.ts";
import { findKeptAnswers, removeBuilds } from "./next.ts";
import { fromNpm, selectionOf } from "./programs.ts";
import { scenariosFor } from "./scenarios.mjs";
import { runCell, runExample } from "./start.ts";

const matrix = inject("matrix");
const isFull = selectionOf(process.env) === "full";

afterAll(removeBuilds);

for (const cell of cells.filter(({ short }) => short || isFull)) {
  const { name, needs, command, traits } = cell;
  if (command === undefined) {
    it.skip(`${name} (needs ${needs})`, () => {});
    continue;
  }
  describe(name, () => {
    let results: Map<string, string | undefined>;

    beforeAll(async () => {
      results = await runCell(cell, command, matrix);
    }, 600_000);

    it("runs the table to its end, and nothing is left uncaught", () => {
      const fault = results.get("done") ?? results.get("uncaught");
      if (fault !== undefined) expect.fail(fault);
    });

    it.each(scenariosFor(traits).map((scenario) => scenario.name))("%s", (scenario) => {
      const fault = results.has(scenario) ? results.get(scenario) : "It was not reported.";
      if (fault !== undefined) expect.fail(fault);
    });

    if (!/^Node \d/.test(name)) return;
    it("runs the tests of the example project, by its own command", { timeout: 120_000 }, async () => {
      const { code, output } = await runExample(command, matrix);
      if (code !== 0) expect.fail(output);
    });
  });
}

const nextVersions: readonly { readonly title: string; readonly version: NextVersion }[] = [
  { title: "Next", version: "next" },
  { title: "Next 14", version: "next14" },
];

for (const { title, version } of nextVersions.filter((one) => one.version === "next" || isFull)) {
  it.skipIf(fromNpm(version, "next/package.json") === undefined)(
    `${title} keeps no answer, in memory or on disk (needs next) [R10]`,
    async () => {
      expect(await findKeptAnswers(version, matrix.folder)).toBe("passed");
    },
    600_000,
  );
}
