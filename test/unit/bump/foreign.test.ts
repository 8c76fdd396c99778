import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { createProgram, problemsOf } from "../../../scripts/bump/program.ts";
import { projectRoot } from "../../../scripts/spec/effective.ts";
import { startPrism } from "../../contract/child.ts";
import { type Foreign, foreignNames, generateForeign, overlaid, readForeign } from "./foreign.ts";
import { loadClient } from "./generated-client.ts";

/** Every GET of the description, from the generated client over the real transport to Prism, and its answer back. */
async function smoke({ name, document, files }: Foreign): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "foreign-"));
  writeFileSync(join(folder, name), JSON.stringify(document));
  const prism = await startPrism("mock", join(folder, name));
  try {
    const client = await loadClient(files, prism.url, (url, init) => fetch(url, init));
    const reads = client.operations.filter(({ method, response }) => method === "GET" && response === "json");
    expect([name, reads.length > 0]).toEqual([name, true]);
    for (const operation of reads) {
      const answer = await client.call(operation).catch((error: unknown) => error);
      // It answers in the form of the description, or refuses a value that was made up, for one of its own reasons.
      if (answer instanceof Error)
        expect(answer).toMatchObject({
          operation: operation.id,
          status: expect.toSatisfy((status) => status === 400 || status === 422),
        });
      else expect([operation.id, answer]).not.toEqual([operation.id, undefined]);
    }
  } finally {
    await prism.stop();
    // Not before: Prism watches its document, and dies when that is gone before it has begun to.
    rmSync(folder, { recursive: true });
  }
}

// They describe other APIs in every way OpenAPI 3.1 has: our guard against a generator that knows one document.
describe("descriptions of other APIs", () => {
  const asWritten: Foreign[] = [];
  const repaired: Foreign[] = [];
  let problems: readonly string[] = [];
  beforeAll(async () => {
    for (const name of foreignNames) {
      const document = readForeign(name);
      asWritten.push(await generateForeign(name, document));
      repaired.push(await generateForeign(name, overlaid(document)));
    }
    const files = new Map<string, string>(
      [
        ...asWritten.map((each) => ["foreign", each] as const),
        ...repaired.map((each) => ["overlaid", each] as const),
      ].flatMap(([kind, { name, files: generated }]) =>
        [...generated].map(([file, text]) => [`${kind}-${name}/${file}`, text] as const),
      ),
    );
    const program = createProgram(projectRoot, files, [...files.keys()]);
    problems = problemsOf(program, projectRoot, (file) => files.has(file));
  });

  it("are there to test with", () => {
    expect(foreignNames.length).toBeGreaterThanOrEqual(12);
  });

  it("either become code, or are refused with every operation that is not understood named in one line", () => {
    expect(asWritten.filter(({ files }) => files.size > 0).map(({ name }) => name)).toContain("readme.json");
    for (const { name, problems: lines } of asWritten) {
      for (const line of lines)
        expect(line).toMatch(
          new RegExp(
            `^${name}:\\d+: (operations? \`[^\`]+\` |[A-Z]+ /\\S* has no operationId|\`paths\` is missing|servers\\[0\\]|the operationIds ).+$`,
          ),
        );
    }
  });

  it("all become code once what was named is taken away by an overlay", () => {
    expect(
      repaired.filter(({ files }) => files.size === 0).map(({ name, problems: lines }) => [name, lines]),
    ).toEqual([]);
  });

  it("become code that reaches a server which knows only the description", async () => {
    const smoked = repaired.filter(({ name }) => ["petstore.json", "train-travel.json"].includes(name));
    const all = [...asWritten.filter(({ name }) => name === "readme.json"), ...smoked];
    // One Prism at a time: each takes seconds of a processor to start.
    for (const each of all) await smoke(each);
  });

  it("become code that type-checks", () => {
    expect(problems).toEqual([]);
  });
});
