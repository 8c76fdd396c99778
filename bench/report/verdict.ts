import { figure, type Metric, ratios, summarize, within } from "../harness/metric.ts";

export type Verdict = "met" | "missed" | "gross" | "failed" | "none";

/** Compares the SDK's figure with its target. A metric without a figure of the SDK counts as failed. */
export function judge(metric: Metric): Verdict {
  const entry = metric.entries.find(({ role }) => role === "sdk");
  if (entry === undefined) return "none";
  const result = figure(metric, entry);
  if (result === undefined || entry.failure !== undefined) return "failed";
  const guarded = metric.grossTo === undefined ? result : summarize(ratios(metric, entry, metric.grossTo));
  if (metric.gross !== undefined && guarded && !within(metric, guarded.value, metric.gross)) return "gross";
  if (metric.target === undefined) return "none";
  return within(metric, result.value, metric.target) ? "met" : "missed";
}
