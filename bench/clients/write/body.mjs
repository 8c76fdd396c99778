// The change of a session that all clients send; as long as one that an EHR sends after a visit.
export const BODY = {
  session_name: "Follow-up, shoulder",
  language_code: "en",
  output_language_code: "en",
  ehr_appt_id: "apt-1",
  ehr_provider: "example",
  ehr_patient_id: "patient-1",
  clinician_notes: [
    "Pain on abduction beyond 90 degrees",
    "No red flags",
    "Review in two weeks – earlier if worse",
  ],
  patient: { name: "Alex Example", gender: "FEMALE", dob: "1980-02-29" },
};

export const PATH = "/sessions/session-1";
