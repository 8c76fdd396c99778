import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Arguments, parse, USAGE } from "./harness/arguments.ts";
import { benchPath } from "./harness/child-process.ts";
import { describeMachine } from "./harness/machine.ts";
import type { Context, Metric, Row } from "./harness/metric.ts";
import { preparePackage, ROOT } from "./harness/package.ts";
import { toSvg } from "./report/bars.ts";
import { type Run, toMarkdown } from "./report/markdown.ts";
import { judge } from "./report/verdict.ts";
import { rows } from "./rows/index.ts";

/** The metrics of the chart in the README. */
const PICTURE = ["json-cpu", "ndjson-short", "upload-rate", "upload-memory", "import-esm"];
const BEGIN = "<!-- begin: written by npm run bench -- --publish -->";
const END = "<!-- end -->";

function choose({ quick, only }: Arguments): readonly Row[] {
  const chosen = rows.filter(({ id }) => only.length === 0 || only.some((part) => id.startsWith(part)));
  return quick && only.length === 0 ? chosen.filter((row) => row.quick) : chosen;
}

/** Returns the metric of a row that failed: it is reported, and the other rows continue. */
function didNotRun({ id }: Row, error: unknown): Metric {
  const failure = error instanceof Error ? error.message : String(error);
  const entries = [{ client: "heidi", role: "sdk", samples: [], failure }] as const;
  return { id, title: id, unit: "", better: "lower", entries };
}

/** The number of attempts of a row in quick mode: a short load peak is gone in the next attempt, a regression is not. */
const GUARD_TRIES = 3;

async function runRow(row: Row, context: Context): Promise<readonly Metric[]> {
  for (let tries = 1; ; tries++) {
    const measured = await row.run(context).catch((error: unknown) => [didNotRun(row, error)]);
    const beyond = measured.filter((metric) => judge(metric) === "gross");
    if (!context.quick || beyond.length === 0 || tries === GUARD_TRIES) return measured;
    console.log(`${beyond.map(({ id }) => id).join(", ")}: beyond the limit, measuring again`);
  }
}

async function measure(chosen: readonly Row[], context: Context): Promise<readonly Metric[]> {
  const metrics: Metric[] = [];
  for (const row of chosen) {
    const startedMs = performance.now();
    const measured = await runRow(row, context);
    metrics.push(...measured);
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    console.log(`${row.id}: ${measured.map(judge).join(", ")} in ${seconds} s`);
  }
  return metrics;
}

async function publish(report: string, svg: string): Promise<void> {
  const readme = benchPath("README.md");
  const text = await readFile(readme, "utf8");
  const [before, rest = ""] = text.split(BEGIN);
  const after = rest.split(END)[1] ?? "\n";
  await writeFile(readme, `${before}${BEGIN}\n\n${report}\n${END}${after}`);
  await writeFile(benchPath("bars.svg"), svg);
}

async function main(): Promise<number> {
  const args = parse(process.argv.slice(2));
  if (args.only[0] === "list") {
    console.log(rows.map(({ id, quick }) => `${id}${quick ? " (quick)" : ""}`).join("\n"));
    return 0;
  }
  const chosen = choose(args);
  if (chosen.length === 0) throw new Error(USAGE);
  const machine = describeMachine();
  const tmpDir = join(ROOT, ".tmp", "bench");
  await mkdir(tmpDir, { recursive: true });
  const packageDir = await preparePackage(tmpDir, !args.quick);
  const { quick, rounds, scale, peers } = args;
  const metrics = await measure(chosen, { quick, rounds, scale, peers, packageDir, tmpDir });

  const mode = `${quick ? "quick mode" : peers ? "full run" : "without peers"}, ${rounds} rounds${scale === 1 ? "" : `, work × ${scale}`}`;
  const run: Run = { date: new Date().toISOString().slice(0, 10), mode, machine, metrics };
  const report = toMarkdown(run);
  const svg = toSvg(metrics.filter(({ id }) => PICTURE.includes(id)));
  const out = args.out ?? tmpDir;
  await mkdir(out, { recursive: true });
  await writeFile(join(out, "report.md"), report);
  await writeFile(join(out, "report.json"), `${JSON.stringify(run, undefined, 2)}\n`);
  await writeFile(join(out, "bars.svg"), svg);
  console.log(`\n${report}`);
  if (args.publish) await publish(report, svg);

  const bad = metrics.filter((metric) => ["gross", "failed"].includes(judge(metric)));
  for (const { id } of bad) console.error(`${id}: far from its target, or it did not run`);
  return bad.length === 0 || !quick ? 0 : 1;
}

process.exitCode = await main();
