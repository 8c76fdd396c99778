// Runs in a worker thread: some calls, which may never end.
import { parentPort, workerData } from "node:worker_threads";
import { tsImport } from "tsx/esm/api";

// A worker does not inherit the loader of TypeScript, so it brings its own.
const { Heidi } = await tsImport("../../../src/index.ts", import.meta.url);
const { baseUrl, path } = workerData;
const heidi = new Heidi({ apiKey: "key", baseUrl });
const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "1" });
const answers = await Promise.all(Array.from({ length: 5 }, () => clinician.request("GET", path)));
parentPort?.postMessage(answers.length);
