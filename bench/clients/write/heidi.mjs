import { createClinician } from "../../harness/sdk.mjs";
import { jsonClient } from "../json/load.mjs";
import { BODY } from "./body.mjs";

export async function create(params) {
  const { clinician } = await createClinician(params);
  return jsonClient(() => clinician.sessions.update("session-1", BODY));
}
