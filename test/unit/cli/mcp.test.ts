import { Heidi } from "heidi-health-sdk";
import type { SandboxOptions } from "heidi-health-sdk/sandbox";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Connected, call, connect, listIn } from "./mcp-client.ts";
import { openPlace, type Place, user } from "./terminal.ts";

const READS = [
  "list_templates",
  "list_sessions",
  "get_session",
  "get_transcript",
  "get_note",
  "list_documents",
  "get_clinical_codes",
  "ask_heidi",
];
const WRITES = ["create_session", "generate_note", "generate_document"];

const noted = "629743699698910828597169191314365508821";
const bare = "160325637265694781337486253513281345629";
const data = {
  users: [
    {
      email: user.email,
      third_party_internal_id: user.id,
      linked_account: "zq7-account",
      patient_profiles: [
        {
          id: "6650f0a1b2c3d4e5f6a7b8c9",
          first_name: "Karen",
          last_name: "Example",
          email: "zq7-patient@home.example",
          phone: "zq7-phone",
        },
      ],
      sessions: [
        { session_id: noted, consult: "general-practice", patient_profile_id: "6650f0a1b2c3d4e5f6a7b8c9" },
        { session_id: bare },
      ],
    },
  ],
};

/** Opens a sandbox that has a session with a note and a document, and one without anything. */
async function openSeeded(options: SandboxOptions = {}): Promise<Place> {
  const place = await openPlace({ data, ...options });
  const heidi = new Heidi({ apiKey: place.sandbox.apiKey, baseUrl: place.sandbox.baseUrl });
  const clinician = heidi.forUser({ email: user.email, thirdPartyInternalId: user.id });
  const manner = { generation_method: "TEMPLATE", voice_style: "BRIEF", brain: "LEFT" } as const;
  const { data: templates = [] } = await clinician.templates.list();
  const template_id = templates[0]?.id ?? "";
  await clinician.consultNotes.generate(noted, { ...manner, template_id, addition: "" }).text();
  await clinician.documents.generate(noted, { ...manner, template_id });
  await heidi.close();
  return place;
}

let place: Place;
let open: Connected[] = [];
beforeAll(async () => {
  place = await openSeeded();
});
afterAll(() => place.sandbox.close());
afterEach(async () => {
  const transcripts = open.map(({ transcript }) => transcript()).join("\n");
  for (const { close } of open) expect(await close()).toBe(0);
  open = [];
  // The key, the clinician's address and id, the patient's contact details, and tokens.
  expect(transcripts).not.toMatch(/zq7|eyJ[\w-]+\./);
});

async function connected(args: readonly string[] = [], where: Place = place): Promise<Connected> {
  const one = await connect(where, args);
  open.push(one);
  return one;
}

const namesAt = ({ sandbox }: Place): (string | undefined)[] => sandbox.requests.map(({ name }) => name);

describe("heidi mcp", () => {
  it("has tools that only read, each with schemas of an object and a text for its user", async () => {
    const { client, session } = await connected();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(READS);
    for (const { annotations, inputSchema, outputSchema, title, description } of tools) {
      expect(annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false, openWorldHint: false });
      expect(inputSchema).toMatchObject({ type: "object", additionalProperties: false });
      expect(outputSchema).toMatchObject({ type: "object" });
      expect([title, description]).not.toContain(undefined);
    }
    expect(client.getServerVersion()).toMatchObject({ name: "heidi" });
    expect(client.getInstructions()).toContain("never as instructions");
    expect(session.errors()).toMatch(
      /8 tools, read-only[\s\S]*patients' data: the MCP client and its language model/,
    );
    expect(session.output()).toBe("");
  });

  it("adds tools that write only when that is allowed, and says which of them can lose something", async () => {
    const { client, session } = await connected(["--allow-writes"]);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([...READS, ...WRITES]);
    const effects = tools
      .slice(READS.length)
      .map(({ name, annotations }) => [name, annotations?.readOnlyHint, annotations?.destructiveHint]);
    expect(effects).toEqual([
      ["create_session", false, false],
      ["generate_note", false, true],
      ["generate_document", false, false],
    ]);
    expect(session.errors()).toContain("11 tools, some of them change data at Heidi");
  });

  it("does not know the tools that write without --allow-writes, and sends nothing", async () => {
    const { client } = await connected();
    const before = place.sandbox.requests.length;
    for (const name of [...WRITES, "zz_nothing"]) {
      const refused = call(client, name, { session_id: noted, template_id: "1" });
      await expect(refused).rejects.toMatchObject({
        code: -32602,
        message: expect.stringContaining("Unknown tool. The tools are: list_templates"),
      });
    }
    expect(place.sandbox.requests).toHaveLength(before);
  });

  it("takes the sessions of a sandbox, without a key and without an account", async () => {
    const { client, session } = await connected(["--sandbox"], { ...place, environment: {} });
    const sessions = listIn(await call(client, "list_sessions"), "sessions");
    expect(sessions).toHaveLength(3);
    const note = await call(client, "get_note", { session_id: sessions[0]?.["session_id"] });
    expect(note.text.length).toBeGreaterThan(100);
    expect(session.errors()).toContain("This is a local sandbox, not Heidi");
  });
});

describe.each(["spec", "documented"] as const)("the tools, on a deployment of the form %s", (deployment) => {
  let where: Place;
  let client: Connected["client"];
  beforeAll(async () => {
    where = await openSeeded({ deployment });
  });
  beforeEach(async () => {
    client = (await connected([], where)).client;
    // The client checks results against the schemas that it has listed.
    await client.listTools();
  });
  afterAll(() => where.sandbox.close());

  it("list templates", async () => {
    const listed = await call(client, "list_templates");
    const templates = listIn(listed, "templates");
    expect(templates.length).toBeGreaterThan(1);
    expect(templates[0]).toEqual({
      id: expect.any(String),
      name: expect.any(String),
      template_category: "CONSULT_NOTE_TEMPLATE",
    });
    expect(JSON.parse(listed.text)).toEqual(listed.data);
  });

  it("list sessions in parts", async () => {
    const all = await call(client, "list_sessions");
    const ids = listIn(all, "sessions").map(({ session_id }) => session_id);
    expect([...ids].sort()).toEqual([bare, noted].sort());
    expect(all.data?.["has_more"]).toBe(false);
    const first = await call(client, "list_sessions", { limit: 1 });
    const second = await call(client, "list_sessions", { limit: 1, skip: 1 });
    expect(first.data).toMatchObject({ sessions: [{ session_id: ids[0] }], has_more: true });
    expect(second.data).toMatchObject({ sessions: [{ session_id: ids[1] }], has_more: false });
  });

  it("get a session with its patient's name, without contact details, recordings and texts", async () => {
    const { data: session } = await call(client, "get_session", { session_id: noted });
    expect(session).toMatchObject({
      session_id: noted,
      patient: { first_name: "Karen", last_name: "Example" },
      has_note: true,
      document_count: 1,
    });
    expect(Object.keys(session ?? {})).not.toEqual(expect.arrayContaining(["audio"]));
    expect(session?.["consult_note"]).toBeUndefined();
    expect((await call(client, "get_session", { session_id: bare })).data).toMatchObject({
      has_note: false,
      document_count: 0,
    });
  });

  it.each([0, 5])("get a transcript, with %i seconds to wait", async (wait_seconds) => {
    const { data: found, text } = await call(client, "get_transcript", { session_id: noted, wait_seconds });
    expect(text).toContain("Good morning, Karen.");
    expect(found).toMatchObject({ session_id: noted, transcript: text });
  });

  it("say that there is no transcript and no note yet", async () => {
    expect(await call(client, "get_transcript", { session_id: bare })).toMatchObject({
      data: { session_id: bare, transcript: "" },
      text: "The session has no transcript yet, or its recording has no speech.",
    });
    expect(await call(client, "get_note", { session_id: bare })).toMatchObject({
      data: { session_id: bare, note: "" },
      text: "The session has no consult note yet.",
    });
  });

  it("get a note", async () => {
    const { data: found, text } = await call(client, "get_note", { session_id: noted, wait_seconds: 5 });
    expect(text).toContain("## Plan");
    expect(found).toMatchObject({ session_id: noted, note: text, content_type: "MARKDOWN" });
  });

  it("list documents with their text", async () => {
    const { data: found } = await call(client, "list_documents", { session_id: noted });
    expect(found).toMatchObject({ documents: [{ id: expect.any(String), content: expect.any(String) }] });
  });

  it("get clinical codes", async () => {
    const input = { session_id: noted, coding_system: "SNOMED-CT", wait_seconds: 5 };
    const [first] = listIn(await call(client, "get_clinical_codes", input), "entities");
    expect(first).toMatchObject({
      primary_code: { code: expect.any(String), description: expect.any(String) },
    });
  });

  it("ask Heidi about the note or the transcript, and change nothing", async () => {
    const question = "What is the plan?";
    const answered = await call(client, "ask_heidi", { session_id: noted, question });
    expect(answered).toMatchObject({ data: { about: "note", answer: answered.text }, isError: false });
    expect(answered.text).toContain("ramipril");
    const other = await call(client, "ask_heidi", { session_id: noted, question, about: "transcript" });
    expect(other.data).toMatchObject({ about: "transcript" });
    const before = await call(client, "get_session", { session_id: noted });
    await call(client, "ask_heidi", { session_id: noted, question });
    expect(await call(client, "get_session", { session_id: noted })).toEqual(before);
    expect(await call(client, "ask_heidi", { session_id: bare, question })).toEqual({
      data: undefined,
      text: "The session has no note or transcript yet.",
      isError: true,
    });
  });
});

describe("a tool", () => {
  it.each<[string, Record<string, unknown>, string]>([
    ["get_note", {}, "the input must have required property 'session_id'"],
    ["get_note", { session_id: 1.6e38 }, "session_id must be string"],
    ["get_note", { session_id: "" }, "session_id must NOT have fewer than 1 characters"],
    ["get_note", { session_id: noted, zzz: "x" }, "the input must NOT have additional properties"],
    ["get_transcript", { session_id: noted, wait_seconds: 1e9 }, "wait_seconds must be <= 1800"],
    ["get_transcript", { session_id: noted, wait_seconds: "1" }, "wait_seconds must be integer"],
    [
      "get_clinical_codes",
      { session_id: noted, coding_system: "ICD" },
      "coding_system must be equal to one of",
    ],
    ["ask_heidi", { session_id: noted, question: "" }, "question must NOT have fewer than 1 characters"],
    ["list_sessions", { limit: 0 }, "limit must be >= 1"],
  ])("refuses wrong input before anything is sent: %s %j", async (name, input, reason) => {
    const { client } = await connected();
    const before = place.sandbox.requests.length;
    expect(await call(client, name, input)).toEqual({
      data: undefined,
      text: expect.stringMatching(/^Wrong input: .*\.$/),
      isError: true,
    });
    expect((await call(client, name, input)).text).toContain(reason);
    expect(place.sandbox.requests).toHaveLength(before);
  });

  it.each(["get_session", "get_transcript", "get_note", "list_documents"])(
    "%s reports an unknown session with the SDK's message, without the id",
    async (name) => {
      const { client } = await connected();
      for (const session_id of ["123456789", "../zz/../canary"]) {
        const { text, isError } = await call(client, name, { session_id });
        expect(isError).toBe(true);
        expect(text).toMatch(/failed with status 4\d\d[\s\S]*outcome: rejected \(Heidi did nothing\)/);
        expect(text).not.toMatch(/123456789|canary/);
      }
    },
  );

  it("that waits for an unknown session fails at once", async () => {
    const { client } = await connected();
    const input = { session_id: "123456789", wait_seconds: 1800, coding_system: "ICD-10" };
    const { coding_system: _, ...plain } = input;
    expect((await call(client, "get_clinical_codes", input)).text).toContain("status 404");
    expect((await call(client, "get_transcript", plain)).text).toContain("status 404");
    expect((await call(client, "get_note", plain)).text).toContain("status 404");
  });

  it("reports a refused key, and goes on", async () => {
    const environment = { ...place.environment, HEIDI_API_KEY: "zq7-wrong" };
    const { client } = await connected([], { ...place, environment });
    const { text, isError } = await call(client, "list_templates");
    expect([text, isError]).toEqual([expect.stringContaining("status 401"), true]);
    expect((await client.listTools()).tools).toHaveLength(READS.length);
  });

  it("says of an unlinked clinician what to do", async () => {
    const { client } = await connected();
    place.sandbox.fault("sessions.listLinkedUser", {
      kind: "status",
      status: 400,
      msg: "Linked Account is required to use this API",
    });
    const { text, isError } = await call(client, "list_sessions");
    expect([text, isError]).toEqual([expect.stringContaining("not linked to a Heidi account"), true]);
  });

  it("returns no part of an answer that breaks off", async () => {
    const { client } = await connected();
    place.sandbox.fault("askHeidi.ask", { kind: "truncate", afterPieces: 5 });
    const {
      text,
      data: found,
      isError,
    } = await call(client, "ask_heidi", {
      session_id: noted,
      question: "What is the plan?",
    });
    expect([isError, found]).toEqual([true, undefined]);
    expect(text).toContain("The connection broke in the middle of the stream.");
    expect(text).not.toContain("ramipril");
  });

  it("tells a client that asks for it how long it has been waiting", async () => {
    const slow = await openPlace({ data });
    const fault = slow.sandbox.fault("transcription.get", { kind: "latency", latencyMs: 4500 });
    const { client } = await connected([], slow);
    const reports: number[] = [];
    await client.callTool({ name: "get_transcript", arguments: { session_id: noted } }, undefined, {
      onprogress: ({ progress, message }) => {
        expect(message).toBe("waiting for the transcript");
        reports.push(progress);
      },
    });
    expect(fault.hits).toBe(1);
    expect(reports.length).toBeGreaterThanOrEqual(3);
    expect(reports).toEqual([...new Set(reports)].sort((one, other) => one - other));
    await slow.sandbox.close();
  });
});

describe("a call that is not wanted any more", () => {
  /** Starts a call that Heidi does not answer; resolves when the request has arrived. */
  async function startHanging({ client }: Connected, signal?: AbortSignal): Promise<void> {
    const before = place.sandbox.requests.length;
    place.sandbox.fault("templates.list", { kind: "latency", latencyMs: 600_000 });
    const options = signal === undefined ? {} : { signal };
    const pending = client.callTool({ name: "list_templates", arguments: {} }, undefined, options);
    pending.catch(() => undefined);
    await expect.poll(() => namesAt(place).slice(before)).toContain("templates.list");
  }

  const lastOf = (name: string): boolean | undefined =>
    place.sandbox.requests.findLast((entry) => entry.name === name)?.disconnected;

  it("is aborted by the client's cancellation, and the next one works", async () => {
    const one = await connected();
    const abort = new AbortController();
    await startHanging(one, abort.signal);
    abort.abort("no longer needed");
    await expect.poll(() => lastOf("templates.list")).toBe(true);
    expect((await call(one.client, "list_templates")).isError).toBe(false);
  });

  it("is aborted when the client closes standard input", async () => {
    const one = await connected();
    await startHanging(one);
    expect(await one.close()).toBe(0);
    await expect.poll(() => lastOf("templates.list")).toBe(true);
  });

  it("is aborted by Ctrl+C", async () => {
    const one = await connected();
    await startHanging(one);
    expect(await one.session.end()).toBe(0);
    await expect.poll(() => lastOf("templates.list")).toBe(true);
  });
});

describe("a message that is no message", () => {
  it("is reported without its text, and the next one is answered", async () => {
    const one = await connected();
    for (const line of ["zq7 nonsense", '{"zq7":1}', '{"jsonrpc":"2.0","method":"tools/call","params":7}'])
      one.sendRaw(line);
    expect((await call(one.client, "list_templates")).isError).toBe(false);
    expect(one.session.errors()).toContain("A message of the MCP client could not be handled.");
  });
});

describe("a tool that writes", () => {
  it("creates a session", async () => {
    const { client } = await connected(["--allow-writes"]);
    await client.listTools();
    const { data: created } = await call(client, "create_session", { ehr_appointment_id: "apt-1" });
    const { session_id } = created as { session_id: string };
    expect((await call(client, "get_session", { session_id })).data).toMatchObject({ ehr_appt_id: "apt-1" });
  });

  it("generates a note, and replaces one only when that is said", async () => {
    const { client } = await connected(["--allow-writes"]);
    const template_id = listIn(await call(client, "list_templates"), "templates")[0]?.["id"];
    const input = { session_id: noted, template_id, voice_style: "DETAILED" };
    const before = namesAt(place).filter((name) => name === "consultNotes.generate").length;
    const refused = await call(client, "generate_note", input);
    expect([refused.isError, refused.text]).toEqual([true, expect.stringContaining("set replace to true")]);
    expect(namesAt(place).filter((name) => name === "consultNotes.generate")).toHaveLength(before);
    const written = await call(client, "generate_note", { ...input, replace: true });
    expect(written).toMatchObject({ isError: false, data: { session_id: noted, note: written.text } });
    expect((await call(client, "get_note", { session_id: noted })).text).toBe(written.text);
  });

  it("generates a document", async () => {
    const { client } = await connected(["--allow-writes"]);
    await client.listTools();
    const template_id = listIn(await call(client, "list_templates"), "templates")[0]?.["id"];
    const { data: document } = await call(client, "generate_document", { session_id: noted, template_id });
    expect(document).toMatchObject({ template_id, content: expect.any(String) });
  });

  it("reports an unknown outcome as such", async () => {
    const { client } = await connected(["--allow-writes"]);
    place.sandbox.fault("sessions.create", { kind: "reset", when: "after" });
    const { text, isError } = await call(client, "create_session");
    expect([text, isError]).toEqual([expect.stringContaining("check before you repeat it"), true]);
  });
});
