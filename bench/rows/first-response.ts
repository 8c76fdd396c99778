import { benchPath } from "../harness/child-process.ts";
import type { Context, Metric, Role, Row } from "../harness/metric.ts";
import { type Program, runInTurn } from "../harness/program.ts";
import { withServer } from "../harness/server.ts";

const CLIENTS: Readonly<Record<string, Role>> = {
  heidi: "sdk",
  fetch: "base",
  undici: "peer",
  axios: "peer",
  openai: "peer",
  anthropic: "peer",
  corti: "peer",
};

/** A token that expires in an hour: the SDK reads its payload. */
function createToken(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "HS256" })}.${part({ exp: Math.floor(Date.now() / 1000) + 3600 })}.signature`;
}

async function run(context: Context): Promise<readonly Metric[]> {
  const rounds = { ...context, rounds: context.quick ? 5 : context.rounds };
  const entries = await withServer("servers/json.mjs", ({ baseUrl }) => {
    const programs = Object.entries(CLIENTS).map(
      ([client, role]): Program => ({
        client,
        role,
        args: [benchPath(`clients/start/first-${client}.mjs`), baseUrl, context.packageDir, createToken()],
      }),
    );
    return runInTurn(rounds, programs, ({ wallMs }) => wallMs);
  });
  return [
    {
      id: "first-response",
      title: "Process with one call, from its start to its exit",
      unit: "ms",
      better: "lower",
      relativeTo: "fetch",
      target: 1.3,
      gross: 2,
      entries,
      note: "1 is a process that only awaits the global `fetch`.",
    },
  ];
}

export const firstResponse: Row = { id: "first-response", quick: true, run };
