// A script as short as scripts get: no close(), no process.exit().
import { Heidi } from "heidi-health-sdk";

async function main(): Promise<void> {
  const clinician = new Heidi().forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });
  await clinician.sessions.create();
  // Beats and not the clock: a busy machine stretches the time between them.
  let beats = 0;
  setInterval(() => {
    beats += 1;
  }, 10).unref();
  process.on("exit", () => console.log(JSON.stringify({ lingeredMs: beats * 10 })));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
