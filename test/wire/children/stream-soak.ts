// Reads, leaves and loses many streams, and prints what they left behind: heap and active resources after garbage collection.
import { Heidi } from "../../../src/index.ts";

const [baseUrl = "", rounds = "8", streamsPerRound = "64"] = process.argv.slice(2);
const clinician = Heidi.withToken("jwt", { baseUrl, maxConnections: 10, maxRetries: 0 });
const { gc } = globalThis as { gc?: () => void };
const { signal } = new AbortController();
const body = { ai_command_text: "a", content: "b", content_type: "MARKDOWN" } as const;

async function one(index: number): Promise<void> {
  const way = ["whole", "cut", "left"][index % 3] ?? "whole";
  const stream = clinician.askHeidi.ask(way, body, { signal, totalTimeoutMs: 60_000 });
  if (way !== "left") await stream.text().catch(() => undefined);
  else for await (const _ of stream) break;
}

const heaps: number[] = [];
const resources: number[] = [];
for (let count = 0; count < Number(rounds); count += 1) {
  for (let done = 0; done < Number(streamsPerRound); done += 10)
    await Promise.all(Array.from({ length: 10 }, (_, index) => one(done + index)));
  await new Promise((resolve) => setTimeout(resolve, 50));
  gc?.();
  gc?.();
  heaps.push(process.memoryUsage().heapUsed);
  resources.push(process.getActiveResourcesInfo().length);
}
await clinician.close();
console.log(JSON.stringify({ heaps, resources }));
