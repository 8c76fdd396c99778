import { Heidi, type HeidiIdentity } from "../index.ts";
import type { SandboxSeed } from "../sandbox/index.ts";

/** The clinician of `--sandbox`. */
export const demoIdentity: HeidiIdentity = { email: "dr@clinic.example", thirdPartyInternalId: "demo" };

/** A sandbox with a client, for `--sandbox`. */
export interface Demo {
  readonly heidi: Heidi;
  readonly identity: HeidiIdentity;
  close(): Promise<void>;
}

/** Starts a sandbox with this initial state. */
export async function openDemo(data: SandboxSeed = {}): Promise<Demo> {
  const { createSandbox } = await import("../sandbox/index.ts");
  const sandbox = await createSandbox({ data });
  const heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
  return {
    heidi,
    identity: demoIdentity,
    close: async () => {
      await heidi.close();
      await sandbox.close();
    },
  };
}
