import type { Schema } from "./schema.ts";

const text: Schema = { type: "string" };
const wholeNumber: Schema = { type: "integer", minimum: 0 };
const milliseconds: Schema = { type: "number" };
const list = (items: Schema): Schema => ({ type: "array", items });
const object = (properties: Record<string, Schema>, required: readonly string[] = []): Schema => ({
  type: "object",
  properties,
  required,
});
const only = (schema: Schema): Schema => ({ ...schema, additionalProperties: false });

const sessionId: Schema = { type: "string", pattern: "^\\d{37,39}$" };
const hexId: Schema = { type: "string", pattern: "^[0-9a-f]{24}$" };
const words: Schema = { type: "string", minLength: 1, maxLength: 1_000_000 };
const email: Schema = { type: "string", format: "email", minLength: 3 };

/** A profile of a seed: the API's own fields, and its id. */
export const seedProfileSchema: Schema = {
  allOf: [{ $ref: "#/components/schemas/PatientProfileCreate" }, object({ id: hexId })],
};

/** A session of a seed: the API's own fields, and what it already contains. */
export const seedSessionSchema: Schema = {
  allOf: [
    { $ref: "#/components/schemas/SessionUpdate" },
    object({ session_id: sessionId, patient_profile_id: hexId, consult: text, transcript: words }),
  ],
};

/** The schema of a seed. Profiles and sessions take the fields of the API, with the API's own checks. */
export const seedSchema: Schema = only(
  object({
    transcript: words,
    users: list(
      only(
        object(
          {
            email,
            third_party_internal_id: text,
            linked_account: text,
            patient_profiles: list(seedProfileSchema),
            sessions: list(seedSessionSchema),
          },
          ["email", "third_party_internal_id"],
        ),
      ),
    ),
    scripts: list(only(object({ operation: text, answer: {}, options: { type: "object" } }, ["operation"]))),
    faults: list(object({ operation: text, kind: text }, ["operation", "kind"])),
  }),
);

const audio = object(
  {
    ...{ id: text, index: wholeNumber, filename: text, content_type: text, size_bytes: wholeNumber },
    ...{ sha256: text, uploaded_at: text, consultId: text, transcript: text, transcribedAtMs: milliseconds },
  },
  ["id", "index", "content_type", "size_bytes", "sha256", "uploaded_at", "consultId"],
);
const contextDocument = object(
  {
    ...{ id: text, filename: text, uploaded_at: text, unstructured: { type: "boolean" } },
    ...{ size_bytes: wholeNumber, sha256: text, readyAtMs: milliseconds },
  },
  ["id", "filename", "uploaded_at", "unstructured", "readyAtMs"],
);
const recording = object(
  {
    id: text,
    finished: { type: "boolean" },
    chunks: list(
      object({ index: wholeNumber, size_bytes: wholeNumber, sha256: text, readyAtMs: milliseconds }),
    ),
  },
  ["id", "finished", "chunks"],
);
const session = object(
  {
    session_id: text,
    created_at: text,
    updated_at: text,
    patient_profile_id: text,
    fields: { type: "object" },
    context_documents: list(contextDocument),
    audio: list(audio),
    recordings: list(recording),
    consult_note: object({ result: text }, ["result"]),
    documents: list({ $ref: "#/components/schemas/Document" }),
    codesReadyAtMs: { type: "object", additionalProperties: milliseconds },
  },
  [
    ...["session_id", "created_at", "updated_at", "fields", "context_documents", "audio"],
    ...["recordings", "documents", "codesReadyAtMs"],
  ],
);
const user = object(
  {
    identity: object({ email: text, third_party_internal_id: text }, ["email", "third_party_internal_id"]),
    linked_account: object({ user_id: text, linked_at: text }, ["user_id", "linked_at"]),
    profiles: list(
      object({ id: text, created_at: text, updated_at: text }, ["id", "created_at", "updated_at"]),
    ),
    sessions: list(session),
  },
  ["identity", "profiles", "sessions"],
);

/** The schema of the state that `save()` returns and `load()` takes. */
export const savedSchema: Schema = only(
  object(
    {
      format: { const: "heidi-sandbox" },
      version: { const: 1 },
      drawnNumbers: wholeNumber,
      state: only(object({ users: list(user) }, ["users"])),
    },
    ["format", "version", "drawnNumbers", "state"],
  ),
);
