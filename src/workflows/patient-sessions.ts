import type { Session } from "../../generated/types.ts";
import type { RequestOptions } from "../http/options.ts";
import { throwInvalidArgument } from "../utils/validate.ts";
import { getProperty, isText } from "../utils/values.ts";
import type { PatientKey } from "./pagination.ts";
import { findProfile } from "./patient-profiles.ts";
import type { WorkflowApi } from "./types.ts";

type Api = Pick<WorkflowApi, "sessions" | "patientProfiles">;
type PatientIds = { readonly id: unknown; readonly ehr_patient_id: unknown };

/** Yields those of the user's sessions that certainly belong to this patient. */
export async function* iterateForPatient(
  api: Api,
  patient: PatientKey,
  options?: RequestOptions,
): AsyncGenerator<Session, void, undefined> {
  const wanted = await keyOf(api, patient, options);
  let namesPatients = false;
  for await (const session of api.sessions.iterateLinkedUser(undefined, options)) {
    let ids = patientOf(session);
    namesPatients ||= isSet(ids);
    // A list that names patients in other sessions has none for this one; otherwise the session itself is requested.
    if (!isSet(ids) && !namesPatients && session.session_id)
      ids = patientOf(await api.sessions.get(session.session_id, options));
    if (fits(ids, wanted)) yield session;
  }
}

/** Returns both ids of the patient, because a session may have either of them. */
async function keyOf(api: Api, patient: PatientKey, options?: RequestOptions): Promise<PatientIds> {
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

function patientOf(session: Session): PatientIds {
  const profile = getProperty(session, "patient") ?? getProperty(session, "patient_profile");
  return {
    id: getProperty(profile, "id") ?? getProperty(session, "patient_profile_id"),
    ehr_patient_id: getProperty(session, "ehr_patient_id") ?? getProperty(profile, "ehr_patient_id"),
  };
}

const isSet = ({ id, ehr_patient_id }: PatientIds): boolean => isText(id) || isText(ehr_patient_id);

function fits(ids: PatientIds, wanted: PatientIds): boolean {
  if (isText(ids.id) && isText(wanted.id)) return ids.id === wanted.id;
  return isText(ids.ehr_patient_id) && ids.ehr_patient_id === wanted.ehr_patient_id;
}
