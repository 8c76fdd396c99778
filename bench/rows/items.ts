import type { Context, Entry, Metric, Role, Row } from "../harness/metric.ts";
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
  /** The limit for `text()`, as a ratio to the loop that joins. */
  readonly grossText?: number;
  readonly note?: string;
}

/** The number of warm-up runs of every client, also in small runs: the JIT compiler needs them. */
const WARMUP_ROUNDS = 8;

/** The SDK's methods that return all items together. The target applies to the first one. */
const AT_ONCE = ["heidi-text", "heidi-array"];
/** The base for `text()`: parses and joins without an SDK, because a joined text needs memory that single items do not. */
const JOIN = "parse-join";
/** The base for `toArray()`, likewise. */
const KEEP = "parse-array";

/** Creates a row that decodes items from memory: the cost of the HTTP client is the same for all chunks of a stream. */
export function itemRow(options: ItemRow): Row {
  const { id, title, format, lineBytes, chunkBytes, base, peers, target, gross, grossText, note } = options;
  const run = async (context: Context): Promise<readonly Metric[]> => {
    const lines = Math.max(10, Math.ceil(options.lines * context.scale));
    const roles: Record<string, Role> = { heidi: "sdk", [base]: "base" };
    if (base === "parse") {
      roles["parse-await"] = "limit";
      for (const client of AT_ONCE) roles[client] = "sdk";
      roles[JOIN] = "limit";
      roles[KEEP] = "limit";
    }
    for (const peer of peers) roles[peer] = "peer";
    const measured = await interleave(context, {
      contenders: contenders("items", roles),
      params: { packageDir: context.packageDir, format, lineBytes, lines, chunkBytes },
      warmup: { times: WARMUP_ROUNDS },
      round: {},
    });
    const entries = entriesOf(measured, (sample) => field("cpuMs")(sample));
    const figures = { unit: "ms", better: "lower", relativeTo: base, target, gross } as const;
    const isAtOnce = ({ client }: Entry): boolean => AT_ONCE.includes(client);
    const items: Metric = {
      id,
      title,
      ...figures,
      entries: entries.filter((one) => !isAtOnce(one) && one.client !== JOIN && one.client !== KEEP),
      note,
    };
    if (base === "drain") return [items];
    const limits = [base, JOIN, KEEP];
    const atOnce = entries.filter((one) => isAtOnce(one) || limits.includes(one.client));
    return [
      items,
      {
        id: `${id}-text`,
        title: `${title}, by text() (heidi-array: toArray())`,
        ...figures,
        gross: grossText,
        grossTo: JOIN,
        entries: atOnce,
      },
    ];
  };
  return { id, quick: true, run };
}
