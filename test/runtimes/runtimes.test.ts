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
    // It runs where its program is: `.ci/run` brings those of the short selection, `npm run test:runtimes` all.
    it.skipIf(command === undefined)(`${name} (needs ${needs})`, () => undefined);
    continue;
  }
  describe(name, () => {
    let results: Map<string, string | undefined>;

    beforeAll(async () => {
      results = await runCell(cell, command, matrix);
    });

    it("runs the table to its end, and nothing is left uncaught", () => {
      const fault = results.get("done") ?? results.get("uncaught");
      if (fault !== undefined) expect.fail(fault);
    });

    it.each(scenariosFor(traits).map((scenario) => scenario.name))("%s", (scenario) => {
      const fault = results.has(scenario) ? results.get(scenario) : "It was not reported.";
      if (fault !== undefined) expect.fail(fault);
    });

    const passed = (scenarios: readonly string[]): void => {
      for (const scenario of scenarios)
        expect([scenario, results.has(scenario), results.get(scenario)]).toEqual([scenario, true, undefined]);
    };

    if (traits.page)
      it("sends each form of stream byte for byte, or not at all (needs a browser) [R1]", () => {
        passed([
          "uploads `blob.stream()`",
          "uploads a web stream",
          "uploads the body of a fetched answer",
          "uploads a function that gives a web stream",
          "uploads a function that promises a web stream",
          "uploads an async generator",
        ]);
      });

    if (traits.page)
      it("takes an API key in a browser only where that is allowed (needs a browser) [R12]", () => {
        passed(["refuses an API key in a page"]);
      });

    if (needs === "Bun")
      it("sends files of the disk byte for byte, composed or not (needs bun) [R45]", () => {
        passed(
          ["`openAsBlob`", "`Bun.file`"].flatMap((file) => [
            `uploads ${file}`,
            `uploads a File of ${file}`,
            `uploads a slice of ${file}`,
          ]),
        );
        passed(["uploads a Blob of `Bun.file`", "uploads `Bun.file().stream()`", "uploads `fileFromPath`"]);
      });

    if (needs === "workerd")
      it("passes a request's body on byte for byte (needs workerd) [R46]", () => {
        passed(["uploads the body of an incoming request"]);
      });

    if (/^Node \d/.test(name))
      it("runs the tests of the example project, by its own command", async () => {
        expect(await runExample(command, matrix)).toEqual({ code: 0, output: expect.any(String) });
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
