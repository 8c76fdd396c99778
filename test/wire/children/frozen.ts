// Makes one call whenever a line comes in, and prints how it went.
import { createInterface } from "node:readline";
import { Heidi, isHeidiError } from "../../../src/index.ts";

const [baseUrl = ""] = process.argv.slice(2);
const heidi = new Heidi({ apiKey: "key", baseUrl, totalTimeoutMs: 60_000 });
const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "1" });

console.log("ready");
for await (const _ of createInterface({ input: process.stdin })) {
  try {
    await clinician.templates.list();
    console.log("ok");
  } catch (error) {
    console.log(isHeidiError(error) ? error.name : "unknown");
  }
}
await heidi.close();
