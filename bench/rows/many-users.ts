import type { Context, Metric, Row } from "../harness/metric.ts";
import { entriesOf, field, interleave } from "../harness/rounds.ts";
import { withServer } from "../harness/server.ts";

const MANY = 10_000;

async function run(context: Context): Promise<readonly Metric[]> {
  const users = Math.ceil(MANY * context.scale);
  const measured = await withServer("servers/json.mjs", ({ baseUrl }) =>
    interleave(context, {
      contenders: [
        { client: "heidi", role: "sdk", module: "clients/many/users.mjs", params: { users } },
        { client: "one user", role: "base", module: "clients/many/users.mjs", params: { users: 1 } },
      ],
      params: { baseUrl, packageDir: context.packageDir },
      warmup: { count: 4000 },
      round: { count: 4000 },
    }),
  );
  return [
    {
      id: "users-cpu",
      title: `Calls of ${users.toLocaleString("en-US")} users in turn, CPU per call`,
      unit: "µs",
      better: "lower",
      relativeTo: "one user",
      entries: entriesOf(measured, (sample) => (field("cpuMs")(sample) * 1000) / field("calls")(sample)),
    },
    {
      id: "users-memory",
      title: `Token cache of ${users.toLocaleString("en-US")} users, heap per user`,
      unit: "bytes",
      better: "lower",
      entries: entriesOf(
        measured.filter(({ role }) => role === "sdk"),
        field("bytesPerUser"),
      ),
      note: "`forUser` is called again for each call, so that only the cache keeps a user in memory.",
    },
  ];
}

export const manyUsers: Row = { id: "users-10000", quick: false, run };
