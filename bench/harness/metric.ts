/** What a client is in a comparison: ours, the best that is possible, what ratios are taken against, or somebody else's. */
export type Role = "sdk" | "limit" | "base" | "peer";

export interface Entry {
  readonly client: string;
  readonly role: Role;
  /** One per round; the rounds of all clients of a metric are interleaved. */
  readonly samples: readonly number[];
  /** Why there are no samples. A client that does not run is reported, never dropped. */
  readonly failure?: string | undefined;
}

/** One line of the report: the same work, done by several clients. */
export interface Metric {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly better: "lower" | "higher";
  /** The client that counts as 1. Without it the figures stand for themselves. */
  readonly relativeTo?: string | undefined;
  /** What the SDK is to reach: a ratio with `relativeTo`, else a figure. */
  readonly target?: number | undefined;
  /** Beyond this the quick mode fails: far enough from the target that no busy machine gets there. */
  readonly gross?: number | undefined;
  /** `gross` is then a ratio to this client: a busy machine slows both, and would break a bound in milliseconds. */
  readonly grossTo?: string | undefined;
  readonly entries: readonly Entry[];
  readonly note?: string | undefined;
}

export interface Context {
  readonly quick: boolean;
  readonly rounds: number;
  /** Multiplies the work of a round, for validating the harness. */
  readonly scale: number;
  /** The folder of the built package, as a user would have it installed. */
  readonly packageDir: string;
  /** Whether peers are asked for: never in quick mode, which must not need them installed. */
  readonly peers: boolean;
  readonly tmpDir: string;
}

export interface Row {
  readonly id: string;
  /** Part of the quick mode. */
  readonly quick: boolean;
  run(context: Context): Promise<readonly Metric[]>;
}

export interface Summary {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

function quantile(sorted: readonly number[], at: number): number {
  const index = (sorted.length - 1) * at;
  const low = sorted[Math.floor(index)] ?? Number.NaN;
  const high = sorted[Math.ceil(index)] ?? Number.NaN;
  return low + (high - low) * (index - Math.floor(index));
}

/** Median and quartiles. */
export function summarize(samples: readonly number[]): Summary | undefined {
  if (samples.length === 0) return undefined;
  const sorted = [...samples].sort((a, b) => a - b);
  return { value: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) };
}

/** An entry's samples, round by round against another's: the machine's mood of a round cancels out. */
export function ratios(metric: Metric, entry: Entry, to: string | undefined): readonly number[] {
  const base = metric.entries.find(({ client }) => client === to)?.samples ?? [];
  return entry.samples.flatMap((sample, round) => {
    const one = base[round];
    return one === undefined ? [] : [sample / one];
  });
}

/** The figure that a target is about. */
export function figure(metric: Metric, entry: Entry): Summary | undefined {
  return summarize(
    metric.relativeTo === undefined ? entry.samples : ratios(metric, entry, metric.relativeTo),
  );
}

/** True when a figure is as good as a bound or better. */
export function within(metric: Metric, value: number, bound: number): boolean {
  return metric.better === "lower" ? value <= bound : value >= bound;
}
