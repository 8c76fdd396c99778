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
      structure_template: { type: ["object", "string"] },
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
      birth_date: { type: "string", format: "date" },
      phone: { type: "string" },
      email: { type: "string" },
      patient_sex_code: { type: "number" },
      identifiers: { type: "array", items: { type: "object" } },
      demographic_string: { type: "string" },
      additional_context: { type: "string" },
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
    "x-sdk-fill": { date_of_birth: "birth_date", provider: "ehr_provider" },
    properties: { ehr_provider: { type: "string" } },
  },
  SessionCreate: {
    type: "object",
    properties: { patient_profile_id: { type: "string" }, ehr_appointment_id: { type: "string" } },
  },
  SessionUpdate: {
    type: "object",
    properties: {
      duration: { type: "integer" },
      language_code: { type: "string" },
      output_language_code: { type: "string" },
      patient: { type: "object" },
      clinician_notes: { type: "array", items: { type: "string" } },
      ehr_appointment_id: { type: "string" },
      ehr_patient_id: { type: "string" },
      consent_obtained: { type: "boolean" },
      linked_sessions_for_context: { type: "array", items: { type: "string" } },
      generate_output_without_recording: { type: "boolean" },
    },
  },
  Session: {
    type: "object",
    properties: {
      session_id: { type: "string" },
      duration: { type: "integer" },
      language_code: { type: "string" },
      output_language_code: { type: "string" },
      clinician_notes: { type: "array", items: { type: "string" } },
      consent_obtained: { type: "boolean" },
      linked_sessions_for_context: { type: "array", items: { type: "string" } },
      documents: { type: "array", items: { $ref: "#/components/schemas/Document" } },
      audio: { type: ["object", "array"], items: { type: "object" } },
      created_at: { type: "string", format: "date-time" },
      updated_at: { type: "string", format: "date-time" },
      session_name: { type: ["string", "null"] },
      ehr_appt_id: { type: ["string", "null"] },
      ehr_provider: { type: ["string", "null"] },
      ehr_patient_id: { type: ["string", "null"] },
      consult_note: { anyOf: [{ $ref: "#/components/schemas/ConsultNote" }, { type: "null" }] },
      patient: { anyOf: [{ $ref: "#/components/schemas/SessionPatient" }, { type: "null" }] },
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
      generation_method: { type: "string", enum: ["TEMPLATE", "THIRD_PARTY_TEMPLATE"] },
      template_id: { type: "string" },
      addition: { type: "string" },
      voice_style: { type: "string", enum: ["GOLDILOCKS", "DETAILED", "BRIEF", "SUPER_DETAILED", "MY_VOICE"] },
      brain: { type: "string", enum: ["LEFT", "RIGHT"], default: "LEFT" },
      content_type: { type: "string", enum: ["MARKDOWN", "HTML"] },
      third_party_template: { type: ["string", "object"] },
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
      document_tab_type: { type: "string" },
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
      session_id: { type: "string" },
      brain: { type: ["string", "null"] },
      voice_style: { type: ["string", "null"] },
    },
  },
  ClinicalCodesResponse: {
    type: "object",
    properties: {
      coding_system: { type: "string" },
      status: { type: "string", enum: ["PROCESSING", "READY", "FAILED"] },
      entities: { type: "array", items: { $ref: "#/components/schemas/ClinicalCodeEntity" } },
      id: { type: "string" },
      session_id: { type: "string" },
      consult_note_id: { type: ["string", "null"] },
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
      location_in_note: {
        anyOf: [
          { type: "string" },
          { type: "object", additionalProperties: true },
          { type: "array", items: {} },
          { type: "null" },
        ],
      },
      reference_in_transcript: {
        anyOf: [
          { type: "string" },
          { type: "object", additionalProperties: true },
          { type: "array", items: {} },
          { type: "null" },
        ],
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
      code_name: { type: "string" },
      code_system: { type: "string" },
      score: { type: ["number", "null"] },
      metadata: { type: ["object", "null"] },
    },
    "x-sdk-fill": {
      coding_system: "code_system",
      effective_date: "metadata.effective_date",
      valid: "metadata.valid",
      hierarchy: "metadata.hierarchy",
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
  ErrorDetail: {
    type: "object",
    required: ["msg", "type"],
    properties: { msg: { type: "string" }, type: { type: "string" } },
  },
  ErrorResponse: {
    type: "object",
    required: ["detail"],
    properties: { detail: { anyOf: [{ $ref: "#/components/schemas/ErrorDetail" }, { type: "string" }] } },
  },
  ValidationErrorResponse: {
    type: "object",
    required: ["detail"],
    properties: {
      detail: {
        anyOf: [
          { $ref: "#/components/schemas/ErrorDetail" },
          { type: "string" },
          {
            type: "array",
            items: {
              type: "object",
              required: ["msg", "type"],
              properties: {
                loc: { type: "array", items: { type: ["string", "integer"] } },
                msg: { type: "string" },
                type: { type: "string" },
              },
            },
          },
        ],
      },
    },
  },
  Acknowledgement: { type: "object", properties: { is_success: { type: "boolean" } } },
  LinkedAccount: {
    type: "object",
    properties: {
      _id: { type: "string" },
      user_id: { type: ["string", "null"] },
      ehr_provider: { type: ["string", "null"] },
      ehr_email: { type: ["string", "null"] },
      ehr_user_id: { type: ["string", "null"] },
      deleted_at: { type: ["string", "null"] },
      created_at: { type: ["string", "null"] },
      updated_at: { type: ["string", "null"] },
    },
  },
  LinkedAccountAccess: {
    type: "object",
    properties: {
      is_valid: { type: "boolean" },
      is_linked: { type: "boolean" },
      account: { anyOf: [{ $ref: "#/components/schemas/LinkedAccount" }, { type: "null" }] },
    },
  },
  UploadedAudio: {
    type: "object",
    properties: {
      id: { type: "string" },
      index: { type: "integer" },
      status: { type: "string" },
      created_at: { type: "string" },
      access_url: { type: ["string", "null"] },
    },
  },
  LinkedSessions: {
    type: "object",
    properties: {
      data: { type: "array", items: { type: "object", properties: { session_id: { type: "string" } } } },
    },
  },
  CustomTemplate: {
    type: "object",
    properties: {
      template: { type: "string" },
      questions: { type: "array", items: { $ref: "#/components/schemas/CustomTemplateQuestion" } },
      summaryRequired: { type: "boolean" },
      metadata: { type: "object", additionalProperties: true },
    },
    additionalProperties: true,
  },
  CustomTemplateQuestion: {
    type: "object",
    required: ["questionId", "question", "answerType"],
    properties: {
      questionId: { type: "string" },
      question: { type: "string" },
      description: { type: "string" },
      answerType: { type: "string", enum: ["SingleResponse", "MultipleResponse", "TextArea", "DateResponse"] },
      answerOptions: {
        type: "array",
        items: {
          type: "object",
          required: ["value"],
          properties: { value: { type: "string" }, metadata: { type: "object", additionalProperties: true } },
        },
      },
      dateFormat: { type: "string" },
      repeatable: { type: "boolean" },
      childQuestions: { type: "array", items: { $ref: "#/components/schemas/CustomTemplateQuestion" } },
    },
  },
  CustomTemplateAnswer: {
    type: "object",
    properties: {
      questionId: { type: "string" },
      question: { type: ["string", "null"] },
      answerType: { type: ["string", "null"] },
      answer: {
        type: ["array", "null"],
        items: {
          type: "object",
          properties: { value: { type: ["string", "null"] }, additionalDetails: { type: ["string", "null"] } },
        },
      },
    },
    additionalProperties: true,
  },
  CustomTemplateResponse: {
    type: "object",
    properties: {
      content: { type: ["string", "null"] },
      questionAnswers: { type: ["array", "null"], items: { $ref: "#/components/schemas/CustomTemplateAnswer" } },
      summary: { type: ["string", "null"] },
    },
    additionalProperties: true,
  },
  ConsultNote: {
    type: "object",
    properties: {
      status: { type: ["string", "null"] },
      result: { type: ["string", "null"] },
      heading: { type: ["string", "null"] },
      brain: { type: ["string", "null"] },
      voice_style: { type: ["string", "null"] },
      generation_method: { type: ["string", "null"] },
      template_id: { type: ["string", "null"] },
      content_type: { type: ["string", "null"] },
      ai_command_id: { type: ["string", "null"] },
      ai_command_text: { type: ["string", "null"] },
    },
    additionalProperties: true,
  },
  SessionPatient: {
    type: "object",
    properties: {
      name: { type: ["string", "null"] },
      gender: { type: ["string", "null"] },
      dob: { type: ["string", "null"] },
    },
    additionalProperties: true,
  },
};

/** The schemas of every operation by its operationId. */
export const operationSchemas: Readonly<Record<string, OperationSchemas>> = {
  getJwt: {
    parameters: [
      { in: "query", name: "email", required: true, schema: { type: "string", format: "email" } },
      { in: "query", name: "third_party_internal_id", required: true, schema: { type: "string" } },
    ],
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: { $ref: "#/components/schemas/Jwt" },
        example: {
          token: "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI2NjUwZjBhMWIyYzNkNGU1ZjZhN2I4YzkiLCJleHAiOjQwNzA5MDg4MDB9.ZXhhbXBsZSBzaWduYXR1cmUgb2Ygbm8gdmFsdWUgLi4",
          expiration_time: "2099-01-01T00:00:00.000Z",
        },
      },
    ],
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
        example: {
          data: [
            {
              id: "665f1d2c3b4a59687766554a",
              name: "SOAP note",
              structure_template: { sections: ["Subjective", "Objective", "Assessment", "Plan"] },
              template_category: "CONSULT_NOTE_TEMPLATE",
              template_html: "<h2>Subjective</h2>",
              author_name: "Heidi",
            },
          ],
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
      {
        status: "200",
        contentType: "application/json",
        schema: { $ref: "#/components/schemas/PatientProfile" },
        example: {
          id: "6650f0a1b2c3d4e5f6a7b8c9",
          first_name: "Ada",
          last_name: "Example",
          date_of_birth: "1980-12-10",
          gender: "FEMALE",
          ehr_patient_id: "ehr-patient-1",
          provider: "example-ehr",
          created_at: "2024-08-01T09:00:00Z",
          updated_at: "2024-08-01T09:00:00Z",
        },
      },
    ],
  },
  listPatientProfiles: {
    parameters: [
      { in: "query", name: "ehr_patient_id", required: false, schema: { type: "string" } },
      { in: "query", name: "provider", required: false, schema: { type: "string" } },
      { in: "query", name: "ehr_provider", required: false, schema: { type: "string" } },
      { in: "query", name: "page", required: false, schema: { type: "integer", minimum: 1 } },
      { in: "query", name: "page_size", required: false, schema: { type: "integer", minimum: 1 } },
    ],
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: {
          type: "object",
          properties: {
            data: { type: "array", items: { $ref: "#/components/schemas/PatientProfile" } },
            total_pages: { type: "integer" },
          },
        },
        example: {
          data: [
            {
              id: "6650f0a1b2c3d4e5f6a7b8c9",
              first_name: "Ada",
              last_name: "Example",
              date_of_birth: "1980-12-10",
              gender: "FEMALE",
              ehr_patient_id: "ehr-patient-1",
              provider: "example-ehr",
              created_at: "2024-08-01T09:00:00Z",
              updated_at: "2024-08-01T09:00:00Z",
            },
          ],
        },
      },
    ],
  },
  getPatientProfile: {
    parameters: [{ in: "path", name: "patient_profile_id", required: true, schema: { type: "string" } }],
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: { $ref: "#/components/schemas/PatientProfile" },
        example: {
          id: "6650f0a1b2c3d4e5f6a7b8c9",
          first_name: "Ada",
          last_name: "Example",
          date_of_birth: "1980-12-10",
          gender: "FEMALE",
          ehr_patient_id: "ehr-patient-1",
          provider: "example-ehr",
          created_at: "2024-08-01T09:00:00Z",
          updated_at: "2024-08-01T09:00:00Z",
        },
      },
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
      {
        status: "200",
        contentType: "application/json",
        schema: { $ref: "#/components/schemas/PatientProfile" },
        example: {
          id: "6650f0a1b2c3d4e5f6a7b8c9",
          first_name: "Ada",
          last_name: "Example",
          date_of_birth: "1980-12-10",
          gender: "FEMALE",
          ehr_patient_id: "ehr-patient-1",
          provider: "example-ehr",
          created_at: "2024-08-01T09:00:00Z",
          updated_at: "2024-08-01T09:00:00Z",
        },
      },
    ],
  },
  batchDeletePatientProfiles: {
    parameters: [],
    requestBody: {
      contentType: "application/json",
      required: true,
      schema: {
        type: "object",
        properties: { patient_profile_ids: { type: "array", items: { type: "string" }, minItems: 1 } },
        required: ["patient_profile_ids"],
      },
    },
    responses: [{ status: "200" }],
  },
  linkSessionToPatientProfile: {
    parameters: [{ in: "path", name: "patient_profile_id", required: true, schema: { type: "string" } }],
    requestBody: {
      contentType: "application/json",
      required: true,
      schema: {
        type: "object",
        properties: {
          session_id: { type: "string" },
          session_ids: { type: "array", items: { type: "string" }, minItems: 1 },
        },
        required: ["session_id"],
      },
    },
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: { $ref: "#/components/schemas/LinkedSessions" },
        example: { data: [{ session_id: "271828182845904523536028747135266249775" }] },
      },
    ],
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
        example: { session_id: "271828182845904523536028747135266249775" },
      },
    ],
  },
  getSession: {
    parameters: [{ in: "path", name: "session_id", required: true, schema: { type: "string" } }],
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: { $ref: "#/components/schemas/Session" },
        example: {
          session_id: "271828182845904523536028747135266249775",
          patient: { name: "Ada Example", gender: "FEMALE", dob: "1980-12-10" },
          duration: 312,
          language_code: "en",
          output_language_code: "en",
          clinician_notes: ["Dry cough for three days."],
          consent_obtained: true,
          linked_sessions_for_context: [],
          consult_note: {
            status: "CREATED",
            result: "Subjective: dry cough for three days.",
            brain: "LEFT",
            voice_style: "GOLDILOCKS",
          },
          documents: [
            {
              id: "6661a2b3c4d5e6f708192a3b",
              index: 0,
              name: "Referral letter",
              template_id: "665f1d2c3b4a59687766554a",
              generation_type: "TEMPLATE",
              content: "Dear colleague, thank you for seeing Ada Example with a dry cough of three days.",
              content_type: "MARKDOWN",
            },
          ],
          audio: {},
          created_at: "2024-08-01T09:30:00Z",
          updated_at: "2024-08-01T09:36:00Z",
        },
      },
    ],
  },
  updateSession: {
    parameters: [{ in: "path", name: "session_id", required: true, schema: { type: "string" } }],
    requestBody: {
      contentType: "application/json",
      required: true,
      schema: { $ref: "#/components/schemas/SessionUpdate" },
    },
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: { $ref: "#/components/schemas/Session" },
        example: {
          session_id: "271828182845904523536028747135266249775",
          patient: { name: "Ada Example", gender: "FEMALE", dob: "1980-12-10" },
          duration: 312,
          language_code: "en",
          output_language_code: "en",
          clinician_notes: ["Dry cough for three days."],
          consent_obtained: true,
          linked_sessions_for_context: [],
          consult_note: {
            status: "CREATED",
            result: "Subjective: dry cough for three days.",
            brain: "LEFT",
            voice_style: "GOLDILOCKS",
          },
          documents: [
            {
              id: "6661a2b3c4d5e6f708192a3b",
              index: 0,
              name: "Referral letter",
              template_id: "665f1d2c3b4a59687766554a",
              generation_type: "TEMPLATE",
              content: "Dear colleague, thank you for seeing Ada Example with a dry cough of three days.",
              content_type: "MARKDOWN",
            },
          ],
          audio: {},
          created_at: "2024-08-01T09:30:00Z",
          updated_at: "2024-08-01T09:36:00Z",
        },
      },
    ],
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
        example: {
          count: 1,
          total_count: 1,
          has_next: false,
          has_previous: false,
          data: [
            {
              session_id: "271828182845904523536028747135266249775",
              patient: { name: "Ada Example", gender: "FEMALE", dob: "1980-12-10" },
              duration: 312,
              language_code: "en",
              output_language_code: "en",
              clinician_notes: ["Dry cough for three days."],
              consent_obtained: true,
              linked_sessions_for_context: [],
              consult_note: {
                status: "CREATED",
                result: "Subjective: dry cough for three days.",
                brain: "LEFT",
                voice_style: "GOLDILOCKS",
              },
              documents: [
                {
                  id: "6661a2b3c4d5e6f708192a3b",
                  index: 0,
                  name: "Referral letter",
                  template_id: "665f1d2c3b4a59687766554a",
                  generation_type: "TEMPLATE",
                  content: "Dear colleague, thank you for seeing Ada Example with a dry cough of three days.",
                  content_type: "MARKDOWN",
                },
              ],
              audio: {},
              created_at: "2024-08-01T09:30:00Z",
              updated_at: "2024-08-01T09:36:00Z",
            },
          ],
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
        properties: {
          file: { type: "string", format: "binary" },
          unstructured: { type: "boolean" },
          meta_data: { type: "object" },
        },
        required: ["file"],
      },
    },
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: { $ref: "#/components/schemas/ContextDocument" },
        example: {
          id: "6662b3c4d5e6f708192a3b4c",
          filename: "letter.pdf",
          uploaded_at: "2024-08-01T09:31:00Z",
          status: "PARSING",
          unstructured: true,
        },
      },
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
        example: {
          data: [
            {
              id: "6662b3c4d5e6f708192a3b4c",
              filename: "letter.pdf",
              uploaded_at: "2024-08-01T09:31:00Z",
              status: "READY",
              unstructured: true,
            },
          ],
        },
      },
    ],
  },
  deleteContextDocuments: {
    parameters: [
      { in: "path", name: "session_id", required: true, schema: { type: "string" } },
      { in: "query", name: "ids", required: true, schema: { type: "array", items: { type: "string" }, minItems: 1 } },
    ],
    responses: [{ status: "204" }],
  },
  uploadSessionAudio: {
    parameters: [{ in: "path", name: "session_id", required: true, schema: { type: "string" } }],
    requestBody: {
      contentType: "multipart/form-data",
      required: true,
      schema: {
        type: "object",
        properties: {
          file: { type: "string", format: "binary" },
          start_time: { type: "string", format: "date-time" },
          end_time: { type: "string", format: "date-time" },
          expiry: { type: "integer" },
        },
        required: ["file"],
      },
    },
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: { $ref: "#/components/schemas/UploadedAudio" },
        example: {
          id: "6665e6f708192a3b4c5d6e7f",
          index: 0,
          status: "INITIALIZED",
          created_at: "2024-08-01T09:32:00.000000",
          access_url: null,
        },
      },
    ],
  },
  getSessionTranscript: {
    parameters: [{ in: "path", name: "session_id", required: true, schema: { type: "string" } }],
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: { $ref: "#/components/schemas/Transcript" },
        example: {
          session_id: "271828182845904523536028747135266249775",
          transcript: "Doctor: What brings you in today? Patient: I have had a dry cough for three days.",
          language_code: "en",
        },
      },
    ],
  },
  getLiveSessionTranscript: {
    parameters: [
      { in: "path", name: "session_id", required: true, schema: { type: "string" } },
      { in: "query", name: "recording_status", required: false, schema: { type: "string" } },
    ],
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: { $ref: "#/components/schemas/LiveTranscript" },
        example: {
          session_id: "271828182845904523536028747135266249775",
          transcript: "Doctor: What brings you in today? Patient: I have had a dry cough for three days.",
          active_source: "LIVE",
          chunks: [
            { id: "0", status: "READY", duration: 45.5, text: "Doctor: What brings you in today?", source: "LIVE" },
            { id: "1", status: "PENDING", duration: 12, text: "", source: "LIVE" },
          ],
        },
      },
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
      {
        status: "200",
        contentType: "application/x-ndjson",
        schema: { $ref: "#/components/schemas/StreamChunk" },
        example: { data: "Dry cough for three days, no fever – 37.2 °C.\n" },
      },
    ],
  },
  generateCustomTemplateConsultNote: {
    parameters: [{ in: "path", name: "session_id", required: true, schema: { type: "string" } }],
    requestBody: {
      contentType: "application/json",
      required: true,
      schema: {
        type: "object",
        properties: {
          content_type: { type: "string", enum: ["MARKDOWN", "HTML"] },
          template: { $ref: "#/components/schemas/CustomTemplate" },
        },
        required: ["template"],
      },
    },
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: { $ref: "#/components/schemas/CustomTemplateResponse" },
        example: { sections: [{ heading: "Subjective", content: "Dry cough for three days." }] },
      },
    ],
  },
  generateDocument: {
    parameters: [{ in: "path", name: "session_id", required: true, schema: { type: "string" } }],
    requestBody: {
      contentType: "application/json",
      required: true,
      schema: { $ref: "#/components/schemas/DocumentGenerate" },
    },
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: { $ref: "#/components/schemas/Document" },
        example: {
          id: "6661a2b3c4d5e6f708192a3b",
          index: 0,
          name: "Referral letter",
          template_id: "665f1d2c3b4a59687766554a",
          generation_type: "TEMPLATE",
          content: "Dear colleague, thank you for seeing Ada Example with a dry cough of three days.",
          content_type: "MARKDOWN",
        },
      },
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
        example: {
          data: [
            {
              id: "6661a2b3c4d5e6f708192a3b",
              index: 0,
              name: "Referral letter",
              template_id: "665f1d2c3b4a59687766554a",
              generation_type: "TEMPLATE",
              content: "Dear colleague, thank you for seeing Ada Example with a dry cough of three days.",
              content_type: "MARKDOWN",
            },
          ],
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
        example: {
          coding_system: "SNOMED-CT",
          status: "READY",
          entities: [
            {
              entity: "Dry cough",
              primary_code: {
                code: "11833005",
                description: "Dry cough",
                coding_system: "SNOMED-CT",
                effective_date: "2024-01-01",
                valid: true,
                hierarchy: ["Clinical finding", "Cough"],
              },
              similar_codes: [
                {
                  code: "49727002",
                  description: "Cough",
                  coding_system: "SNOMED-CT",
                  effective_date: "2024-01-01",
                  valid: true,
                  hierarchy: ["Clinical finding"],
                },
              ],
              references: [{ source: "TRANSCRIPT", text: "a dry cough for three days", start: 54, end: 80 }],
            },
          ],
        },
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
      {
        status: "200",
        contentType: "application/x-ndjson",
        schema: { $ref: "#/components/schemas/StreamChunk" },
        example: { data: "The patient has had a dry cough for three days." },
      },
    ],
  },
  createRecording: {
    parameters: [{ in: "path", name: "session_id", required: true, schema: { type: "string" } }],
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: { type: "object", properties: { recording_id: { type: "string" } } },
        example: { recording_id: "6663c4d5e6f708192a3b4c5d" },
      },
    ],
  },
  transcribeSegment: {
    parameters: [
      { in: "path", name: "session_id", required: true, schema: { type: "string" } },
      { in: "path", name: "recording_id", required: true, schema: { type: "string" } },
    ],
    requestBody: {
      contentType: "multipart/form-data",
      required: true,
      schema: {
        type: "object",
        required: ["file", "index"],
        properties: { file: { type: "string", format: "binary" }, index: { type: "string" } },
      },
    },
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: { $ref: "#/components/schemas/Acknowledgement" },
        example: { is_success: true },
      },
    ],
  },
  finishRecording: {
    parameters: [
      { in: "path", name: "session_id", required: true, schema: { type: "string" } },
      { in: "path", name: "recording_id", required: true, schema: { type: "string" } },
    ],
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: { $ref: "#/components/schemas/Acknowledgement" },
        example: { is_success: true },
      },
    ],
  },
  getLinkedAccount: {
    parameters: [],
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: { $ref: "#/components/schemas/LinkedAccountAccess" },
        example: {
          is_valid: true,
          is_linked: true,
          account: {
            _id: "6664d5e6f708192a3b4c5d6e",
            user_id: "kp_0123456789abcdef0123456789abcdef",
            ehr_provider: "example-ehr",
            ehr_email: "dr@clinic.example",
            ehr_user_id: "ehr-42",
            deleted_at: null,
            created_at: "2024-08-01T09:00:00.000000",
            updated_at: "2024-08-01T09:00:00.000000",
          },
        },
      },
    ],
  },
  linkAccount: {
    parameters: [],
    requestBody: {
      contentType: "application/json",
      required: true,
      schema: { type: "object", required: ["kinde_user_id"], properties: { kinde_user_id: { type: "string" } } },
    },
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: { type: "object", properties: { account: { $ref: "#/components/schemas/LinkedAccount" } } },
        example: {
          account: {
            _id: "6664d5e6f708192a3b4c5d6e",
            user_id: "kp_0123456789abcdef0123456789abcdef",
            ehr_provider: "example-ehr",
            ehr_email: "dr@clinic.example",
            ehr_user_id: "ehr-42",
            deleted_at: null,
            created_at: "2024-08-01T09:00:00.000000",
            updated_at: "2024-08-01T09:00:00.000000",
          },
        },
      },
    ],
  },
  unlinkAccount: {
    parameters: [],
    responses: [
      {
        status: "200",
        contentType: "application/json",
        schema: { $ref: "#/components/schemas/Acknowledgement" },
        example: { is_success: true },
      },
    ],
  },
};
