// The built package with all features of a real client: token exchange, retries, deadline, redaction.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const load = (packageDir, file) => import(pathToFileURL(join(packageDir, "dist", file)).href);

export const loadSdk = (packageDir) => load(packageDir, "index.mjs");
export const loadSdkNode = (packageDir) => load(packageDir, "node.mjs");

export const IDENTITY = { email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" };

export async function createClinician({ packageDir, baseUrl }, options = {}) {
  const { Heidi } = await loadSdk(packageDir);
  const heidi = new Heidi({ apiKey: "bench-key", baseUrl, ...options });
  return { heidi, clinician: heidi.forUser(IDENTITY) };
}
