import { all, inBlock, type Next, type Row, replaced, replacedAll } from "./next.ts";

const inSchema = (name: string, change?: Next): Next => inBlock(`    ${name}:`, change);
const inPath = (path: string, change?: Next): Next => inBlock(`  ${path}:`, change);
const PROFILE = "        - $ref: '#/components/parameters/PatientProfileId'\n";

export const breaking: readonly Row[] = [
  {
    what: "an operation removed",
    next: inPath("/patient-profiles/{patient_profile_id}", inBlock("    patch:")),
    bump: "minor",
    changes: ["major: Remove `patientProfiles.update`"],
    methods: ["patientProfiles.get"],
    follows: true,
  },
  {
    what: "a path removed",
    next: inPath("/sessions/{session_id}/clinical-codes"),
    bump: "minor",
    changes: ["major: Remove `clinicalCoding.getCodes`"],
    methods: [],
    follows: true,
  },
  {
    what: "a path renamed",
    next: replaced(["  /patient-profiles:batch-delete:\n", "  /patient-profiles:delete:\n"]),
    bump: "minor",
    changes: [
      "major: Move `patientProfiles.batchDelete` from `POST /patient-profiles:batch-delete` to `POST /patient-profiles:delete`",
    ],
    methods: ["patientProfiles.batchDelete"],
  },
  {
    what: "an operationId renamed",
    next: replaced(["operationId: getLiveSessionTranscript", "operationId: getLiveTranscript"]),
    bump: "minor",
    changes: ["major: Rename operation `getLiveSessionTranscript` to `getLiveTranscript`"],
    methods: ["transcription.getLive"],
  },
  {
    what: "a required parameter added",
    next: inPath(
      "/patient-profiles/{patient_profile_id}",
      inBlock(
        "    get:",
        replaced([
          PROFILE,
          `${PROFILE}        - { in: query, name: reason, required: true, schema: { type: string } }\n`,
        ]),
      ),
    ),
    bump: "minor",
    changes: ["major: `reason` is now required on `patientProfiles.get`"],
    methods: ["patientProfiles.get"],
  },
  {
    what: "the first optional parameter of an operation added",
    next: inPath(
      "/sessions/{session_id}/transcript",
      replaced([
        "      responses:\n",
        "        - { in: query, name: format, schema: { type: string } }\n      responses:\n",
      ]),
    ),
    bump: "minor",
    changes: [
      "major: `transcription.get` now takes `query` before its other arguments",
      "minor: Add `format` to `transcription.get`",
    ],
    methods: ["transcription.get"],
  },
  {
    what: "a parameter removed",
    next: inPath(
      "/patient-profiles",
      replaced(["        - in: query\n          name: provider\n          schema: { type: string }\n", ""]),
    ),
    bump: "minor",
    changes: ["major: Remove `provider` from `patientProfiles.list`"],
    methods: ["patientProfiles.list"],
  },
  {
    what: "a required request property added",
    next: inSchema(
      "SessionCreate",
      replaced([
        "type: object\n      properties:\n",
        "type: object\n      required: [room]\n      properties:\n        room: { type: string }\n",
      ]),
    ),
    bump: "minor",
    // What could be left out as a whole cannot any more.
    changes: [
      "major: `body` is now required on `sessions.create`",
      "major: `room` is now required on `SessionCreate`",
    ],
    methods: ["sessions.create"],
  },
  {
    what: "a request property become required",
    next: inSchema(
      "ConsultNoteGenerate",
      replaced(["required: [generation_method,", "required: [generation_method, template_id,"]),
    ),
    bump: "minor",
    changes: ["major: `template_id` is now required on `ConsultNoteGenerate`"],
    methods: ["consultNotes.generate"],
  },
  {
    what: "a request type narrowed",
    next: inSchema(
      "SessionUpdate",
      replaced(["consent_obtained: { type: boolean }", "consent_obtained: { type: string }"]),
    ),
    bump: "minor",
    changes: ["major: Change the type of `SessionUpdate.consent_obtained` from `boolean` to `string`"],
    methods: ["sessions.update"],
  },
  {
    what: "a request bound tightened",
    next: inSchema(
      "SessionUpdate",
      replaced([
        "language_code: { type: string }\n        output",
        "language_code: { type: string, maxLength: 8 }\n        output",
      ]),
    ),
    bump: "minor",
    changes: ["major: Change `maxLength` of `SessionUpdate.language_code` from unset to `8`"],
    methods: ["sessions.update"],
  },
  {
    what: "a request enum value removed",
    next: inSchema("DocumentGenerate", replaced(["SUPER_DETAILED, ", ""])),
    bump: "minor",
    changes: ["major: Remove value `SUPER_DETAILED` from `DocumentGenerate.voice_style`"],
    methods: ["documents.generate"],
  },
  {
    what: "a success media type removed",
    next: inPath(
      "/sessions/{session_id}/client-customised-template/response",
      replaced([
        "          content:\n            application/json:\n              schema: { type: object }\n",
        "",
      ]),
    ),
    bump: "minor",
    changes: [
      "major: Change the answer of `consultNotes.generateFromTemplate` from json to empty",
      "major: Remove `application/json` from `consultNotes.generateFromTemplate`",
    ],
    methods: ["consultNotes.generateFromTemplate"],
  },
  {
    what: "a response property removed",
    next: replaced(["        author_name: { type: string }\n", ""]),
    bump: "minor",
    changes: ["major: Remove `author_name` from `Template`"],
    methods: ["templates.list"],
  },
  {
    what: "a response property made optional",
    next: replaced(["required: [token, expiration_time]", "required: [token]"]),
    bump: "minor",
    changes: ["major: `expiration_time` is now optional on `Jwt`"],
    methods: ["authentication.getJwt"],
  },
  {
    what: "a response property made nullable",
    next: inSchema(
      "Transcript",
      replaced(["language_code: { type: string }", "language_code: { type: [string, 'null'] }"]),
    ),
    bump: "minor",
    changes: ["major: Change the type of `Transcript.language_code` from `string` to `string` or `null`"],
    methods: ["transcription.get"],
  },
  {
    what: "the type of a response property changed",
    next: inSchema("Document", replaced(["index: { type: integer }", "index: { type: string }"])),
    bump: "minor",
    changes: ["major: Change the type of `Document.index` from `integer` to `string`"],
    methods: ["documents.list"],
  },
  {
    what: "a schema renamed",
    next: all(
      replacedAll("#/components/schemas/ClinicalCodeEntity", "#/components/schemas/CodedEntity"),
      replaced(["    ClinicalCodeEntity:\n", "    CodedEntity:\n"]),
    ),
    bump: "minor",
    changes: ["major: Rename type `ClinicalCodeEntity` to `CodedEntity`"],
    methods: ["clinicalCoding.getCodes"],
  },
  {
    what: "a schema removed",
    next: all(
      inSchema("LiveTranscript"),
      replaced([
        "{ $ref: '#/components/schemas/LiveTranscript' }",
        "{ $ref: '#/components/schemas/Transcript' }",
      ]),
    ),
    bump: "minor",
    changes: [
      "major: Remove `active_source` from `transcription.getLive answer`",
      "major: Remove `chunks` from `transcription.getLive answer`",
      "major: Remove type `LiveTranscript`",
      "minor: Add `language_code` to `transcription.getLive answer`",
    ],
    methods: ["transcription.getLive"],
  },
  {
    what: "another authorisation",
    next: replaced([
      "operationId: listTemplates\n",
      "operationId: listTemplates\n      security: [{ heidiApiKey: [] }]\n",
    ]),
    bump: "minor",
    changes: ["major: Change the authorisation of `templates.list` from bearer to apiKey"],
    methods: [],
  },
  {
    what: "another server",
    next: replaced([
      "https://registrar.api.heidihealth.com/api/v2",
      "https://registrar.api.heidihealth.com/api/v3",
    ]),
    bump: "minor",
    changes: ["major: Change the default address of the API"],
    methods: ["templates.list"],
  },
];
