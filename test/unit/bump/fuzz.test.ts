import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { compareSpecs } from "../../../scripts/bump/compare.ts";
import { createProgram, problemsOf } from "../../../scripts/bump/program.ts";
import { readOverlays, rebaseOverlays } from "../../../scripts/bump/rebase.ts";
import { type ClassifiedChange, classifyAll, impactOf, RULES } from "../../../scripts/bump/rules.ts";
import { generate } from "../../../scripts/emit/generate.ts";
import { bundledFile, loadSpec, projectRoot } from "../../../scripts/spec/effective.ts";
import { SpecError } from "../../../scripts/spec/problem.ts";
import { parseSource } from "../../../scripts/spec/source.ts";
import { loadClient } from "./generated-client.ts";
import { type Expected, mutations, type Pick } from "./mutations.ts";

/** More for a longer search: `FUZZ_ROUNDS=50 npm run test:unit -- fuzz`. */
const ROUNDS = Number(process.env["FUZZ_ROUNDS"] ?? 2);
const bundled = parseSource(bundledFile, readFileSync(join(projectRoot, bundledFile), "utf8"));
const overlays = readOverlays(projectRoot);
const before = loadSpec(projectRoot);

/** mulberry32: small, and the same everywhere. */
function createPick(seed: number): Pick {
  let state = seed;
  return (from) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    const index = Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * from.length);
    return from[index] as (typeof from)[number];
  };
}

interface Outcome {
  readonly title: string;
  readonly expected: Expected;
  readonly stopped?: readonly string[];
  readonly changes: readonly ClassifiedChange[];
  readonly files: ReadonlyMap<string, string>;
  readonly again: ReadonlyMap<string, string>;
  readonly rows: readonly string[];
  readonly folder: string;
}

async function run(name: string, seed: number, isFirst: boolean): Promise<Outcome | undefined> {
  const document = structuredClone(bundled.value);
  const expected = mutations[name]?.(document, createPick(seed));
  if (!expected) return undefined;
  const nothing = { changes: [], files: new Map(), again: new Map(), rows: [] };
  const outcome = { title: `${name} (seed ${seed})`, expected, folder: `fuzz${seed}`, ...nothing };
  const text = JSON.stringify(document, null, 1);
  try {
    const { spec } = rebaseOverlays(bundled, parseSource("next.json", text), overlays);
    const files = await generate(spec);
    return {
      ...outcome,
      changes: classifyAll(compareSpecs(before, spec)),
      files,
      again: isFirst
        ? await generate(rebaseOverlays(bundled, parseSource("next.json", text), overlays).spec)
        : files,
      rows: await callAll(files),
    };
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return { ...outcome, stopped: error.problems };
  }
}

const KINDS = {
  json: ["application/json", "{}"],
  stream: ["application/x-ndjson", '{"data":"a"}\n'],
  bytes: ["audio/ogg", "OggS"],
  text: ["text/plain", "a"],
  empty: [undefined, ""],
} as const;

/** A row of the contract for each operation: what goes out by method, path and body, and what comes back by kind. */
async function callAll(files: ReadonlyMap<string, string>): Promise<string[]> {
  const sent: { method: string; path: string; type: string | null }[] = [];
  let answer: Response | undefined;
  const client = await loadClient(files, "https://api.example.com", async (url, init) => {
    const headers = new Headers(init.headers);
    sent.push({
      method: init.method ?? "GET",
      path: new URL(url).pathname,
      type: headers.get("content-type"),
    });
    return answer ?? Response.error();
  });
  const wrong: string[] = [];
  for (const operation of client.operations) {
    const { id, method, path, body, response } = operation;
    const [type, text] = KINDS[response];
    answer = new Response(text === "" ? null : text, {
      status: 200,
      headers: type ? { "content-type": type } : {},
    });
    const result = await client.call(operation).catch((error: unknown) => error);
    const last = sent.at(-1);
    const wanted = path.replaceAll(/\{\w+\}/g, "id-1");
    const bodyType = body?.kind === "json" ? "application/json" : body ? "multipart/form-data" : undefined;
    if (result instanceof Error) wrong.push(`${id}: ${result.message}`);
    else if (last?.method !== method || last.path !== wanted)
      wrong.push(`${id}: sent ${last?.method} ${last?.path}`);
    else if (bodyType && !last.type?.startsWith(bodyType)) wrong.push(`${id}: sent ${last.type}`);
    else if (response === "stream" && JSON.stringify(result) !== '[{"data":"a"}]')
      wrong.push(`${id}: read ${JSON.stringify(result)}`);
  }
  if (sent.length !== client.operations.length)
    wrong.push(`${sent.length} of ${client.operations.length} calls were sent`);
  return wrong;
}

describe("the bundled description, mutated at random", () => {
  const outcomes: Outcome[] = [];
  let problems: readonly string[] = [];
  const generated = (): Outcome[] => outcomes.filter(({ stopped }) => !stopped);

  beforeAll(async () => {
    for (const [index, name] of Object.keys(mutations).entries()) {
      for (let round = 0; round < ROUNDS; round += 1) {
        const outcome = await run(name, index * 100 + round + 1, round === 0);
        if (outcome) outcomes.push(outcome);
      }
    }
    const files = new Map<string, string>();
    for (const outcome of generated()) {
      for (const [file, text] of outcome.files) files.set(`${outcome.folder}/${file}`, text);
    }
    const program = createProgram(projectRoot, files, [...files.keys()]);
    problems = problemsOf(program, projectRoot, (file) => files.has(file));
  });

  it("is mutated in every way, and every way can succeed or must stop", () => {
    const reached = new Set(outcomes.map(({ title }) => title.replace(/ \(.*/, "")));
    expect([...reached].sort()).toEqual(Object.keys(mutations).sort());
    expect(generated().length).toBeGreaterThan(ROUNDS * 9);
  });

  it("stops only where it must, and then names the operation in one line", () => {
    for (const { title, expected, stopped } of outcomes) {
      const wanted = "stopsAt" in expected ? expected.stopsAt : expected.mayStopAt;
      const mayGoOn = !("stopsAt" in expected);
      expect([title, stopped === undefined ? mayGoOn : wanted !== undefined]).toEqual([title, true]);
      const file = mayGoOn ? "openapi/overlays/\\S+" : "next\\.json";
      for (const problem of stopped ?? [])
        expect(problem).toMatch(new RegExp(`^${file}:\\d+: operation(Id)? \`${wanted}\` .+$`));
    }
  });

  it("else becomes code that type-checks", () => {
    expect(problems).toEqual([]);
  });

  it("and that sends every operation where the description says, and reads its kind of answer", () => {
    expect(generated().flatMap(({ title, rows }) => rows.map((row) => `${title}: ${row}`))).toEqual([]);
  });

  it("asks for the bump of the rule table", () => {
    const ORDER = ["major", "minor", "patch"];
    for (const { title, expected, changes } of generated()) {
      const kinds = "kinds" in expected ? expected.kinds : [];
      const wanted = kinds
        .map((kind) => RULES[kind].impact)
        .sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b))[0];
      expect([title, impactOf(changes)]).toEqual([title, wanted]);
      expect([title, changes.map(({ kind }) => kind)]).toEqual([title, expect.arrayContaining([...kinds])]);
    }
  });

  it("is generated the same a second time", () => {
    for (const { title, files, again } of generated())
      expect([title, [...again]]).toEqual([title, [...files]]);
  });
});
