import { parseArgs } from "node:util";

export interface Arguments {
  readonly quick: boolean;
  /** The ids of rows, or prefixes of them; all rows when empty. */
  readonly only: readonly string[];
  readonly rounds: number;
  readonly scale: number;
  readonly peers: boolean;
  /** The folder for the reports. */
  readonly out: string | undefined;
}

export const USAGE = `npm run bench -- [options]
  --quick           only the SDK against the limit, in under 90 s; fails on gross regressions; needs no peers
  --only a,b        only the rows whose ids begin with these (--only list shows them)
  --rounds n        rounds per row (default 9; quick 3)
  --scale x         the work of a round, times x (default 1)
  --no-peers        leave the peers out
  --out folder      write report.md, report.json and bars.svg there (default .tmp/bench)
  --publish         also rewrite the table in bench/README.md and bench/bars.svg`;

export function parse(argv: readonly string[]): Arguments & { readonly publish: boolean } {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      rounds: { type: "string" },
      scale: { type: "string", default: "1" },
      "no-peers": { type: "boolean", default: false },
      out: { type: "string" },
      publish: { type: "boolean", default: false },
    },
  });
  const rounds = Number(values.rounds ?? (values.quick ? 3 : 9));
  const scale = Number(values.scale);
  if (!Number.isInteger(rounds) || rounds < 1 || !(scale > 0)) throw new Error(USAGE);
  return {
    quick: values.quick,
    only: values.only.split(",").filter((id) => id !== ""),
    rounds,
    scale,
    peers: !values.quick && !values["no-peers"],
    out: values.out,
    publish: values.publish,
  };
}
