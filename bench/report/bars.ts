import { figure, type Metric } from "../harness/metric.ts";
import { formatNumber } from "./format.ts";

const WIDTH = 760;
const LABEL_WIDTH = 150;
const VALUE_WIDTH = 70;
const BAR_HEIGHT = 16;
const GAP = 5;
const COLORS = { sdk: "#0f766e", limit: "#64748b", base: "#94a3b8", peer: "#cbd5e1" } as const;

const escapeText = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** Draws one group of bars per metric: the SDK coloured, limits dark, peers light; readable on a light and a dark page. */
export function toSvg(metrics: readonly Metric[]): string {
  const parts: string[] = [];
  let y = 8;
  for (const metric of metrics) {
    const bars = metric.entries.flatMap((entry) => {
      const result = figure(metric, entry);
      return result === undefined ? [] : [{ ...entry, value: result.value }];
    });
    bars.sort((a, b) => (metric.better === "lower" ? a.value - b.value : b.value - a.value));
    if (bars.length === 0) continue;
    const unit = metric.relativeTo === undefined ? metric.unit : `${metric.relativeTo} = 1`;
    const better = metric.better === "lower" ? "shorter is better" : "longer is better";
    y += 16;
    parts.push(`<text class="t" x="8" y="${y}">${escapeText(`${metric.title} (${unit}; ${better})`)}</text>`);
    y += 8;
    const largest = Math.max(...bars.map(({ value }) => value));
    for (const { client, role, value } of bars) {
      const length = Math.max(1, (value / largest) * (WIDTH - LABEL_WIDTH - VALUE_WIDTH));
      const middle = y + BAR_HEIGHT - 4;
      parts.push(
        `<text x="${LABEL_WIDTH - 8}" y="${middle}" text-anchor="end"${role === "sdk" ? ' class="t"' : ""}>${escapeText(client)}</text>`,
        `<rect x="${LABEL_WIDTH}" y="${y}" width="${length.toFixed(1)}" height="${BAR_HEIGHT}" fill="${COLORS[role]}"/>`,
        `<text x="${(LABEL_WIDTH + length + 6).toFixed(1)}" y="${middle}">${formatNumber(value)}</text>`,
      );
      y += BAR_HEIGHT + GAP;
    }
    y += 12;
  }
  const style =
    "text{font:12px system-ui,sans-serif;fill:#334155}.t{font-weight:600;fill:#0f766e}" +
    "@media(prefers-color-scheme:dark){text{fill:#cbd5e1}.t{fill:#5eead4}}";
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}" role="img"><title>Benchmarks: the SDK beside its limits and its peers</title><style>${style}</style>${parts.join("")}</svg>\n`;
}
