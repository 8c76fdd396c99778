// Runs in a worker thread, from the built package: some calls, which may never end.
import { parentPort, workerData } from "node:worker_threads";
import { Heidi } from "heidi-health-sdk";

const { baseUrl, path } = workerData;
const heidi = new Heidi({ apiKey: "key", baseUrl });
const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "1" });
const answers = await Promise.all(Array.from({ length: 5 }, () => clinician.request("GET", path)));
parentPort?.postMessage(answers.length);
