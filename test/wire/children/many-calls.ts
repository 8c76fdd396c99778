// Makes more calls at a time than there are connections, creates and reads in turn, and prints how they ended: with one
// connection, with two, and with the default number of them. A fault in undici's own callbacks ends this process.
import { Heidi, isHeidiError } from "../../../src/index.ts";
import { type NodeHttpClientOptions, nodeHttpClient } from "../../../src/node.ts";

const [baseUrl = "", options = "{}"] = process.argv.slice(2);

async function makeCalls(count: number, maxConnections: number | undefined): Promise<Record<string, number>> {
  const wire = nodeHttpClient({ ...(JSON.parse(options) as NodeHttpClientOptions), maxConnections });
  const clinician = Heidi.withToken("jwt", { baseUrl, maxRetries: 0, httpClient: wire });
  const settled = await Promise.allSettled(
    Array.from({ length: count }, (_, index) =>
      index % 2 === 0 ? clinician.sessions.create({}) : clinician.sessions.get("1"),
    ),
  );
  await clinician.close();
  const ends: Record<string, number> = {};
  for (const result of settled) {
    const error: unknown = result.status === "fulfilled" ? undefined : result.reason;
    const end = isHeidiError(error) ? `${error.name} ${error.outcome}` : result.status;
    ends[end] = (ends[end] ?? 0) + 1;
  }
  return ends;
}

console.log(JSON.stringify([await makeCalls(4, 1), await makeCalls(6, 2), await makeCalls(100, undefined)]));
