// DO NOT EDIT. JSON Schemas of the operations, for the sandbox only.
// Written by `npm run generate` from openapi/heidi.openapi.yaml and openapi/overlays/.

/** A JSON Schema (2020-12); `$ref` points into {@link components} as `#/components/schemas/Name`. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface ParameterSchema {
  readonly in: "path" | "query";
  readonly name: string;
  readonly required: boolean;
  readonly schema: JsonSchema;
}

export interface RequestBodySchema {
  readonly contentType: string;
  readonly required: boolean;
  readonly schema: JsonSchema;
}

/** A success answer; `contentType` is missing when it has no body. */
export interface ResponseSchema {
  readonly status: string;
  readonly contentType?: string;
  readonly schema?: JsonSchema;
  readonly example?: unknown;
}

export interface OperationSchemas {
  readonly parameters: readonly ParameterSchema[];
  readonly requestBody?: RequestBodySchema;
  readonly responses: readonly ResponseSchema[];
}

/** The reusable schemas by name. */
export const components: Readonly<Record<string, JsonSchema>> = {
  Jwt: {
    type: "object",
    required: ["token", "expiration_time"],
    properties: { token: { type: "string" }, expiration_time: { type: "string", format: "date-time" } },
  },
  Template: {
    type: "object",
    properties: {
      id: { type: "string" },
      name: { type: "string" },
      structure_template: { type: "object" },
      template_category: { type: "string", enum: ["CONSULT_NOTE_TEMPLATE", "DOCUMENT_TEMPLATE"] },
      template_html: { type: "string" },
      author_name: { type: "string" },
    },
  },
  PatientProfileCreate: {
    type: "object",
    properties: {
      first_name: { type: "string" },
      last_name: { type: "string" },
      date_of_birth: { type: "string", format: "date" },
      gender: { type: "string" },
      ehr_patient_id: { type: "string" },
      provider: { type: "string" },
    },
  },
  PatientProfileUpdate: { allOf: [{ $ref: "#/components/schemas/PatientProfileCreate" }] },
  PatientProfile: {
    allOf: [
      { $ref: "#/components/schemas/PatientProfileCreate" },
      {
        type: "object",
        properties: {
          id: { type: "string" },
          created_at: { type: "string", format: "date-time" },
          updated_at: { type: "string", format: "date-time" },
        },
      },
    ],
  },
  SessionCreate: {
    type: "object",
    properties: { patient_profile_id: { type: "string" }, ehr_appointment_id: { type: "string" } },
  },
  SessionUpdate: {
    type: "object",
    properties: {
      duration: { type: "integer", description: "Session duration in seconds." },
      language_code: { type: "string" },
      output_language_code: { type: "string" },
      patient: { type: "object" },
      clinician_notes: { type: "array", items: { type: "string" } },
      ehr_appointment_id: { type: "string" },
      ehr_patient_id: { type: "string" },
      consent_obtained: { type: "boolean" },
      linked_sessions_for_context: { type: "array", items: { type: "string" } },
    },
  },
  Session: {
    type: "object",
    properties: {
      session_id: { type: "string" },
      patient: { type: "object" },
      duration: { type: "integer" },
      language_code: { type: "string" },
      output_language_code: { type: "string" },
      clinician_notes: { type: "array", items: { type: "string" } },
      consent_obtained: { type: "boolean" },
      linked_sessions_for_context: { type: "array", items: { type: "string" } },
      consult_note: { type: "object" },
      documents: { type: "array", items: { $ref: "#/components/schemas/Document" } },
      audio: { type: "object" },
      created_at: { type: "string", format: "date-time" },
      updated_at: { type: "string", format: "date-time" },
    },
  },
  ContextDocument: {
    type: "object",
    properties: {
      id: { type: "string" },
      filename: { type: "string" },
      uploaded_at: { type: "string", format: "date-time" },
      status: { type: "string", enum: ["PARSING", "READY"] },
      unstructured: { type: "boolean" },
    },
  },
  Transcript: {
    type: "object",
    properties: { session_id: { type: "string" }, transcript: { type: "string" }, language_code: { type: "string" } },
  },
  LiveTranscript: {
    type: "object",
    properties: {
      session_id: { type: "string" },
      transcript: { type: "string" },
      active_source: { type: "string", enum: ["USER_UPLOADED", "LIVE", "BACKUP"] },
      chunks: {
        type: "array",
        items: {
          type: "object",
          properties: {
            id: { type: "string" },
            status: { type: "string", enum: ["PENDING", "READY", "FAILED"] },
            duration: { type: "number" },
            text: { type: "string" },
            source: { type: "string", enum: ["USER_UPLOADED", "LIVE", "BACKUP"] },
          },
        },
      },
    },
  },
  ConsultNoteGenerate: {
    type: "object",
    required: ["generation_method", "addition", "voice_style", "brain"],
    properties: {
      generation_method: { type: "string", enum: ["TEMPLATE"] },
      template_id: { type: "string" },
      addition: { type: "string" },
      voice_style: { type: "string", enum: ["GOLDILOCKS", "DETAILED", "BRIEF", "SUPER_DETAILED", "MY_VOICE"] },
      brain: { type: "string", enum: ["LEFT", "RIGHT"], default: "LEFT" },
      content_type: { type: "string", enum: ["MARKDOWN", "HTML"] },
    },
  },
  DocumentGenerate: {
    type: "object",
    required: ["generation_method", "template_id", "voice_style", "brain"],
    properties: {
      generation_method: { type: "string", enum: ["TEMPLATE"] },
      template_id: { type: "string" },
      voice_style: { type: "string", enum: ["GOLDILOCKS", "DETAILED", "BRIEF", "SUPER_DETAILED", "MY_VOICE"] },
      brain: { type: "string", enum: ["LEFT", "RIGHT"] },
      content_type: { type: "string", enum: ["MARKDOWN", "HTML"] },
    },
  },
  Document: {
    type: "object",
    properties: {
      id: { type: "string" },
      index: { type: "integer" },
      name: { type: "string" },
      template_id: { type: "string" },
      generation_type: { type: "string" },
      content: { type: "string" },
      content_type: { type: "string", enum: ["MARKDOWN", "HTML"] },
    },
  },
  ClinicalCodesResponse: {
    type: "object",
    properties: {
      coding_system: { type: "string" },
      status: { type: "string", enum: ["PROCESSING", "READY", "FAILED"] },
      entities: { type: "array", items: { $ref: "#/components/schemas/ClinicalCodeEntity" } },
    },
  },
  ClinicalCodeEntity: {
    type: "object",
    properties: {
      entity: { type: "string" },
      primary_code: { $ref: "#/components/schemas/ClinicalCode" },
      similar_codes: { type: "array", items: { $ref: "#/components/schemas/ClinicalCode" } },
      references: {
        type: "array",
        items: {
          type: "object",
          properties: {
            source: { type: "string", enum: ["TRANSCRIPT", "CONSULT_NOTE"] },
            text: { type: "string" },
            start: { type: "integer" },
            end: { type: "integer" },
          },
        },
      },
    },
  },
  ClinicalCode: {
    type: "object",
    properties: {
      code: { type: "string" },
      description: { type: "string" },
      coding_system: { type: "string" },
      effective_date: { type: "string", format: "date" },
      valid: { type: "boolean" },
      hierarchy: { type: "array", items: { type: "string" } },
    },
  },
  AskHeidiRequest: {
    type: "object",
    required: ["ai_command_text", "content", "content_type"],
    properties: {
      ai_command_text: { type: "string" },
      content: { type: "string" },
      content_type: { type: "string", enum: ["MARKDOWN", "HTML"] },
    },
  },
  StreamChunk: { type: "object", properties: { data: { type: "string" } } },
};

/** The schemas of every operation by its operationId. */
export const operationSchemas: Readonly<Record<string, OperationSchemas>> = {
  getJwt: {
    parameters: [
      { in: "query", name: "email", required: true, schema: { type: "string", format: "email" } },
      { in: "query", name: "third_party_internal_id", required: true, schema: { type: "string" } },
    ],
    responses: [{ status: "200", contentType: "application/json", schema: { $ref: "#/components/schemas/Jwt" } }],
  },
  listTemplates: {
    parameters: [],
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: {
          type: "object",
          properties: { data: { type: "array", items: { $ref: "#/components/schemas/Template" } } },
        },
      },
    ],
  },
  createPatientProfile: {
    parameters: [],
    requestBody: {
      contentType: "application/json",
      required: true,
      schema: { $ref: "#/components/schemas/PatientProfileCreate" },
    },
    responses: [
      { status: "200", contentType: "application/json", schema: { $ref: "#/components/schemas/PatientProfile" } },
    ],
  },
  listPatientProfiles: {
    parameters: [
      { in: "query", name: "ehr_patient_id", required: false, schema: { type: "string" } },
      { in: "query", name: "provider", required: false, schema: { type: "string" } },
    ],
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: {
          type: "object",
          properties: { data: { type: "array", items: { $ref: "#/components/schemas/PatientProfile" } } },
        },
      },
    ],
  },
  getPatientProfile: {
    parameters: [{ in: "path", name: "patient_profile_id", required: true, schema: { type: "string" } }],
    responses: [
      { status: "200", contentType: "application/json", schema: { $ref: "#/components/schemas/PatientProfile" } },
    ],
  },
  updatePatientProfile: {
    parameters: [{ in: "path", name: "patient_profile_id", required: true, schema: { type: "string" } }],
    requestBody: {
      contentType: "application/json",
      required: true,
      schema: { $ref: "#/components/schemas/PatientProfileUpdate" },
    },
    responses: [
      { status: "200", contentType: "application/json", schema: { $ref: "#/components/schemas/PatientProfile" } },
    ],
  },
  batchDeletePatientProfiles: {
    parameters: [],
    requestBody: {
      contentType: "application/json",
      required: true,
      schema: { type: "object", properties: { patient_profile_ids: { type: "array", items: { type: "string" } } } },
    },
    responses: [{ status: "200" }],
  },
  linkSessionToPatientProfile: {
    parameters: [{ in: "path", name: "patient_profile_id", required: true, schema: { type: "string" } }],
    requestBody: {
      contentType: "application/json",
      required: true,
      schema: { type: "object", properties: { session_id: { type: "string" } } },
    },
    responses: [{ status: "200" }],
  },
  createSession: {
    parameters: [],
    requestBody: {
      contentType: "application/json",
      required: true,
      schema: { $ref: "#/components/schemas/SessionCreate" },
    },
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: { type: "object", properties: { session_id: { type: "string" } } },
      },
    ],
  },
  getSession: {
    parameters: [{ in: "path", name: "session_id", required: true, schema: { type: "string" } }],
    responses: [{ status: "200", contentType: "application/json", schema: { $ref: "#/components/schemas/Session" } }],
  },
  updateSession: {
    parameters: [{ in: "path", name: "session_id", required: true, schema: { type: "string" } }],
    requestBody: {
      contentType: "application/json",
      required: true,
      schema: { $ref: "#/components/schemas/SessionUpdate" },
    },
    responses: [{ status: "200", contentType: "application/json", schema: { $ref: "#/components/schemas/Session" } }],
  },
  listLinkedUserSessions: {
    parameters: [
      { in: "query", name: "page_size", required: false, schema: { type: "integer", minimum: 1, maximum: 200 } },
    ],
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: {
          type: "object",
          properties: {
            count: { type: "integer" },
            total_count: { type: "integer" },
            has_next: { type: "boolean" },
            has_previous: { type: "boolean" },
            data: { type: "array", items: { $ref: "#/components/schemas/Session" } },
          },
        },
      },
    ],
  },
  uploadContextDocument: {
    parameters: [{ in: "path", name: "session_id", required: true, schema: { type: "string" } }],
    requestBody: {
      contentType: "multipart/form-data",
      required: true,
      schema: {
        type: "object",
        properties: { file: { type: "string", format: "binary" }, unstructured: { type: "boolean" } },
      },
    },
    responses: [
      { status: "200", contentType: "application/json", schema: { $ref: "#/components/schemas/ContextDocument" } },
    ],
  },
  listContextDocuments: {
    parameters: [{ in: "path", name: "session_id", required: true, schema: { type: "string" } }],
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: {
          type: "object",
          properties: { data: { type: "array", items: { $ref: "#/components/schemas/ContextDocument" } } },
        },
      },
    ],
  },
  deleteContextDocuments: {
    parameters: [
      { in: "path", name: "session_id", required: true, schema: { type: "string" } },
      { in: "query", name: "ids", required: true, schema: { type: "array", items: { type: "string" } } },
    ],
    responses: [{ status: "204" }],
  },
  uploadSessionAudio: {
    parameters: [{ in: "path", name: "session_id", required: true, schema: { type: "string" } }],
    requestBody: {
      contentType: "multipart/form-data",
      required: true,
      schema: { type: "object", properties: { file: { type: "string", format: "binary" } } },
    },
    responses: [{ status: "200" }],
  },
  getSessionTranscript: {
    parameters: [{ in: "path", name: "session_id", required: true, schema: { type: "string" } }],
    responses: [
      { status: "200", contentType: "application/json", schema: { $ref: "#/components/schemas/Transcript" } },
    ],
  },
  getLiveSessionTranscript: {
    parameters: [{ in: "path", name: "session_id", required: true, schema: { type: "string" } }],
    responses: [
      { status: "200", contentType: "application/json", schema: { $ref: "#/components/schemas/LiveTranscript" } },
    ],
  },
  generateConsultNote: {
    parameters: [{ in: "path", name: "session_id", required: true, schema: { type: "string" } }],
    requestBody: {
      contentType: "application/json",
      required: true,
      schema: { $ref: "#/components/schemas/ConsultNoteGenerate" },
    },
    responses: [
      { status: "200", contentType: "application/x-ndjson", schema: { $ref: "#/components/schemas/StreamChunk" } },
    ],
  },
  generateCustomTemplateConsultNote: {
    parameters: [{ in: "path", name: "session_id", required: true, schema: { type: "string" } }],
    requestBody: {
      contentType: "application/json",
      required: true,
      schema: {
        type: "object",
        properties: { template: { type: "object" }, content_type: { type: "string", enum: ["MARKDOWN", "HTML"] } },
      },
    },
    responses: [{ status: "200", contentType: "application/json", schema: { type: "object" } }],
  },
  generateDocument: {
    parameters: [{ in: "path", name: "session_id", required: true, schema: { type: "string" } }],
    requestBody: {
      contentType: "application/json",
      required: true,
      schema: { $ref: "#/components/schemas/DocumentGenerate" },
    },
    responses: [
      { status: "200", contentType: "application/json", schema: { $ref: "#/components/schemas/Document" } },
    ],
  },
  listSessionDocuments: {
    parameters: [{ in: "path", name: "session_id", required: true, schema: { type: "string" } }],
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: {
          type: "object",
          properties: { data: { type: "array", items: { $ref: "#/components/schemas/Document" } } },
        },
      },
    ],
  },
  getSessionClinicalCodes: {
    parameters: [
      { in: "path", name: "session_id", required: true, schema: { type: "string" } },
      {
        in: "query",
        name: "coding_system",
        required: true,
        schema: {
          type: "string",
          enum: [
            "ICD-10",
            "ICD-10-CM",
            "ICD-9",
            "ICD-9-CM",
            "SNOMED",
            "SNOMED-CT",
            "OPCS-410",
            "ACHI-13",
            "CPT-2025",
          ],
        },
      },
    ],
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: { $ref: "#/components/schemas/ClinicalCodesResponse" },
      },
    ],
  },
  askHeidi: {
    parameters: [{ in: "path", name: "session_id", required: true, schema: { type: "string" } }],
    requestBody: {
      contentType: "application/json",
      required: true,
      schema: { $ref: "#/components/schemas/AskHeidiRequest" },
    },
    responses: [
      { status: "200", contentType: "application/x-ndjson", schema: { $ref: "#/components/schemas/StreamChunk" } },
    ],
  },
};
