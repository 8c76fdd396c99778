import type { Entry, Metric, Summary } from "../harness/metric.ts";

/** Formats a number with three significant digits, and all digits before the point: 0.0123, 1.23, 123, 12,345. */
export function formatNumber(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString("en-US", { maximumFractionDigits: Math.min(digits, 4) });
}

export function formatSummary({ value, low, high }: Summary): string {
  const spread = low === high ? "" : ` (${formatNumber(low)}–${formatNumber(high)})`;
  return `${formatNumber(value)}${spread}`;
}

export function formatTarget(metric: Metric): string {
  if (metric.target === undefined) return "–";
  return `${metric.better === "lower" ? "≤" : "≥"} ${formatNumber(metric.target)}`;
}

/** Returns the display name of an entry, which shows its role. */
export function label({ client, role }: Entry): string {
  if (role === "sdk") return `**${client}**`;
  return role === "limit" ? `${client} (limit)` : client;
}
