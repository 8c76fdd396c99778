import { createClinician } from "../../harness/sdk.mjs";
import { jsonClient } from "./load.mjs";

export async function create(params) {
  const { clinician } = await createClinician(params, params.options);
  return jsonClient(() => clinician.sessions.get("session-1"));
}
