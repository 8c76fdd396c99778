import { createClinician } from "../../harness/sdk.mjs";
import { firstItemClient, STREAM_BODY } from "./time.mjs";

export async function create(params) {
  const { clinician } = await createClinician(params);
  return firstItemClient(async () => {
    for await (const item of clinician.consultNotes.generate("session-1", STREAM_BODY)) return item;
  });
}
