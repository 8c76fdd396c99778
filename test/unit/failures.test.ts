import { describe, expect, it } from "vitest";
import { checkFailures, fillMap, problemsOf, rowIds } from "../../scripts/check-failures.ts";
import { testsOf } from "../../scripts/test-titles.ts";

describe("the map of failures", () => {
  it("has a test for each of its 245 rows, and is up to date", () => {
    expect(rowIds).toHaveLength(245);
    expect(checkFailures(false)).toEqual([]);
  });
});

const FILE = "test/unit/a.test.ts";
const titles = (text: string): string[] => testsOf(FILE, text).map(({ title }) => title);

describe("what counts as the test of a row", () => {
  it("is a test with its id in the title, its suite's or its table row's", () => {
    expect(testsOf(FILE, 'describe("calls [A1]", () => { it("end", f); });')).toEqual([
      { file: FILE, title: "calls [A1] › end", ids: ["A1"], skipped: undefined },
    ]);
    expect(titles('it.each([["one [A2]", 1], ["two [A3, B4]", 2]])("after %s", f);')).toEqual([
      "after one [A2]",
      "after two [A3, B4]",
    ]);
    expect(titles('const rows = [["one [A2]"]]; it.each(rows)("after %s", f);')).toEqual(["after one [A2]"]);
    expect(titles(["it(`with $", "{value} [A5]`, f);"].join(""))).toEqual(["with … [A5]"]);
    expect(titles('const it = 1; expect("[A1]"); format("[A1]");')).toEqual([]);
  });

  const page = rowIds.map((id) => `### ${id} Something\n\n`).join("");
  const covered = testsOf(FILE, `it("all [${rowIds.filter((id) => id !== "C3").join(", ")}]", f);`);
  const problems = (text: string, markdown = page) =>
    problemsOf(markdown, [...covered, ...testsOf(FILE, text)]);

  it("is no test that never runs, or that is not there", () => {
    expect(problems('it("one [C3]", f);')).toEqual([]);
    expect(problems("")).toEqual(["C3 has no test."]);
    expect(problems('it.skip("one [C3]", f);')).toEqual(["C3: all of its tests are skipped."]);
    expect(problems('describe.skip("a", () => { it("one [C3]", f); });')).toEqual([
      "C3: all of its tests are skipped.",
    ]);
    expect(problems('it.todo("one [C3]");')).toEqual(["C3: all of its tests are skipped."]);
  });

  it("may depend on a program that is missing, when the title says so", () => {
    expect(
      problems('describe.skipIf(!redis)("a (needs redis-server)", () => { it("one [C3]", f); });'),
    ).toEqual([]);
    expect(problems('if (slow) it("one (needs time) [C3]", f);')).toEqual([]);
    expect(problems('if (slow) it("one [C3]", f);')).toHaveLength(1);
    expect(problems('it.runIf(linux)("one [C3]", f);')).toEqual([
      'test/unit/a.test.ts: "one [C3]" may be skipped, and its title does not say "(needs …)".',
    ]);
  });

  it("is a row of the catalogue, and the map names it", () => {
    expect(problems('it("one [C3, C99]", f);')).toEqual([
      'test/unit/a.test.ts: "one [C3, C99]" names C99, which is not a row of the map.',
    ]);
    expect(problems("", page.replace("### C3 Something", "### C3 Something\n\nNo test: because."))).toEqual(
      [],
    );
    expect(problems('it("one [C3]", f);', page.replace("### C3 Something", ""))).toEqual([
      "C3 is not in the map.",
    ]);
  });
});

it("filling the map keeps what was written by hand", () => {
  const page =
    "# Map\n\n## A. Tokens\n\n### A1 Many calls\n\nOne exchange.\n\n*Otherwise:* no.\n\n- `old` gone\n";
  const filled = fillMap(page, testsOf(FILE, 'it("many calls make one [A1]", f);'));
  expect(filled).toBe(
    "# Map\n\n## A. Tokens\n\n### A1 Many calls\n\nOne exchange.\n\n*Otherwise:* no.\n\n- `unit/a.test.ts` many calls make one\n",
  );
  expect(fillMap(filled, testsOf(FILE, 'it("many calls make one [A1]", f);'))).toBe(filled);
});
