// Aborts many calls while each waits for the only connection, and prints by how many bytes the heap has grown. Needs
// --expose-gc.
import { Heidi } from "../../../src/index.ts";

const [baseUrl = "", calls] = process.argv.slice(2);
const clinician = Heidi.withToken("jwt", { baseUrl, maxConnections: 1, maxRetries: 0 });
const endless = clinician.sessions.get("endless").catch(() => undefined);

async function abortCalls(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const abort = new AbortController();
    const call = clinician.sessions.create(
      { ehr_appointment_id: String(index).padEnd(20_000) },
      { signal: abort.signal },
    );
    await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    await call.catch(() => undefined);
  }
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed + process.memoryUsage().external;
}

await abortCalls(200);
const before = heapBytes();
await abortCalls(Number(calls));
console.log(heapBytes() - before);
await clinician.close();
await endless;
