import type { Context, Metric, Role, Row } from "../harness/metric.ts";
import { entriesOf, field, interleave } from "../harness/rounds.ts";
import { contenders } from "./contenders.ts";

interface ItemRow {
  readonly id: string;
  readonly title: string;
  readonly format: "ndjson" | "sse";
  readonly lineBytes: number;
  readonly lines: number;
  readonly chunkBytes: number;
  readonly base: "parse" | "drain";
  readonly peers: readonly string[];
  readonly target: number;
  readonly gross: number;
  readonly note?: string;
}

/** A row of items decoded from memory: the transport's share is the same for all chunks of a stream. */
export function itemRow(options: ItemRow): Row {
  const { id, title, format, lineBytes, chunkBytes, base, peers, target, gross, note } = options;
  const run = async (context: Context): Promise<readonly Metric[]> => {
    const lines = Math.max(10, Math.ceil(options.lines * context.scale));
    const roles: Record<string, Role> = { heidi: "sdk", [base]: "base" };
    if (base === "parse") roles["parse-await"] = "limit";
    for (const peer of peers) roles[peer] = "peer";
    const measured = await interleave(context, {
      contenders: contenders("items", roles),
      params: { packageDir: context.packageDir, format, lineBytes, lines, chunkBytes },
      warmup: {},
      round: {},
    });
    const entries = entriesOf(measured, (sample) => field("cpuMs")(sample));
    return [{ id, title, unit: "ms", better: "lower", relativeTo: base, target, gross, entries, note }];
  };
  return { id, quick: true, run };
}
