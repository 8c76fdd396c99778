import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CallHistory } from "../../../src/sandbox/call-history.ts";
import { contextDefaults, createContext } from "../../../src/sandbox/context.ts";
import { specDialect } from "../../../src/sandbox/dialects/dialect.ts";
import { FaultPlan } from "../../../src/sandbox/faults/plan.ts";
import { handlers } from "../../../src/sandbox/handlers/index.ts";
import type { SandboxResponse } from "../../../src/sandbox/message.ts";
import { createRouter, PATH_PREFIX } from "../../../src/sandbox/router.ts";
import { validate } from "../../../src/sandbox/schema.ts";
import { ScriptPlan } from "../../../src/sandbox/scripts.ts";
import { createServer } from "../../../src/sandbox/server.ts";
import { components, type SpecOperation, specOperations } from "../../../src/sandbox/spec.ts";
import { audioForm, type Client, doors, openClient, pieces, type Send, segmentForm } from "./listener.ts";

const manner = { generation_method: "TEMPLATE", voice_style: "BRIEF", brain: "LEFT" };

/** One good call of every operation of the spec; `:session` and `:profile` exist. */
const calls: Readonly<Record<string, readonly [path: string, init?: Send]>> = {
  getJwt: [
    "/jwt?email=a@b.example&third_party_internal_id=1",
    { headers: { "heidi-api-key": "heidi-sandbox-key" } },
  ],
  listTemplates: ["/templates/document-templates"],
  createPatientProfile: ["/patient-profiles", { body: { first_name: "Ada", date_of_birth: "1990-01-31" } }],
  listPatientProfiles: ["/patient-profiles?provider=x"],
  getPatientProfile: ["/patient-profiles/:profile"],
  updatePatientProfile: ["/patient-profiles/:profile", { body: { gender: "F" } }],
  batchDeletePatientProfiles: [
    "/patient-profiles:batch-delete",
    { body: { patient_profile_ids: ["unknown"] } },
  ],
  linkSessionToPatientProfile: ["/patient-profiles/:profile/sessions", { body: { session_id: ":session" } }],
  createSession: ["/sessions", { body: {} }],
  getSession: ["/sessions/:session"],
  updateSession: ["/sessions/:session", { body: { duration: 60 } }],
  listLinkedUserSessions: ["/sessions/linked-user?page_size=10"],
  uploadContextDocument: [
    "/sessions/:session/context-documents",
    { form: audioForm("x", "application/pdf") },
  ],
  listContextDocuments: ["/sessions/:session/context-documents"],
  deleteContextDocuments: ["/sessions/:session/context-documents?ids=a,b"],
  uploadSessionAudio: ["/sessions/:session/upload-audio", { form: audioForm("x") }],
  getSessionTranscript: ["/sessions/:session/transcript"],
  getLiveSessionTranscript: ["/sessions/:session/transcript/live"],
  generateConsultNote: ["/sessions/:session/consult-note", { body: { ...manner, addition: "" } }],
  generateCustomTemplateConsultNote: [
    "/sessions/:session/client-customised-template/response",
    { body: { template: { plan: "" }, content_type: "MARKDOWN" } },
  ],
  generateDocument: [
    "/sessions/:session/documents",
    { body: { ...manner, template_id: "65f0a1b2c3d4e5f6a7b8c903" } },
  ],
  listSessionDocuments: ["/sessions/:session/documents"],
  getSessionClinicalCodes: ["/sessions/:session/clinical-codes?coding_system=CPT-2025"],
  askHeidi: [
    "/sessions/:session/ask-ai",
    { body: { ai_command_text: "Plan?", content: "", content_type: "HTML" } },
  ],
  createRecording: ["/sessions/:session/restful-segment-transcription"],
  transcribeSegment: [
    "/sessions/:session/restful-segment-transcription/:recording:transcribe",
    { form: segmentForm("0") },
  ],
  finishRecording: ["/sessions/:session/restful-segment-transcription/:recording:finish"],
  getLinkedAccount: ["/users/linked-account/access"],
  linkAccount: ["/users/linked-account", { body: { kinde_user_id: "kp_1" } }],
  unlinkAccount: ["/users/linked-account:unlink"],
};

async function expectAsDeclared(operation: SpecOperation, response: Response): Promise<void> {
  expect(response.status).toBe(operation.successStatus);
  const schema = operation.successSchema;
  if (schema === undefined) {
    expect(await response.text()).toBe("");
  } else if (operation.row.response === "stream") {
    const items = (await pieces(response)).map((data) => ({ data }));
    expect(items.flatMap((item) => validate(item, schema, components, []))).toEqual([]);
    expect(items.length).toBeGreaterThan(3);
  } else {
    expect(validate(await response.json(), schema, components, [])).toEqual([]);
  }
}

describe.each(doors)("through the %s door", (door) => {
  let client: Client;
  let session: string;
  let profile: string;
  let recording: string;
  beforeAll(async () => {
    client = await openClient(door, { timings: { parsingMs: 0, transcriptionMs: 0, codingMs: 0 } });
    session = await client.sessionWithAudio();
    profile = (await client.json("POST", "/patient-profiles", { body: { first_name: "Ada" } })).id;
    recording = (await client.json("POST", `/sessions/${session}/restful-segment-transcription`))
      .recording_id;
  });
  afterAll(() => client.sandbox.close());

  it.each(specOperations)("$row.id answers as the spec declares", async (operation) => {
    const call = calls[operation.row.id];
    // An operation new in the spec gets a row here, and a handler when its example is not enough.
    if (call === undefined) throw new Error(`No call for ${operation.row.id}`);
    const [path, init = {}] = call;
    const body =
      init.body === undefined ? {} : { body: JSON.stringify(init.body).replace(":session", session) };
    const ids = { ":session": session, ":profile": profile, ":recording": recording };
    const target = path.replace(/:(session|profile|recording)/g, (name) => ids[name as keyof typeof ids]);
    const response = await client.send(operation.row.method, target, { ...init, ...body });
    await expectAsDeclared(operation, response);
  });
});

it("has a behaviour of its own for every operation of the table", () => {
  expect(Object.keys(handlers).sort()).toEqual(specOperations.map(({ row }) => row.id).sort());
});

describe("an operation that the sandbox has no behaviour for", () => {
  const context = createContext(contextDefaults);
  const journal = new CallHistory(10);
  const router = createRouter(specOperations);
  const handle = createServer({
    ...{ context, router, history: journal, deployment: specDialect, handlers: {} },
    faults: new FaultPlan(specOperations, 1),
    scripts: new ScriptPlan(specOperations),
  });
  const read = async ({ status, headers, body }: SandboxResponse): Promise<Response> =>
    new Response(body === undefined ? null : new Blob([await bytes(body)]), { status, headers });
  const bytes = async (body: Uint8Array | AsyncIterable<Uint8Array>): Promise<Buffer<ArrayBuffer>> =>
    body instanceof Uint8Array ? Buffer.from(body) : Buffer.concat(await collect(body));

  const withoutForm = specOperations.filter(
    ({ row }) => row.auth === "bearer" && row.body?.kind !== "multipart",
  );
  it.each(withoutForm)("$row.id answers from its schema", async (operation) => {
    const [path, init] = calls[operation.row.id] ?? [""];
    const token = await context.tokens.sign(
      { email: "a@b.example", third_party_internal_id: "1" },
      "j",
      0,
      9e15,
    );
    const body = init?.body === undefined ? undefined : Buffer.from(JSON.stringify(init.body));
    const response = await handle({
      method: operation.row.method,
      url: `${PATH_PREFIX}${path}`,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body:
        body &&
        (async function* () {
          yield body;
        })(),
      signal: new AbortController().signal,
    });
    await expectAsDeclared(operation, await read(response));
  });
});

async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return chunks;
}
