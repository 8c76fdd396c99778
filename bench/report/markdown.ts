import type { Machine } from "../harness/machine.ts";
import { type Entry, figure, type Metric, summarize } from "../harness/metric.ts";
import { formatNumber, formatSummary, formatTarget, label } from "./format.ts";
import { judge, type Verdict } from "./verdict.ts";

export interface Run {
  readonly date: string;
  readonly mode: string;
  readonly machine: Machine;
  readonly metrics: readonly Metric[];
}

const VERDICTS: Readonly<Record<Verdict, string>> = {
  met: "yes",
  missed: "no",
  gross: "**no**",
  failed: "did not run",
  none: "–",
};

const best = (metric: Metric, role: Entry["role"]): string => {
  const found = metric.entries.flatMap((entry) => {
    const result = entry.role === role ? figure(metric, entry) : undefined;
    return result === undefined ? [] : [{ client: entry.client, value: result.value }];
  });
  found.sort((a, b) => (metric.better === "lower" ? a.value - b.value : b.value - a.value));
  const [first] = found;
  return first === undefined ? "–" : `${formatNumber(first.value)} ${first.client}`;
};

function summaryLine(metric: Metric): string {
  const sdk = metric.entries.find(({ role }) => role === "sdk");
  const result = sdk && figure(metric, sdk);
  const unit = metric.relativeTo === undefined ? metric.unit : `× ${metric.relativeTo}`;
  return `| ${[
    metric.title,
    unit,
    best(metric, "limit"),
    result ? `**${formatSummary(result)}**` : "–",
    best(metric, "peer"),
    formatTarget(metric),
    VERDICTS[judge(metric)],
  ].join(" | ")} |`;
}

function detail(metric: Metric): string {
  const relative = metric.relativeTo !== undefined;
  const head = relative
    ? `| client | × ${metric.relativeTo} | ${metric.unit} |\n|---|---|---|`
    : `| client | ${metric.unit} |\n|---|---|`;
  const measured = metric.entries.map((entry) => ({ entry, result: figure(metric, entry) }));
  measured.sort((a, b) => {
    const [left, right] = [a.result?.value, b.result?.value];
    if (left === undefined || right === undefined) return left === right ? 0 : left === undefined ? 1 : -1;
    return metric.better === "lower" ? left - right : right - left;
  });
  const lines = measured.map(({ entry, result }) => {
    if (!result)
      return `| ${label(entry)} | did not run: ${entry.failure ?? "no sample"} |${relative ? " |" : ""}`;
    const own = summarize(entry.samples);
    return relative && own
      ? `| ${label(entry)} | ${formatSummary(result)} | ${formatSummary(own)} |`
      : `| ${label(entry)} | ${formatSummary(result)} |`;
  });
  return [`### ${metric.title}`, "", ...(metric.note ? [metric.note, ""] : []), head, ...lines, ""].join(
    "\n",
  );
}

/** Returns the whole report: one line per metric, then a table of all clients for each. */
export function toMarkdown({ date, mode, machine, metrics }: Run): string {
  const { cpu, cores, memoryGib, system, node, load } = machine;
  return [
    `${date} · ${mode} · Node ${node.slice(1)} · ${cores} × ${cpu}, ${memoryGib} GiB · ${system} · load ${load} at the start`,
    "",
    "Medians of interleaved rounds; quartiles in brackets.",
    "",
    "| what | unit | limit | SDK | best peer | target | met |",
    "|---|---|---|---|---|---|---|",
    ...metrics.map(summaryLine),
    "",
    ...metrics.map(detail),
  ].join("\n");
}
