/** The role of a client in a comparison: the SDK, the best possible implementation, the base of ratios, or another client. */
export type Role = "sdk" | "limit" | "base" | "peer";

export interface Entry {
  readonly client: string;
  readonly role: Role;
  /** One sample per round; the rounds of all clients of a metric are interleaved. */
  readonly samples: readonly number[];
  /** The reason for missing samples. A client that does not run is reported, not omitted. */
  readonly failure?: string | undefined;
}

/** One line of the report: the same work by several clients. */
export interface Metric {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly better: "lower" | "higher";
  /** The client that counts as 1; without it, the figures are absolute. */
  readonly relativeTo?: string | undefined;
  /** The target of the SDK: a ratio with `relativeTo`, otherwise an absolute figure. */
  readonly target?: number | undefined;
  /** The quick mode fails beyond this figure; it is so far from the target that a busy machine does not reach it. */
  readonly gross?: number | undefined;
  /** Makes `gross` a ratio to this client: a busy machine slows both, but would exceed a limit in milliseconds. */
  readonly grossTo?: string | undefined;
  readonly entries: readonly Entry[];
  readonly note?: string | undefined;
}

export interface Context {
  readonly quick: boolean;
  readonly rounds: number;
  /** Multiplies the work of a round, for validating the harness. */
  readonly scale: number;
  /** The folder of the built package, as a user installs it. */
  readonly packageDir: string;
  /** True to measure the peers; false in quick mode, which works without them. */
  readonly peers: boolean;
  readonly tmpDir: string;
}

export interface Row {
  readonly id: string;
  /** True when the row is part of the quick mode. */
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

/** Returns median and quartiles. */
export function summarize(samples: readonly number[]): Summary | undefined {
  if (samples.length === 0) return undefined;
  const sorted = [...samples].sort((a, b) => a - b);
  return { value: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) };
}

/** Returns the ratios of an entry's samples to another's, round by round: other load on the machine cancels out. */
export function ratios(metric: Metric, entry: Entry, to: string | undefined): readonly number[] {
  const base = metric.entries.find(({ client }) => client === to)?.samples ?? [];
  return entry.samples.flatMap((sample, round) => {
    const one = base[round];
    return one === undefined ? [] : [sample / one];
  });
}

/** Returns the figure that is compared with the target. */
export function figure(metric: Metric, entry: Entry): Summary | undefined {
  return summarize(
    metric.relativeTo === undefined ? entry.samples : ratios(metric, entry, metric.relativeTo),
  );
}

/** Returns true when a figure is at the limit or better. */
export function within(metric: Metric, value: number, bound: number): boolean {
  return metric.better === "lower" ? value <= bound : value >= bound;
}
