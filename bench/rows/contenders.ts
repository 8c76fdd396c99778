import type { Role } from "../harness/metric.ts";
import type { Contender } from "../harness/rounds.ts";

/** Returns the contenders for one kind of work; each is a module in `clients/<kind>/`. */
export function contenders(kind: string, clients: Readonly<Record<string, Role>>): readonly Contender[] {
  return Object.entries(clients).map(([client, role]) => ({
    client,
    role,
    module: `clients/${kind}/${client}.mjs`,
  }));
}
