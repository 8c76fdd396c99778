import { CommandError } from "../command.ts";
import { BRAINS, VOICES } from "../consult-flags.ts";
import { omitUndefined } from "../flags.ts";
import { noteTextOf } from "../session-text.ts";
import { pickFields } from "./fields.ts";
import { documentFields, sessionId } from "./read-tools.ts";
import { defineTool, type Tool, type ToolEffect } from "./tool.ts";

const text = { type: "string" } as const;

/** The effect of a tool that adds something: a second call adds it again. */
const ADDS: ToolEffect = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: false,
  openWorldHint: false,
};

const id = { type: "string", minLength: 1, maxLength: 200 } as const;
const writingInput = {
  session_id: sessionId,
  template_id: { ...id, description: "The template's id, from list_templates." },
  voice_style: { type: "string", enum: VOICES, description: "The style of the text. Default GOLDILOCKS." },
  brain: { type: "string", enum: BRAINS, description: "Default LEFT." },
} as const;

const createSession = defineTool({
  name: "create_session",
  title: "Create a session",
  description:
    "Creates a new, empty session (consultation) at Heidi. A second call creates a second session: after an error with the outcome unknown, look in list_sessions first.",
  effect: ADDS,
  progress: "creating the session",
  input: {
    patient_profile_id: { ...id, description: "Heidi's id of the patient's profile, if there is one." },
    ehr_appointment_id: { ...id, description: "The appointment's id in the clinic's own system." },
  },
  required: [],
  output: { session_id: text },
  always: [],
  run: async (input, { clinician, signal }) => {
    const answer = await clinician.sessions.create(omitUndefined(input), { signal });
    return { data: pickFields(answer, { session_id: text }) };
  },
});

const generateNote = defineTool({
  name: "generate_note",
  title: "Generate the consult note",
  description:
    "Lets Heidi write the consult note of a session from its recording, and returns the note. A session that has a note keeps it, unless replace is true: then the old note is lost, with the clinician's edits.",
  effect: { ...ADDS, destructiveHint: true },
  progress: "Heidi is writing the note",
  input: {
    ...writingInput,
    addition: { type: "string", maxLength: 10_000, description: "Further instructions for the note." },
    replace: { type: "boolean", description: "Replaces the session's existing note. Default false." },
  },
  required: ["session_id", "template_id"],
  output: { session_id: text, note: text },
  always: ["session_id", "note"],
  run: async (input, { clinician, signal }) => {
    const { session_id, template_id, voice_style = "GOLDILOCKS", brain = "LEFT", addition = "" } = input;
    const session = await clinician.sessions.get(session_id, { signal });
    if (noteTextOf(session) !== undefined && input.replace !== true) {
      throw new CommandError(
        "The session has a consult note already, and nothing was changed. Read it with get_note. To write it anew and lose the old one, set replace to true.",
      );
    }
    const body = { generation_method: "TEMPLATE", template_id, voice_style, brain, addition } as const;
    const note = await clinician.consultNotes.generate(session_id, body, { signal }).text();
    return { data: { session_id, note }, text: note };
  },
});

const generateDocument = defineTool({
  name: "generate_document",
  title: "Generate a document",
  description:
    "Lets Heidi write a further document of a session, such as a referral letter, and returns it. A second call adds a second document: after an error with the outcome unknown, look in list_documents first.",
  effect: ADDS,
  progress: "Heidi is writing the document",
  input: writingInput,
  required: ["session_id", "template_id"],
  output: documentFields,
  always: [],
  run: async (
    { session_id, template_id, voice_style = "GOLDILOCKS", brain = "LEFT" },
    { clinician, signal },
  ) => {
    const body = { generation_method: "TEMPLATE", template_id, voice_style, brain } as const;
    const document = await clinician.documents.generate(session_id, body, { signal });
    return { data: pickFields(document, documentFields) };
  },
});

/** The tools that change something at Heidi, for `--allow-writes`. */
export const writeTools: readonly Tool[] = [createSession, generateNote, generateDocument];
