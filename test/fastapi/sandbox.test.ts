import { createSandbox, type Sandbox } from "heidi-health-sdk/sandbox";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Dialect, hasFastApi, Service } from "./service.ts";
import { AUDIO, DOCUMENT, dialects } from "./support.ts";

/** A service and what a clinician has in it. The same for the FastAPI application and the sandbox. */
interface Target {
  readonly url: string;
  readonly apiKey: string;
  readonly token: string;
  readonly profile: string;
  /** A session without anything in it. */
  readonly session: string;
  /** A session with a recording and a note. */
  readonly recorded: string;
  readonly noteTemplate: string;
  readonly letterTemplate: string;
  readonly document: string;
  readonly recording: string;
  readonly finished: string;
}

/** One raw request. */
interface Raw {
  readonly method?: string;
  readonly path: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: BodyInit;
  /** Other headers; undefined takes one away. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

type Make = (target: Target) => Raw;
type Case = readonly [title: string, make: Make];

const NOWHERE = "271828182845904523536028747135266249775";
const NO_ID = "0123456789abcdef01234567";

async function send(target: Pick<Target, "url" | "token">, raw: Raw): Promise<Response> {
  const { method = "GET", path, json, body, headers = {} } = raw;
  const given: Record<string, string | undefined> = {
    authorization: `Bearer ${target.token}`,
    ...(json === undefined ? {} : { "content-type": "application/json" }),
    ...headers,
  };
  const sent = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const payload = json === undefined ? body : JSON.stringify(json);
  return fetch(`${target.url}${path}`, {
    method,
    headers: sent,
    redirect: "manual",
    ...(payload === undefined ? {} : { body: payload }),
  });
}

const post = (path: string, json: unknown, headers?: Raw["headers"]): Raw => ({
  method: "POST",
  path,
  json,
  ...(headers ? { headers } : {}),
});

function form(parts: Readonly<Record<string, string | File>>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(parts)) data.append(name, value);
  return data;
}

const audio = (type = "audio/mpeg"): File => new File([AUDIO], "visit.mp3", { type });
const letter = (): File => new File([DOCUMENT], "letter.pdf", { type: "application/pdf" });

const note = ({ noteTemplate }: Target) => ({
  generation_method: "TEMPLATE",
  template_id: noteTemplate,
  addition: "",
  voice_style: "GOLDILOCKS",
  brain: "LEFT",
});
const letterBody = ({ letterTemplate }: Target) => ({
  generation_method: "TEMPLATE",
  template_id: letterTemplate,
  voice_style: "GOLDILOCKS",
  brain: "LEFT",
});
const OWN_TEMPLATE = {
  template: "Plan",
  questions: [{ questionId: "q1", question: "What is the plan?", answerType: "TextArea" }],
};
const forms = {
  spec: {
    link: (session: string) => ({ session_id: session }),
    context: () => form({ file: letter(), unstructured: "true" }),
    custom: { template: OWN_TEMPLATE, content_type: "MARKDOWN" },
    birthday: { date_of_birth: "1980-12-10" },
    codes: "?coding_system=SNOMED-CT",
  },
  documented: {
    link: (session: string) => ({ session_ids: [session] }),
    context: () => form({ context_documents: letter(), meta_data: '{"unstructured":true}' }),
    custom: OWN_TEMPLATE,
    birthday: { birth_date: "1980-12-10" },
    codes: "",
  },
} as const;

async function prepare(url: string, apiKey: string, dialect: Dialect): Promise<Target> {
  const own = forms[dialect];
  const exchange = await fetch(`${url}/jwt?email=dr%40clinic.example&third_party_internal_id=1`, {
    headers: { "heidi-api-key": apiKey },
  });
  const { token } = (await exchange.json()) as { token: string };
  const ask = async (raw: Raw): Promise<Record<string, unknown>> => {
    const response = await send({ url, token }, raw);
    if (!response.ok)
      throw new Error(`${raw.method} ${raw.path}: ${response.status} ${await response.text()}`);
    const text = await response.text();
    return (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
  };
  const session = async (): Promise<string> => String((await ask(post("/sessions", {})))["session_id"]);
  const created = await ask(post("/patient-profiles", { first_name: "Ada", ehr_patient_id: "p-1" }));
  const profile = Object(created["data"] ?? created) as { id: string };
  const listed = await ask({ path: "/templates/document-templates" });
  const templates = (listed["data"] ?? listed["templates"]) as { id: string; template_category: string }[];
  const templateOf = (category: string): string =>
    templates.find(({ template_category }) => template_category === category)?.id ?? "";
  const recorded = await session();
  await ask({ method: "POST", path: `/sessions/${recorded}/upload-audio`, body: form({ file: audio() }) });
  const noteTemplate = templateOf("CONSULT_NOTE_TEMPLATE");
  const target = {
    url,
    apiKey,
    token,
    profile: profile.id,
    session: await session(),
    recorded,
    noteTemplate,
  };
  const written = await send(target, post(`/sessions/${recorded}/consult-note`, note(target as Target)));
  await written.text();
  const path = `/sessions/${recorded}/context-documents`;
  const document = await ask({ method: "POST", path, body: own.context() });
  const segments = `/sessions/${recorded}/restful-segment-transcription`;
  const record = async (): Promise<string> =>
    String((await ask({ method: "POST", path: segments }))["recording_id"]);
  const finished = await record();
  await ask({ method: "POST", path: `${segments}/${finished}:finish` });
  return {
    ...target,
    letterTemplate: templateOf("DOCUMENT_TEMPLATE"),
    document: String(document["id"]),
    recording: await record(),
    finished,
  };
}

const OTHER = { spec: forms.documented, documented: forms.spec } as const;
const text = { "content-type": "text/plain" };
const recordings = ({ recorded }: Target): string => `/sessions/${recorded}/restful-segment-transcription`;

const casesOf = (dialect: Dialect): readonly Case[] => [
  // Tokens
  ["an exchange", (t) => ({ path: "/jwt?email=a%40b.example&third_party_internal_id=1", headers: key(t) })],
  [
    "an exchange without a key",
    () => ({ path: "/jwt?email=a%40b.example&third_party_internal_id=1", headers: anonymous }),
  ],
  [
    "an exchange with a wrong key",
    () => ({
      path: "/jwt?email=a%40b.example&third_party_internal_id=1",
      headers: { ...anonymous, "heidi-api-key": "wrong" },
    }),
  ],
  ["an exchange without an address", (t) => ({ path: "/jwt?third_party_internal_id=1", headers: key(t) })],
  ["an exchange without anything", (t) => ({ path: "/jwt", headers: key(t) })],
  [
    "an exchange for what is no address",
    (t) => ({ path: "/jwt?email=nobody&third_party_internal_id=1", headers: key(t) }),
  ],
  ["a call without a token", () => ({ path: "/templates/document-templates", headers: anonymous })],
  [
    "a call with a token that is none",
    () => ({ path: "/templates/document-templates", headers: { authorization: "Bearer nonsense" } }),
  ],
  [
    "a call with a password",
    () => ({ path: "/templates/document-templates", headers: { authorization: "Basic YTpi" } }),
  ],
  [
    "a create without a token and without a field",
    () => post("/patient-profiles:batch-delete", {}, anonymous),
  ],
  // Paths
  ["a path that is none", () => ({ path: "/no/such/thing" })],
  ["another method", () => ({ method: "PUT", path: "/sessions", json: {} })],
  ["another method on a path with an id", (t) => ({ method: "DELETE", path: `/sessions/${t.session}` })],
  // Templates and profiles
  ["a list of templates", () => ({ path: "/templates/document-templates" })],
  ["a profile", () => post("/patient-profiles", { first_name: "Ada", ...forms[dialect].birthday })],
  [
    "a profile with a field that nobody knows",
    () => post("/patient-profiles", { first_name: "Ada", shoe_size: 44 }),
  ],
  ["a profile with a name that is a list", () => post("/patient-profiles", { first_name: ["Ada"] })],
  [
    "a profile with a birthday that is none",
    () =>
      post(
        "/patient-profiles",
        Object.fromEntries(Object.keys(forms[dialect].birthday).map((name) => [name, "yesterday"])),
      ),
  ],
  ["a profile that is a list", () => post("/patient-profiles", [1])],
  [
    "a profile without a body",
    () => ({ method: "POST", path: "/patient-profiles", headers: { "content-type": "application/json" } }),
  ],
  [
    "a profile that is not JSON",
    () => ({
      method: "POST",
      path: "/patient-profiles",
      body: "{nonsense",
      headers: { "content-type": "application/json" },
    }),
  ],
  [
    "a profile of another media type",
    () => ({ method: "POST", path: "/patient-profiles", body: "{}", headers: text }),
  ],
  ["a list of profiles", () => ({ path: "/patient-profiles?ehr_patient_id=p-1" })],
  ["a list of nobody's profiles", () => ({ path: "/patient-profiles?ehr_patient_id=nobody" })],
  ["a profile by its id", (t) => ({ path: `/patient-profiles/${t.profile}` })],
  ["nobody's profile", () => ({ path: `/patient-profiles/${NO_ID}` })],
  [
    "a change of a profile",
    (t) => ({ method: "PATCH", path: `/patient-profiles/${t.profile}`, json: { gender: "FEMALE" } }),
  ],
  [
    "a change of nobody's profile",
    () => ({ method: "PATCH", path: `/patient-profiles/${NO_ID}`, json: { gender: "FEMALE" } }),
  ],
  ["a deletion of profiles", () => post("/patient-profiles:batch-delete", { patient_profile_ids: [NO_ID] })],
  ["a deletion of no profiles", () => post("/patient-profiles:batch-delete", { patient_profile_ids: [] })],
  ["a deletion without ids", () => post("/patient-profiles:batch-delete", {})],
  [
    "a deletion with one id in place of a list",
    () => post("/patient-profiles:batch-delete", { patient_profile_ids: NO_ID }),
  ],
  [
    "a deletion of a list in a list",
    () => post("/patient-profiles:batch-delete", { patient_profile_ids: [NO_ID, [NO_ID]] }),
  ],
  // Links
  ["a link", (t) => post(`/patient-profiles/${t.profile}/sessions`, forms[dialect].link(t.session))],
  ["a link without a session", (t) => post(`/patient-profiles/${t.profile}/sessions`, {})],
  [
    "a link in the other dialect",
    (t) => post(`/patient-profiles/${t.profile}/sessions`, OTHER[dialect].link(t.session)),
  ],
  [
    "a link in both dialects",
    (t) =>
      post(`/patient-profiles/${t.profile}/sessions`, {
        ...forms.spec.link(t.session),
        ...forms.documented.link(t.session),
      }),
  ],
  [
    "a link of nobody's session",
    (t) => post(`/patient-profiles/${t.profile}/sessions`, forms[dialect].link(NOWHERE)),
  ],
  [
    "a link to nobody's profile",
    (t) => post(`/patient-profiles/${NO_ID}/sessions`, forms[dialect].link(t.session)),
  ],
  [
    "a link of an object",
    (t) => post(`/patient-profiles/${t.profile}/sessions`, { session_id: {}, session_ids: {} }),
  ],
  // Sessions
  ["a session", (t) => post("/sessions", { patient_profile_id: t.profile, ehr_appointment_id: "apt-1" })],
  ["a session of nobody's profile", () => post("/sessions", { patient_profile_id: NO_ID })],
  ["a session of a list", () => post("/sessions", { ehr_appointment_id: ["apt-1"] })],
  ["a session by its id", (t) => ({ path: `/sessions/${t.recorded}` })],
  ["an empty session by its id", (t) => ({ path: `/sessions/${t.session}` })],
  ["nobody's session", () => ({ path: `/sessions/${NOWHERE}` })],
  ["nobody's session without a token", () => ({ path: `/sessions/${NOWHERE}`, headers: anonymous })],
  [
    "a change of a session",
    (t) => ({ method: "PATCH", path: `/sessions/${t.session}`, json: { language_code: "de", duration: 12 } }),
  ],
  [
    "a change to a duration that is none",
    (t) => ({ method: "PATCH", path: `/sessions/${t.session}`, json: { duration: "long" } }),
  ],
  [
    "a change to notes that are none",
    (t) => ({ method: "PATCH", path: `/sessions/${t.session}`, json: { clinician_notes: "well" } }),
  ],
  ["a list of sessions", () => ({ path: "/sessions/linked-user?page_size=2" })],
  ["a page of no sessions", () => ({ path: "/sessions/linked-user?page_size=0" })],
  ["a page of too many sessions", () => ({ path: "/sessions/linked-user?page_size=201" })],
  ["a page of many sessions", () => ({ path: "/sessions/linked-user?page_size=many" })],
  // Context documents
  [
    "a context document",
    (t) => ({
      method: "POST",
      path: `/sessions/${t.session}/context-documents`,
      body: forms[dialect].context(),
    }),
  ],
  [
    "a context document in the other dialect",
    (t) => ({
      method: "POST",
      path: `/sessions/${t.session}/context-documents`,
      body: OTHER[dialect].context(),
    }),
  ],
  [
    "a context document of another name",
    (t) => ({
      method: "POST",
      path: `/sessions/${t.session}/context-documents`,
      body: form({ document: letter() }),
    }),
  ],
  [
    "a context document that is a text",
    (t) => ({
      method: "POST",
      path: `/sessions/${t.session}/context-documents`,
      body: form({ file: "a", context_documents: "a", meta_data: "{}" }),
    }),
  ],
  ["a context document as JSON", (t) => post(`/sessions/${t.session}/context-documents`, { file: "a" })],
  [
    "a context document that is cut off",
    (t) => ({
      method: "POST",
      path: `/sessions/${t.session}/context-documents`,
      body: "nonsense",
      headers: { "content-type": "multipart/form-data; boundary=x" },
    }),
  ],
  [
    "a context document of nobody's session",
    () => ({
      method: "POST",
      path: `/sessions/${NOWHERE}/context-documents`,
      body: forms[dialect].context(),
    }),
  ],
  ["a list of context documents", (t) => ({ path: `/sessions/${t.recorded}/context-documents` })],
  [
    "a deletion of a context document",
    (t) => ({ method: "DELETE", path: `/sessions/${t.recorded}/context-documents?ids=${NO_ID}` }),
  ],
  [
    "a deletion of context documents without ids",
    (t) => ({ method: "DELETE", path: `/sessions/${t.recorded}/context-documents` }),
  ],
  // Audio
  [
    "a recording",
    (t) => ({ method: "POST", path: `/sessions/${t.session}/upload-audio`, body: form({ file: audio() }) }),
  ],
  [
    "a recording of another name",
    (t) => ({ method: "POST", path: `/sessions/${t.session}/upload-audio`, body: form({ audio: audio() }) }),
  ],
  [
    "a recording that is a text",
    (t) => ({ method: "POST", path: `/sessions/${t.session}/upload-audio`, body: form({ file: "a" }) }),
  ],
  [
    "a recording that is a film",
    (t) => ({
      method: "POST",
      path: `/sessions/${t.session}/upload-audio`,
      body: form({ file: audio("video/mp4") }),
    }),
  ],
  ["a recording as JSON", (t) => post(`/sessions/${t.session}/upload-audio`, { file: "a" })],
  [
    "a recording of nobody's session",
    () => ({ method: "POST", path: `/sessions/${NOWHERE}/upload-audio`, body: form({ file: audio() }) }),
  ],
  ["a transcript", (t) => ({ path: `/sessions/${t.recorded}/transcript` })],
  ["a transcript of nobody's session", () => ({ path: `/sessions/${NOWHERE}/transcript` })],
  ["a live transcript", (t) => ({ path: `/sessions/${t.recorded}/transcript/live` })],
  // Segments
  ["a recording in segments", (t) => ({ method: "POST", path: recordings(t) })],
  [
    "a segment",
    (t) => ({
      method: "POST",
      path: `${recordings(t)}/${t.recording}:transcribe`,
      body: form({ file: audio(), index: "0" }),
    }),
  ],
  [
    "a segment without a place",
    (t) => ({
      method: "POST",
      path: `${recordings(t)}/${t.recording}:transcribe`,
      body: form({ file: audio() }),
    }),
  ],
  [
    "a segment without a file",
    (t) => ({
      method: "POST",
      path: `${recordings(t)}/${t.recording}:transcribe`,
      body: form({ index: "0" }),
    }),
  ],
  [
    "a segment whose place is a word",
    (t) => ({
      method: "POST",
      path: `${recordings(t)}/${t.recording}:transcribe`,
      body: form({ file: audio(), index: "first" }),
    }),
  ],
  [
    "a segment that is a film",
    (t) => ({
      method: "POST",
      path: `${recordings(t)}/${t.recording}:transcribe`,
      body: form({ file: audio("video/mp4"), index: "0" }),
    }),
  ],
  [
    "a segment of nobody's recording",
    (t) => ({
      method: "POST",
      path: `${recordings(t)}/${NO_ID}:transcribe`,
      body: form({ file: audio(), index: "0" }),
    }),
  ],
  [
    "a segment of a recording that is finished",
    (t) => ({
      method: "POST",
      path: `${recordings(t)}/${t.finished}:transcribe`,
      body: form({ file: audio(), index: "0" }),
    }),
  ],
  [
    "the end of a recording that is finished",
    (t) => ({ method: "POST", path: `${recordings(t)}/${t.finished}:finish` }),
  ],
  // Notes
  ["a note", (t) => post(`/sessions/${t.recorded}/consult-note`, note(t))],
  ["a note without anything", (t) => post(`/sessions/${t.recorded}/consult-note`, {})],
  [
    "a note in a voice that is none",
    (t) => post(`/sessions/${t.recorded}/consult-note`, { ...note(t), voice_style: "LOUD" }),
  ],
  [
    "a note by nobody's template",
    (t) => post(`/sessions/${t.recorded}/consult-note`, { ...note(t), template_id: NO_ID }),
  ],
  // Of another session than the one whose note has codes.
  [
    "a note by a third party's template",
    (t) =>
      post(`/sessions/${t.session}/consult-note`, {
        ...note(t),
        generation_method: "THIRD_PARTY_TEMPLATE",
        third_party_template: '{"Plan":""}',
      }),
  ],
  [
    "a note by a third party's template that is missing",
    (t) =>
      post(`/sessions/${t.recorded}/consult-note`, { ...note(t), generation_method: "THIRD_PARTY_TEMPLATE" }),
  ],
  ["a note of nobody's session", (t) => post(`/sessions/${NOWHERE}/consult-note`, note(t))],
  [
    "a filled template",
    (t) => post(`/sessions/${t.recorded}/client-customised-template/response`, forms[dialect].custom),
  ],
  [
    "a filled template in the other dialect",
    (t) => post(`/sessions/${t.recorded}/client-customised-template/response`, OTHER[dialect].custom),
  ],
  [
    "a filled template without one",
    (t) => post(`/sessions/${t.recorded}/client-customised-template/response`, {}),
  ],
  // Documents, codes, questions
  ["a document", (t) => post(`/sessions/${t.recorded}/documents`, letterBody(t))],
  [
    "a document without a voice",
    (t) => post(`/sessions/${t.recorded}/documents`, { ...letterBody(t), voice_style: undefined }),
  ],
  [
    "a document for a kind of tab",
    (t) => post(`/sessions/${t.recorded}/documents`, { ...letterBody(t), document_tab_type: "DOCUMENT" }),
  ],
  ["a document without anything", (t) => post(`/sessions/${t.recorded}/documents`, {})],
  [
    "a document by nobody's template",
    (t) => post(`/sessions/${t.recorded}/documents`, { ...letterBody(t), template_id: NO_ID }),
  ],
  ["a list of documents", (t) => ({ path: `/sessions/${t.recorded}/documents` })],
  ["codes", (t) => ({ path: `/sessions/${t.recorded}/clinical-codes${forms[dialect].codes}` })],
  [
    "codes in the other dialect",
    (t) => ({ path: `/sessions/${t.recorded}/clinical-codes${OTHER[dialect].codes}` }),
  ],
  [
    "codes of a system that is none",
    (t) => ({ path: `/sessions/${t.recorded}/clinical-codes?coding_system=NONE` }),
  ],
  [
    "a question",
    (t) =>
      post(`/sessions/${t.recorded}/ask-ai`, {
        ai_command_text: "Why?",
        content: "a",
        content_type: "MARKDOWN",
      }),
  ],
  ["a question without anything", (t) => post(`/sessions/${t.recorded}/ask-ai`, {})],
  [
    "a question of a content type that is none",
    (t) =>
      post(`/sessions/${t.recorded}/ask-ai`, { ai_command_text: "Why?", content: "a", content_type: "WORD" }),
  ],
  // Accounts, in this order
  ["the state of an account that is not linked", () => ({ path: "/users/linked-account/access" })],
  ["a link of an account without one", () => post("/users/linked-account", {})],
  ["a link of an account", () => post("/users/linked-account", { kinde_user_id: "kp_1" })],
  ["a second link of an account", () => post("/users/linked-account", { kinde_user_id: "kp_2" })],
  ["the state of a linked account", () => ({ path: "/users/linked-account/access" })],
  ["the end of a link", () => ({ method: "DELETE", path: "/users/linked-account:unlink" })],
];

const anonymous = { authorization: undefined };
const key = ({ apiKey }: Target): Raw["headers"] => ({ ...anonymous, "heidi-api-key": apiKey });

/** What is compared of an answer: its status, media type, and the keys and types of its body. */
interface Shape {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: unknown;
}

async function shapeOf(response: Response): Promise<Shape> {
  const type = response.headers.get("content-type")?.split(";")[0];
  const body = await response.text();
  // "null" is how FastAPI says that there is nothing to say; others say nothing.
  if (body === "" || body === "null") return { status: response.status, type: undefined, body: undefined };
  if (type === "application/x-ndjson" || type === "text/event-stream") {
    const [first = ""] = body.split("\n");
    return { status: response.status, type, body: shapeOfValue(JSON.parse(first.replace(/^data: /, ""))) };
  }
  return { status: response.status, type, body: shapeOfBody(JSON.parse(body)) };
}

/** Of a refusal, the form of its detail; of a list, every place that is wrong. */
function shapeOfBody(body: unknown): unknown {
  const detail: unknown = Object(body)["detail"];
  if (!Array.isArray(detail)) return shapeOfValue(body);
  const issues = detail as { loc: unknown[]; msg: unknown; type: unknown }[];
  const forms = issues.map(({ loc, msg, type }) => `${placeOf(loc)}: ${typeof msg}, ${typeof type}`);
  return { detail: forms.sort() };
}

/** A place that is wrong. Where a body stops being JSON is counted by FastAPI alone: `["body", 1]`. */
const placeOf = (loc: readonly unknown[]): string =>
  (loc.length === 2 && loc[0] === "body" && typeof loc[1] === "number" ? ["body"] : loc).join(".");

/** Values of one service's own making: their keys are not the API's. */
const FREE = [
  "patient",
  "audio",
  "consult_note",
  "metadata",
  "structure_template",
  "location_in_note",
  "reference_in_transcript",
];

function shapeOfValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOfValue(value[0])];
  if (typeof value !== "object" || value === null) return typeof value;
  // Nearly everything can be null, and what is null or has no entries may be left out.
  const entries = Object.entries(value).filter(([, field]) => field !== null && field?.length !== 0);
  entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(
    entries.map(([name, field]) => [name, FREE.includes(name) ? "free" : shapeOfValue(field)]),
  );
}

const KEY = "whether a key is refused with 401 or 403 is not known; the client takes both";
const TEMPLATE = "the sandbox demands nothing of a template of one's own, for the type takes any object";
const SHOWN = "the sandbox shows what public pages print, although the bundled file leaves it out";
const THIRD = "the bundled file does not have the generation method; the client sends it in both forms";

/** Where the two differ, and why they may. */
const MEANT: Readonly<Record<Dialect, ReadonlyMap<string, string>>> = {
  spec: new Map([
    ["an exchange without a key", KEY],
    ["an exchange with a wrong key", KEY],
    ["a link", SHOWN],
    ["a link in both dialects", SHOWN],
    ["a list of sessions", SHOWN],
    ["a recording", SHOWN],
    ["a note by a third party's template", THIRD],
    ["a note by a third party's template that is missing", THIRD],
  ]),
  documented: new Map([
    ["an exchange without a key", KEY],
    ["an exchange with a wrong key", KEY],
    ["a filled template in the other dialect", TEMPLATE],
    ["a filled template without one", TEMPLATE],
  ]),
};

describe.skipIf(!hasFastApi).each(dialects)(
  "the sandbox answers as a FastAPI service of the $dialect dialect does (needs python3-fastapi)",
  ({ dialect }) => {
    let service: Service;
    let sandbox: Sandbox;
    let real: Target;
    let ours: Target;
    beforeAll(async () => {
      const framing = dialect === "spec" ? "ndjson" : "sse";
      const none = { transcriptionMs: 0, parsingMs: 0, codingMs: 0 };
      service = await Service.start({ dialect, framing, contextList: "envelope", ...none });
      sandbox = await createSandbox({ deployment: dialect, timings: none, streamDelayMs: 0 });
      real = await prepare(service.url, service.apiKey, dialect);
      ours = await prepare(sandbox.baseUrl, sandbox.apiKey, dialect);
    });
    afterAll(async () => {
      await Promise.all([service.stop(), sandbox.close()]);
    });

    it.each(casesOf(dialect))("to %s", async (title, make) => {
      const expected = await shapeOf(await send(real, make(real)));
      const found = await shapeOf(await send(ours, make(ours)));
      // A difference that has gone is to be taken off the list.
      if (MEANT[dialect].has(title)) expect(found).not.toEqual(expected);
      else expect(found).toEqual(expected);
    });
  },
);
