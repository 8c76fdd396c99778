import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { preparePackage, ROOT } from "../harness/package.ts";
import { tokenAnswer } from "../servers/token.mjs";

export interface Counts {
  readonly exchanges: number;
  readonly gets: number;
  readonly sets: number;
}

type Sdk = typeof import("heidi-health-sdk");

/** Counts the SDK's operations when every process of a small fleet calls twice for every user, with one shared store. */
export async function countTokens(processes: number, users: number): Promise<Counts> {
  const packageDir = await preparePackage(join(ROOT, ".tmp", "scale"), false);
  const { Heidi }: Sdk = await import(pathToFileURL(join(packageDir, "dist", "index.mjs")).href);
  const count = { exchanges: 0, gets: 0, sets: 0 };
  const entries = new Map<string, unknown>();
  const tokenStore = {
    get: async (key: string): Promise<unknown> => {
      count.gets++;
      return entries.get(key);
    },
    set: async (key: string, value: unknown): Promise<void> => {
      count.sets++;
      entries.set(key, value);
    },
    delete: async (key: string): Promise<boolean> => entries.delete(key),
  };
  const fetch = async (url: string): Promise<Response> => {
    const isExchange = new URL(url).pathname.endsWith("/jwt");
    if (isExchange) count.exchanges++;
    const body = isExchange ? tokenAnswer("ehr") : '{"data":[]}';
    return new Response(body, { headers: { "content-type": "application/json" } });
  };
  for (let process = 0; process < processes; process++) {
    const heidi = new Heidi({ apiKey: "bench-key", baseUrl: "http://127.0.0.1:9", fetch, tokenStore });
    for (let visit = 0; visit < 2; visit++) {
      for (let user = 0; user < users; user++) {
        const identity = { email: `dr${user}@clinic.example`, thirdPartyInternalId: `ehr-${user}` };
        await heidi.forUser(identity).templates.list();
      }
    }
    await heidi.close();
  }
  return count;
}
