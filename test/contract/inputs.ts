import type { HeidiUser } from "heidi-health-sdk";
import { operationSchemas } from "../../generated/schemas.ts";
import type { Operation } from "../../src/http/operation.ts";
import { propertiesOf, resolveSchema, type Schema } from "../../src/sandbox/schema.ts";
import { components } from "../../src/sandbox/spec.ts";
import { sampleOf } from "./sample.ts";

/** How much of what an operation takes is given. */
export type Extent = "everything" | "only what is required";

/** The arguments of one call, by place and name. */
export interface Input {
  readonly path: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

const profile = {
  first_name: "Ada",
  last_name: "Example",
  date_of_birth: "1980-12-10",
  ehr_patient_id: "ehr-patient-1",
  provider: "example-ehr",
} as const;

/** Makes what an argument refers to, with the API itself; `path` has the path's values. */
type Maker = (user: HeidiUser, path: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** The identity of every call. */
export const identity = { email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" } as const;

// Its name and its first bytes both say ogg; there is no consult in it.
const audio = { data: new TextEncoder().encode(`OggS${"\0".repeat(60)}`), filename: "visit.ogg" };
const letter = {
  data: new TextEncoder().encode("%PDF-1.4\n"),
  filename: "letter.pdf",
  contentType: "application/pdf",
};

/**
 * Arguments that a schema cannot make up: those that refer to something that must exist, and those whose schema says
 * nothing. By `operationId.name`, else by name; every other argument is made from its schema.
 */
const makers: Readonly<Record<string, Maker>> = {
  session_id: recordedSession,
  session_ids: async (user) => [await recordedSession(user)],
  linked_sessions_for_context: async (user) => [await recordedSession(user)],
  patient_profile_id: patientProfile,
  patient_profile_ids: async (user) => [await patientProfile(user), await patientProfile(user)],
  template_id: async (user) => existing((await user.templates.list()).data?.[0]?.id),
  "deleteContextDocuments.ids": async (user, path) => {
    const upload = (): Promise<string> => uploadedDocument(user, String(path["session_id"]));
    return [await upload(), await upload()];
  },
  recording_id: async (user, path) =>
    existing((await user.transcription.createRecording(String(path["session_id"]))).recording_id),
  index: async () => "0",
  "uploadContextDocument.file": async () => letter,
  file: async () => audio,
  template: async () => ({ sections: [{ heading: "Subjective", instructions: "What the patient says." }] }),
  patient: async () => ({ name: "Ada Example", dob: "1980-12-10" }),
  ehr_patient_id: async () => profile.ehr_patient_id,
  provider: async () => profile.provider,
};

/** Brings about what an operation is to find: that no list is empty, and nothing is in its way. */
const preparations: Readonly<Record<string, Maker>> = {
  linkAccount: (user) => user.account.unlink(),
  // Some deployments fill in a template only from a note that is there.
  generateCustomTemplateConsultNote: async (user, path) =>
    user.consultNotes
      .generate(String(path["session_id"]), {
        generation_method: "TEMPLATE",
        template_id: existing((await user.templates.list()).data?.[0]?.id),
        addition: "",
        voice_style: "GOLDILOCKS",
        brain: "LEFT",
      })
      .text(),
  listPatientProfiles: patientProfile,
  listLinkedUserSessions: recordedSession,
  listContextDocuments: (user, path) => uploadedDocument(user, String(path["session_id"])),
  listSessionDocuments: async (user, path) =>
    user.documents.generate(String(path["session_id"]), {
      generation_method: "TEMPLATE",
      template_id: existing((await user.templates.list()).data?.[0]?.id),
      voice_style: "GOLDILOCKS",
      brain: "LEFT",
    }),
};

/** Names that fields have in the other form of requests only. */
export const otherNames = ({ forms }: Operation): string[] =>
  Object.values(forms?.fields ?? {}).flatMap(({ name, part }) => name ?? part ?? []);

/** Arguments for the operation; throws when one of them cannot be made. */
export async function inputOf(operation: Operation, user: HeidiUser, extent: Extent): Promise<Input> {
  const schemas = operationSchemas[operation.id];
  if (schemas === undefined) throw new Error(`${operation.id} has no schemas: run \`npm run generate\``);
  const path: Record<string, unknown> = {};
  const make = async (fields: readonly Field[]): Promise<Record<string, unknown>> => {
    const made: Record<string, unknown> = {};
    for (const { name, schema, required } of fields) {
      if (!required && extent === "only what is required") continue;
      if (otherNames(operation).includes(name)) continue; // the same thing in the other form of requests
      const what = `${operation.id}.${name}`;
      const isFile = resolveSchema(schema, components).format === "binary";
      const maker = makers[what] ?? makers[name] ?? (isFile ? async () => letter : undefined);
      // What comes first can be what the next belongs to, as a session does to its recording.
      made[name] = maker === undefined ? sampleOf(schema, what) : await maker(user, { ...path, ...made });
    }
    return made;
  };
  const parameters = (place: "path" | "query"): Field[] =>
    schemas.parameters
      .filter((parameter) => parameter.in === place)
      .map((parameter) => ({ ...parameter, schema: parameter.schema as Schema }));
  Object.assign(path, await make(parameters("path")));
  await preparations[operation.id]?.(user, path);
  return {
    path,
    ...(operation.query && { query: await make(parameters("query")) }),
    ...(operation.body && { body: await make(bodyFields(schemas.requestBody?.schema as Schema)) }),
  };
}

interface Field {
  readonly name: string;
  readonly schema: Schema;
  readonly required: boolean;
}

function bodyFields(schema: Schema): Field[] {
  const required = resolveSchema(schema, components).required ?? [];
  return Object.entries(propertiesOf(schema, components)).map(([name, part]) => ({
    name,
    schema: part,
    required: required.includes(name),
  }));
}

async function recordedSession(user: HeidiUser): Promise<string> {
  const { session_id } = await user.sessions.create();
  await user.transcription.uploadAudio(existing(session_id), { file: audio });
  return existing(session_id);
}

async function patientProfile(user: HeidiUser): Promise<string> {
  return existing((await user.patientProfiles.create(profile)).id);
}

async function uploadedDocument(user: HeidiUser, sessionId: string): Promise<string> {
  return existing((await user.sessionContext.uploadDocument(sessionId, { file: letter })).id);
}

function existing(id: string | undefined): string {
  if (id === undefined) throw new Error("the API made something and did not say its id");
  return id;
}
