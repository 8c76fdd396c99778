import type { Client } from "openapi-fetch";
import type { paths } from "../../generated/schema.ts";

/** The same calls with openapi-fetch's client, whose types are inferred at every call. */
export async function everyCall(client: Client<paths>, id: string, file: Blob): Promise<unknown[]> {
  const profile = { first_name: "Alex", last_name: "Example", date_of_birth: "1980-02-29" };
  const template = { generation_method: "TEMPLATE", voice_style: "GOLDILOCKS", brain: "LEFT" } as const;
  const session = { params: { path: { session_id: id } } };
  const patient = { params: { path: { patient_profile_id: id } } };
  const note = { ...template, template_id: id, addition: "" };
  const custom = { template: { name: "Note" } };
  const question = { ai_command_text: "", content: "", content_type: "MARKDOWN" } as const;
  const withIds = { params: { path: { session_id: id }, query: { ids: [id] } } };
  const withCoding = { params: { path: { session_id: id }, query: { coding_system: "SNOMED-CT" as const } } };
  const upload = { file: file as unknown as string };
  return [
    (await client.GET("/templates/document-templates")).data,
    (await client.POST("/patient-profiles", { body: profile })).data,
    (await client.GET("/patient-profiles", { params: { query: { ehr_patient_id: "patient-1" } } })).data,
    (await client.GET("/patient-profiles/{patient_profile_id}", patient)).data,
    (await client.PATCH("/patient-profiles/{patient_profile_id}", { ...patient, body: { first_name: "A" } }))
      .data,
    (await client.POST("/patient-profiles:batch-delete", { body: { patient_profile_ids: [id] } })).data,
    (
      await client.POST("/patient-profiles/{patient_profile_id}/sessions", {
        ...patient,
        body: { session_id: id },
      })
    ).data,
    (await client.POST("/sessions", { body: { ehr_appointment_id: "apt-1" } })).data,
    (await client.GET("/sessions/{session_id}", session)).data,
    (await client.PATCH("/sessions/{session_id}", { ...session, body: {} })).data,
    (await client.GET("/sessions/linked-user", { params: { query: { page_size: 50 } } })).data,
    (await client.POST("/sessions/{session_id}/context-documents", { ...session, body: upload })).data,
    (await client.GET("/sessions/{session_id}/context-documents", session)).data,
    (await client.DELETE("/sessions/{session_id}/context-documents", withIds)).data,
    (await client.POST("/sessions/{session_id}/upload-audio", { ...session, body: upload })).data,
    (await client.GET("/sessions/{session_id}/transcript", session)).data,
    (await client.GET("/sessions/{session_id}/transcript/live", session)).data,
    (await client.POST("/sessions/{session_id}/consult-note", { ...session, body: note })).data,
    (
      await client.POST("/sessions/{session_id}/client-customised-template/response", {
        ...session,
        body: custom,
      })
    ).data,
    (
      await client.POST("/sessions/{session_id}/documents", {
        ...session,
        body: { ...template, template_id: id },
      })
    ).data,
    (await client.GET("/sessions/{session_id}/documents", session)).data,
    (await client.GET("/sessions/{session_id}/clinical-codes", withCoding)).data,
    (await client.POST("/sessions/{session_id}/ask-ai", { ...session, body: question })).data,
    (await client.GET("/jwt", { params: { query: { email: "", third_party_internal_id: "" } } })).data,
  ];
}
