// A script as short as scripts get: no close(), no process.exit().
import { Heidi } from "heidi-health-sdk";

async function main(): Promise<void> {
  const clinician = new Heidi().forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });
  await clinician.sessions.create();
  const lastAwaitMs = Date.now();
  process.on("exit", () => console.log(JSON.stringify({ lingeredMs: Date.now() - lastAwaitMs })));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
