import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const text = readFileSync(at("CONTRIBUTING.md"), "utf8");

/** The cells of each row below the table header that begins with `| first |`. */
function rowsOf(first: string): string[][] {
  const lines = text.split("\n");
  const header = lines.findIndex((line) => line.startsWith(`| ${first} |`));
  const rows = header < 0 ? [] : lines.slice(header + 2);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const pathsIn = (cell: string | undefined): string[] =>
  [...(cell ?? "").matchAll(/`([^`]+)`/g)].map(([, path = ""]) => path);

describe("the map in CONTRIBUTING.md", () => {
  const places = rowsOf("to change");
  const journeys = rowsOf("journey");

  it("says for at least 20 changes where to go", () => {
    expect(places.length).toBeGreaterThanOrEqual(20);
    expect(places.filter(([, place]) => pathsIn(place).length === 0)).toEqual([]);
  });

  it("follows five journeys", () => {
    expect(journeys).toHaveLength(5);
  });

  it("names only paths that exist", () => {
    const paths = [...places, ...journeys].flatMap(([, cell]) => pathsIn(cell));
    expect(paths.filter((path) => !existsSync(at(path)))).toEqual([]);
  });

  it.each(journeys)("counts the files of: %s", (_journey, files, count) => {
    const paths = pathsIn(files);
    expect(Number(count)).toBe(paths.length);
    expect(new Set(paths).size).toBe(paths.length);
  });
});
