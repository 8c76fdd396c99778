import { Heidi } from "heidi-health-sdk";
import { createSandbox, createVirtualClock } from "heidi-health-sdk/sandbox";

/** A Heidi of this test's own, and a client that talks to it. Nothing in it waits. */
export async function start(deployment) {
  const sandbox = await createSandbox({
    deployment,
    clock: createVirtualClock(),
    tokenLifetimeMs: 86_400_000,
  });
  const heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
  const stop = async () => {
    await heidi.close();
    await sandbox.close();
  };
  return { sandbox, heidi, stop };
}

export const visit = {
  appointmentId: "apt-1",
  clinician: { email: "dr@clinic.example", id: "ehr-42" },
  recording: new TextEncoder().encode("OggS: any audio is taken for a consult about blood pressure"),
};
