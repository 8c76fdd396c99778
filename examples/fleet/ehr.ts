import type { ConsultInput, ConsultResult, HeidiIdentity } from "heidi-health-sdk";
import { fileFromPath } from "heidi-health-sdk/node";
import { type ConsultJob, letterTemplate, recording } from "./settings.ts";

// Stands for your EHR: it knows who is behind a reference, and where the recording is.

export const identityOf = ({ clinician }: ConsultJob): HeidiIdentity => ({
  email: `${clinician}@clinic.example`,
  thirdPartyInternalId: clinician,
});

export function consultOf({ appointment }: ConsultJob): ConsultInput {
  return {
    patient: { ehr_patient_id: `mrn-${appointment}`, first_name: "Wilhelmina", last_name: "Quackenbush" },
    session: { ehr_appointment_id: appointment, language_code: "en" },
    context: [{ file: new File(["Referral for dizzy spells."], "quackenbush-referral.pdf") }],
    audio: fileFromPath(recording),
    document: letterTemplate === undefined ? undefined : { template_id: letterTemplate },
    coding_system: "SNOMED-CT",
  };
}

/** Files the note. Called again when a worker dies right after it, so it replaces what is there. */
export async function file(_job: ConsultJob, _result: ConsultResult): Promise<void> {}
