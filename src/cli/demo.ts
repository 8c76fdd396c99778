import { Heidi, type HeidiIdentity } from "../index.ts";

/** A Heidi of its own for a first try. */
export interface Demo {
  readonly heidi: Heidi;
  readonly identity: HeidiIdentity;
  close(): Promise<void>;
}

export async function openDemo(): Promise<Demo> {
  const { createSandbox } = await import("../sandbox/index.ts");
  const sandbox = await createSandbox();
  const heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
  return {
    heidi,
    identity: { email: "dr@clinic.example", thirdPartyInternalId: "demo" },
    close: async () => {
      await heidi.close();
      await sandbox.close();
    },
  };
}

const SAMPLE_RATE = 8000;
const HEADER_BYTES = 44;

/** Some seconds of silence: the sandbox takes any recording for the same consult. */
export function demoRecording(): File {
  const samples = Buffer.alloc(60 * SAMPLE_RATE * 2);
  const header = Buffer.alloc(HEADER_BYTES);
  header.write("RIFF");
  header.writeUInt32LE(HEADER_BYTES - 8 + samples.length, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  // PCM, one channel, two bytes a sample.
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(SAMPLE_RATE, 24);
  header.writeUInt32LE(SAMPLE_RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(samples.length, 40);
  return new File([header, samples], "demo.wav", { type: "audio/wav" });
}
