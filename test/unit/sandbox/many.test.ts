import { Heidi } from "heidi-health-sdk";
import { createSandbox } from "heidi-health-sdk/sandbox";
import { expect, it } from "vitest";

/** What one of a user's tests does: a sandbox of its own, a client, a call, and the end of both. */
async function oneTest(index: number): Promise<number> {
  await using sandbox = await createSandbox({ seed: index });
  await using heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
  const user = heidi.forUser({ email: `dr${index}@clinic.example`, thirdPartyInternalId: String(index) });
  const { session_id } = await user.sessions.create({ ehr_appointment_id: `apt-${index}` });
  expect(session_id).toMatch(/^\d{37,39}$/);
  expect(sandbox.state().users.map(({ identity }) => identity.third_party_internal_id)).toEqual([
    String(index),
  ]);
  return sandbox.port;
}

it("starts 200 sandboxes at once, each its test's own, in less than 3 seconds in total", async () => {
  const before = process.cpuUsage();
  const ports = await Promise.all(Array.from({ length: 200 }, (_, index) => oneTest(index)));
  // Of the processor, which is what it takes on a machine that has nothing else to do.
  const { user, system } = process.cpuUsage(before);
  expect(new Set(ports).size).toBe(200);
  expect((user + system) / 1000).toBeLessThan(3000);
});
