// The same as the other smoke test, with a Heidi in the very same program: what a test in a Worker has.
import { createSandbox } from "heidi-health-sdk/sandbox";
import { smoke } from "./smoke.mjs";

export async function sandboxSmoke(listens) {
  for (const deployment of ["spec", "documented"]) {
    const sandbox = await createSandbox({ deployment, streamDelayMs: 1, timings: { transcriptionMs: 5 } });
    await smoke({ SMOKE_BASE_URL: sandbox.baseUrl, SMOKE_API_KEY: sandbox.apiKey, fetch: sandbox.fetch });
    const { sha256, size_bytes } = sandbox.state().users[0].sessions[0].audio[0];
    const data = new Uint8Array(size_bytes);
    data.set(new TextEncoder().encode("ID3\u0004"));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
    const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    if (sha256 !== hex) throw new Error("expected the upload's own hash");
    if (listens !== hasPort(sandbox)) throw new Error(`expected a port: ${listens}`);
    await sandbox.close();
  }
}

function hasPort(sandbox) {
  try {
    return sandbox.port > 0;
  } catch (error) {
    if (error.name !== "HeidiConfigurationError") throw error;
    return false;
  }
}
