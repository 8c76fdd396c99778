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
  /** The bound of `text()`, as a ratio to the loop that joins. */
  readonly grossText?: number;
  readonly note?: string;
}

/** Every client runs this often before it counts, however small the run: the compiler is busy with a reader that long. */
const WARMUP_ROUNDS = 8;

/** The SDK's ways to read that hand over no single item. The first is the one that the target is about. */
const AT_ONCE = ["heidi-text", "heidi-array"];
/** Parses and joins without any SDK: a text takes memory, which the items alone do not. */
const JOIN = "parse-join";

/** A row of items decoded from memory: the transport's share is the same for all chunks of a stream. */
export function itemRow(options: ItemRow): Row {
  const { id, title, format, lineBytes, chunkBytes, base, peers, target, gross, grossText, note } = options;
  const run = async (context: Context): Promise<readonly Metric[]> => {
    const lines = Math.max(10, Math.ceil(options.lines * context.scale));
    const roles: Record<string, Role> = { heidi: "sdk", [base]: "base" };
    if (base === "parse") {
      roles["parse-await"] = "limit";
      for (const client of AT_ONCE) roles[client] = "sdk";
      roles[JOIN] = "limit";
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
      entries: entries.filter((one) => !isAtOnce(one) && one.client !== JOIN),
      note,
    };
    if (base === "drain") return [items];
    const atOnce = entries.filter((one) => isAtOnce(one) || one.client === base || one.client === JOIN);
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
