import type { Session } from "../../generated/types.ts";
import type { RequestOptions } from "../http/options.ts";
import { getProperty, isText } from "../utils/values.ts";
import type { WorkflowApi } from "./index.ts";
import type { PatientKey } from "./pagination.ts";
import { findProfile } from "./patient-profiles.ts";
import { throwInvalidArgument } from "./polling/schedule.ts";

type Api = Pick<WorkflowApi, "sessions" | "patientProfiles">;
type Told = { readonly id: unknown; readonly ehr_patient_id: unknown };

/** The sessions among all of the user's that are certainly this patient's. */
export async function* iterateForPatient(
  api: Api,
  patient: PatientKey,
  options?: RequestOptions,
): AsyncGenerator<Session, void, undefined> {
  const wanted = await keyOf(api, patient, options);
  let tells = false;
  for await (const session of api.sessions.iterateLinkedUser(undefined, options)) {
    let told = patientOf(session);
    tells ||= isSet(told);
    // A list that tells patients elsewhere leaves them out where there is none; one that never does has to be asked.
    if (!isSet(told) && !tells && session.session_id)
      told = patientOf(await api.sessions.get(session.session_id, options));
    if (fits(told, wanted)) yield session;
  }
}

/** Both names of the patient, for a session may be told by either. */
async function keyOf(api: Api, patient: PatientKey, options?: RequestOptions): Promise<Told> {
  const [id, ehr_patient_id] = [getProperty(patient, "id"), getProperty(patient, "ehr_patient_id")];
  if (isText(id)) return { id, ehr_patient_id };
  if (!isText(ehr_patient_id))
    return throwInvalidArgument(
      "patient",
      "The argument `patient` must be a profile, `{ id }` or `{ ehr_patient_id }`.",
    );
  const profile = await findProfile(api.patientProfiles, { ehr_patient_id }, options ?? {});
  return { id: profile?.id, ehr_patient_id };
}

function patientOf(session: Session): Told {
  const profile = getProperty(session, "patient") ?? getProperty(session, "patient_profile");
  return {
    id: getProperty(profile, "id") ?? getProperty(session, "patient_profile_id"),
    ehr_patient_id: getProperty(session, "ehr_patient_id") ?? getProperty(profile, "ehr_patient_id"),
  };
}

const isSet = ({ id, ehr_patient_id }: Told): boolean => isText(id) || isText(ehr_patient_id);

function fits(told: Told, wanted: Told): boolean {
  if (isText(told.id) && isText(wanted.id)) return told.id === wanted.id;
  return isText(told.ehr_patient_id) && told.ehr_patient_id === wanted.ehr_patient_id;
}
