// Makes many calls, and prints what they left behind: heap and active resources after garbage collection.
import { Heidi } from "../../../src/index.ts";

const [baseUrl = "", rounds = "5", callsPerRound = "1000"] = process.argv.slice(2);
const heidi = new Heidi({ apiKey: "key", baseUrl, maxConnections: 10, maxRetries: 0 });
const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "1" });
const { gc } = globalThis as { gc?: () => void };
const signal = new AbortController().signal;

async function round(): Promise<void> {
  for (let done = 0; done < Number(callsPerRound); done += 20) {
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 4 === 0
          ? clinician.sessions.get("missing", { signal }).catch(() => undefined)
          : clinician.templates.list({ signal, totalTimeoutMs: 60_000 }),
      ),
    );
  }
}

const heaps: number[] = [];
const resources: number[] = [];
for (let count = 0; count < Number(rounds); count += 1) {
  await round();
  await new Promise((resolve) => setTimeout(resolve, 50));
  gc?.();
  gc?.();
  heaps.push(process.memoryUsage().heapUsed);
  resources.push(process.getActiveResourcesInfo().length);
}
await heidi.close();
console.log(JSON.stringify({ heaps, resources }));
