import { createVirtualClock } from "heidi-health-sdk/sandbox";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { audioForm, type Client, doors, openClient, segmentForm } from "./listener.ts";

const note = { generation_method: "TEMPLATE", addition: "", voice_style: "BRIEF", brain: "LEFT" };
const zoneless = expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}$/);

async function bodyOf(response: Promise<Response>): Promise<unknown> {
  return (await response).json();
}

describe.each(doors)("the documented deployment, through the %s door", (door) => {
  let client: Client;
  let id: string;
  beforeAll(async () => {
    client = await openClient(door, {
      deployment: "documented",
      timings: { parsingMs: 0, transcriptionMs: 0, codingMs: 0 },
    });
    id = await client.sessionWithAudio();
  });
  afterAll(() => client.sandbox.close());

  it("answers 201 for what it created", async () => {
    expect((await client.send("POST", "/sessions", { body: {} })).status).toBe(201);
  });

  it("wraps sessions, and gives their times without a zone", async () => {
    const wrapped = { session: expect.objectContaining({ session_id: id, created_at: zoneless }) };
    expect(await bodyOf(client.send("GET", `/sessions/${id}`))).toEqual(wrapped);
    expect(await bodyOf(client.send("PATCH", `/sessions/${id}`, { body: { duration: 60 } }))).toEqual(
      wrapped,
    );
    expect(await bodyOf(client.send("GET", "/sessions/linked-user?page_size=1"))).toEqual({
      sessions: [expect.objectContaining({ created_at: zoneless })],
      count: 1,
      has_next_page: true,
    });
  });

  it("wraps profiles, templates, documents and audio", async () => {
    const made = (await bodyOf(client.send("POST", "/patient-profiles", { body: { phone: "1" } }))) as {
      data: { id: string };
    };
    expect(made).toEqual({ data: expect.objectContaining({ phone: "1" }) });
    const path = `/patient-profiles/${made.data.id}`;
    expect(await bodyOf(client.send("GET", path))).toEqual(made);
    expect(await bodyOf(client.send("PATCH", path, { body: {} }))).toHaveProperty("data.id", made.data.id);
    expect(await bodyOf(client.send("GET", "/patient-profiles"))).toEqual({
      data: [expect.objectContaining({ id: made.data.id })],
      total_pages: 1,
    });
    expect(await bodyOf(client.send("GET", "/templates/document-templates"))).toEqual({
      templates: expect.arrayContaining([expect.objectContaining({ name: "SOAP note" })]),
    });
    expect(await bodyOf(client.send("GET", `/sessions/${id}/documents`))).toEqual({ documents: [] });
    const upload = client.send("POST", `/sessions/${id}/upload-audio`, { form: audioForm("x") });
    expect(await bodyOf(upload)).toEqual({
      uploaded_audio: expect.objectContaining({ index: 1, status: "INITIALIZED", created_at: zoneless }),
    });
  });

  it("refuses a template of one's own before there is a note, and streams notes as events", async () => {
    const custom = { body: { template: "The plan", questions: [] } };
    const path = `/sessions/${id}/client-customised-template/response`;
    const refused = await client.send("POST", path, custom);
    expect([refused.status, await refused.json()]).toEqual([
      400,
      { detail: expect.objectContaining({ type: "ConsultNoteNotFoundError" }) },
    ]);
    const response = await client.send("POST", `/sessions/${id}/consult-note`, { body: note });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const text = await response.text();
    expect(text).toMatch(/^(data: \{"data":".*"\}\n\n)+$/);
    expect((await client.send("POST", path, custom)).status).toBe(200);
  });

  it("names codes as the public pages do", async () => {
    const path = `/sessions/${id}/clinical-codes?coding_system=ICD-10`;
    await client.send("GET", path);
    const body = (await bodyOf(client.send("GET", path))) as { clinical_entities: unknown[] };
    expect(Object.keys(body).sort()).toEqual([
      ...["clinical_entities", "consult_note_id", "id", "session_id", "status"],
    ]);
    expect(body).toMatchObject({ status: "READY" });
    expect(body.clinical_entities[0]).toMatchObject({
      primary_code: { code: "I10", code_name: expect.any(String), code_system: "ICD-10", score: 0.95 },
    });
  });

  it("takes context documents under the names of the public pages", async () => {
    const form = new FormData();
    form.append("context_documents", new Blob(["x"], { type: "application/pdf" }), "letter.pdf");
    form.append("meta_data", JSON.stringify({ unstructured: true }));
    const path = `/sessions/${id}/context-documents`;
    const sent = client.send("POST", path, { form });
    expect(await bodyOf(sent)).toMatchObject({ filename: "letter.pdf", unstructured: true });
    form.set("meta_data", "{");
    expect((await client.send("POST", path, { form })).status).toBe(422);
  });

  it("links an account once, shows it, and unlinks it", async () => {
    const access = (): Promise<unknown> => bodyOf(client.send("GET", "/users/linked-account/access"));
    expect(await access()).toEqual({ is_valid: false, is_linked: false, account: null });
    const link = { body: { kinde_user_id: "kp_1" } };
    expect(await bodyOf(client.send("POST", "/users/linked-account", link))).toMatchObject({
      account: { user_id: "kp_1", created_at: zoneless },
    });
    const again = await client.send("POST", "/users/linked-account", link);
    expect([again.status, await again.json()]).toEqual([
      409,
      { detail: expect.objectContaining({ type: "OpenAPIHeidiAccountAlreadyLinkedError" }) },
    ]);
    expect(await access()).toMatchObject({ is_linked: true, account: { ehr_email: "dr@clinic.example" } });
    expect(await bodyOf(client.send("DELETE", "/users/linked-account:unlink"))).toEqual({ is_success: true });
    expect(await access()).toMatchObject({ is_linked: false });
  });
});

describe("a live recording", () => {
  it("shows each segment as it is transcribed, and the whole transcript once it is finished", async () => {
    const clock = createVirtualClock();
    const client = await openClient("in-process", {
      clock,
      deployment: "documented",
      timings: { transcriptionMs: 1000 },
    });
    const id = await client.session();
    const root = `/sessions/${id}/restful-segment-transcription`;
    const { recording_id } = await client.json("POST", root);
    const live = () => client.json("GET", `/sessions/${id}/transcript/live`);
    await client.json("POST", `${root}/${recording_id}:transcribe`, { form: segmentForm("0") });
    clock.advance(600);
    await client.json("POST", `${root}/${recording_id}:transcribe`, { form: segmentForm("1") });
    clock.advance(600);
    const during = await live();
    expect(during.chunks.map(({ status }) => status)).toEqual(["READY", "PENDING"]);
    expect(during).toMatchObject({ active_source: "LIVE" });
    expect(during.transcript).toContain("Good morning, Karen");
    await client.json("POST", `${root}/${recording_id}:transcribe`, { form: segmentForm("1") });
    expect((await live()).chunks).toHaveLength(2);
    await client.json("POST", `${root}/${recording_id}:finish`);
    expect((await client.json("GET", `/sessions/${id}/transcript`)).transcript).toContain(
      "I'll bring my diary",
    );
    await client.sandbox.close();
  });

  it.each([
    ["a segment without audio", "0", "text/csv", 400, "audio/*"],
    ["an index that is no number", "first", "audio/ogg", 422, "index"],
  ])("refuses %s", async (_, index, type, status, reason) => {
    const client = await openClient("in-process");
    const root = `/sessions/${await client.session()}/restful-segment-transcription`;
    const { recording_id } = await client.json("POST", root);
    const form = audioForm("x", type);
    form.append("index", index);
    const response = await client.send("POST", `${root}/${recording_id}:transcribe`, { form });
    expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(reason)]);
    await client.sandbox.close();
  });

  it("takes nothing once it is finished, and is nobody else's", async () => {
    const client = await openClient("in-process");
    const root = `/sessions/${await client.session()}/restful-segment-transcription`;
    const { recording_id } = await client.json("POST", root);
    const finish = `${root}/${recording_id}:finish`;
    expect((await client.send("POST", finish, { as: "other@clinic.example" })).status).toBe(404);
    expect((await client.send("POST", `${root}/unknown:finish`)).status).toBe(404);
    expect((await client.send("POST", finish)).status).toBe(200);
    expect((await client.send("POST", finish)).status).toBe(400);
    await client.sandbox.close();
  });
});

it("refuses calls about patients before an account is linked, where it was told to", async () => {
  const client = await openClient("in-process", { deployment: "documented", requireLinkedAccount: true });
  const refused = await client.send("GET", "/patient-profiles");
  expect([refused.status, await refused.json()]).toEqual([
    400,
    { detail: expect.objectContaining({ msg: expect.stringContaining("Linked Account is required") }) },
  ]);
  await client.send("POST", "/users/linked-account", { body: { kinde_user_id: "kp_1" } });
  expect((await client.send("GET", "/patient-profiles")).status).toBe(200);
  await client.sandbox.close();
});
