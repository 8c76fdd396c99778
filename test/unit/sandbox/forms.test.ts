import type { ScriptedRequest } from "heidi-health-sdk/sandbox";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Client, type Json, openClient } from "./listener.ts";

const note = { generation_method: "TEMPLATE", addition: "", voice_style: "BRIEF", brain: "LEFT" };

function form(name: string, fields: Record<string, string> = {}): FormData {
  const data = new FormData();
  data.append(name, new Blob(["%PDF-"], { type: "application/pdf" }), "letter.pdf");
  for (const [key, value] of Object.entries(fields)) data.append(key, value);
  return data;
}

const forms = {
  spec: {
    link: (id: string) => ({ session_id: id }),
    document: () => form("file", { unstructured: "true" }),
    template: { template: { template: "Plan", questions: [] } },
    codes: "?coding_system=ICD-10",
    written: {
      generation_method: "TEMPLATE",
      template_id: "65f0a1b2c3d4e5f6a7b8c901",
      brain: "LEFT",
      voice_style: "BRIEF",
    },
    profile: { date_of_birth: "1980-01-01" },
    filter: "?provider=none",
  },
  documented: {
    link: (id: string) => ({ session_ids: [id] }),
    document: () => form("context_documents", { meta_data: '{"unstructured":true}' }),
    template: { template: "Plan", questions: [] },
    codes: "",
    written: { generation_method: "TEMPLATE", template_id: "65f0a1b2c3d4e5f6a7b8c901", brain: "LEFT" },
    profile: { birth_date: "1980-01-01" },
    filter: "?ehr_provider=none",
  },
} as const;

describe.each(["spec", "documented"] as const)("the sandbox's %s deployment", (deployment) => {
  const other = deployment === "spec" ? "documented" : "spec";
  let client: Client;
  let id: string;
  let profile: string;
  beforeAll(async () => {
    client = await openClient("in-process", {
      deployment,
      timings: { parsingMs: 0, transcriptionMs: 0, codingMs: 0 },
    });
    id = await client.sessionWithAudio();
    const made = await client.send("POST", "/patient-profiles", { body: {} });
    const { id: bare, data } = (await made.json()) as { id?: string; data?: { id: string } };
    profile = data?.id ?? bare ?? "";
    await (await client.send("POST", `/sessions/${id}/consult-note`, { body: note })).text();
  });
  afterAll(() => client.sandbox.close());

  const requests = (name: "spec" | "documented") => {
    const { link, document, template, codes, written, profile: body, filter } = forms[name];
    return [
      ["POST", `/patient-profiles/${profile}/sessions`, { body: link(id) }],
      ["POST", `/sessions/${id}/context-documents`, { form: document() }],
      ["POST", `/sessions/${id}/client-customised-template/response`, { body: template }],
      ["GET", `/sessions/${id}/clinical-codes${codes}`, {}],
      ["POST", `/sessions/${id}/documents`, { body: written }],
      ["POST", "/patient-profiles", { body }],
      ["PATCH", `/patient-profiles/${profile}`, { body }],
      ["GET", `/patient-profiles${filter}`, {}],
    ] as const;
  };

  const bareSession = async (): Promise<Json> => {
    const answer = await client.json("GET", `/sessions/${id}`);
    return "session" in answer ? (answer.session as Json) : answer;
  };

  it("takes its own form of every request", async () => {
    for (const [method, path, options] of requests(deployment)) {
      const { status } = await client.send(method, path, options);
      expect([path, status < 300]).toEqual([path, true]);
    }
  });

  it("refuses the other form with 422, in the service's shape", async () => {
    const taken: string[] = [];
    for (const [method, path, options] of requests(other)) {
      const response = await client.send(method, path, options);
      if (response.status < 300) taken.push(path);
      else expect([path, response.status]).toEqual([path, 422]);
      if (response.status === 422) {
        const { detail } = (await response.json()) as { detail: unknown };
        expect(detail).toContainEqual({
          loc: expect.any(Array),
          msg: expect.any(String),
          type: expect.any(String),
        });
      }
    }
    // What the spec demands more, the documented service does not mind.
    const more =
      deployment === "documented"
        ? [`/sessions/${id}/clinical-codes?coding_system=ICD-10`, `/sessions/${id}/documents`]
        : [];
    expect(taken).toEqual(more);
  });

  it("has what it was sent in its journal under the names of both forms", async () => {
    await client.send("POST", `/patient-profiles/${profile}/sessions`, { body: forms[deployment].link(id) });
    await client.send("POST", `/sessions/${id}/context-documents`, { form: forms[deployment].document() });
    const bodies = client.sandbox.requests.slice(-2).map(({ inputs }) => inputs);
    expect(bodies).toMatchObject([
      { body: { session_id: id, session_ids: [id] } },
      {
        body: { unstructured: true, meta_data: { unstructured: true } },
        files: { file: { filename: "letter.pdf" }, context_documents: { filename: "letter.pdf" } },
      },
    ]);
  });

  it("hands scripted answers what it was sent under the names of both forms", async () => {
    const heard: unknown[] = [];
    client.sandbox.script(
      "patientProfiles.create",
      ({ body }: ScriptedRequest) => {
        heard.push(body);
        return { id: "x" };
      },
      { times: 1 },
    );
    await client.send("POST", "/patient-profiles", { body: forms[deployment].profile });
    expect(heard).toEqual([{ date_of_birth: "1980-01-01", birth_date: "1980-01-01" }]);
  });

  it("keeps and answers a birthday and a provider under one name, its own", async () => {
    const [birthday, provider] =
      deployment === "spec" ? ["date_of_birth", "provider"] : ["birth_date", "ehr_provider"];
    const fields = { first_name: "Ada", provider: "best-practice" };
    const body = { ...fields, ...forms[deployment].profile };
    const made = await client.send("POST", "/patient-profiles", { body });
    const { id: bare, data } = (await made.json()) as { id?: string; data?: { id: string } };
    const own = data?.id ?? bare ?? "";
    const names = ["created_at", birthday, "first_name", "id", provider, "updated_at"].sort();
    const keysOf = (profile: unknown): string[] => Object.keys(Object(profile)).sort();
    const read = await client.json("GET", `/patient-profiles/${own}`);
    expect(keysOf(read["data"] ?? read)).toEqual(names);
    const { data: listed } = await client.json("GET", "/patient-profiles");
    expect(keysOf(listed.find((one) => one.id === own))).toEqual(names);
    const [stored] = client.sandbox
      .state()
      .users.flatMap((user) => user.profiles.filter((p) => p.id === own));
    expect(stored).toEqual({
      ...{ ...fields, date_of_birth: "1980-01-01", id: own },
      ...{ created_at: expect.any(String), updated_at: expect.any(String) },
    });
    // A change under the deployment's own name changes the one value that there is.
    const later = { [birthday ?? ""]: "1990-02-02" };
    await client.send("PATCH", `/patient-profiles/${own}`, { body: later });
    const changed = await client.json("GET", `/patient-profiles/${own}`);
    expect(changed["data"] ?? changed).toMatchObject(later);
    // And the sessions of that patient say it likewise.
    await client.send("POST", `/patient-profiles/${own}/sessions`, { body: forms[deployment].link(id) });
    expect(keysOf((await bareSession()).patient)).toEqual(names);
  });

  it("gives documents, codes and accounts the ids that its form has, the same ones every time", async () => {
    const hex = expect.stringMatching(/^[0-9a-f]{24}$/);
    const { written, codes } = forms[deployment];
    const isDocumented = deployment === "documented";
    const document = await client.json("POST", `/sessions/${id}/documents`, { body: written });
    const { data, documents } = await client.json("GET", `/sessions/${id}/documents`);
    const shown = (await bareSession()).documents;
    for (const one of [document, (data ?? documents).at(-1), shown.at(-1)])
      expect(one?.session_id).toBe(isDocumented ? id : undefined);
    const coded = await client.json("GET", `/sessions/${id}/clinical-codes${codes}`);
    expect([coded.id, coded.session_id, coded.consult_note_id]).toEqual(
      isDocumented ? [hex, id, hex] : [undefined, undefined, undefined],
    );
    expect(await client.json("GET", `/sessions/${id}/clinical-codes${codes}`)).toEqual(coded);
    const { account } = await client.json("POST", "/users/linked-account", { body: { kinde_user_id: "kp" } });
    expect(account).toMatchObject({ _id: hex, user_id: "kp" });
    expect((await client.json("GET", "/users/linked-account/access")).account).toEqual(account);
    expect(new Set([account._id, coded.id, coded.consult_note_id]).size).toBe(isDocumented ? 3 : 2);
  });

  it("refuses what is no sound in its own words", async () => {
    const data = new FormData();
    data.append("file", new Blob(["x"], { type: "text/plain+x" }), "x.bin");
    const response = await client.send("POST", `/sessions/${id}/upload-audio`, { form: data });
    expect(response.status).toBe(400);
    const { detail } = (await response.json()) as { detail: unknown };
    expect(detail).toEqual(
      deployment === "documented"
        ? "only audio file is allowed"
        : expect.objectContaining({ type: "UnsupportedAudioError" }),
    );
  });
});

describe("a sandbox's data", () => {
  const identity = { email: "dr@clinic.example", third_party_internal_id: "1" };

  it("may have a birthday under either name, and keeps it under one", async () => {
    const profiles = [{ birth_date: "1980-01-01" }, { date_of_birth: "1980-01-01" }];
    const client = await openClient("in-process", {
      data: { users: [{ ...identity, patient_profiles: profiles }] },
    });
    for (const profile of client.sandbox.state().users[0]?.profiles ?? []) {
      expect(profile).toMatchObject({ date_of_birth: "1980-01-01" });
      expect(profile).not.toHaveProperty("birth_date");
    }
    // Edited by hand, with both names.
    const saved = client.sandbox.save();
    for (const user of saved.state.users)
      for (const profile of user.profiles) profile["birth_date"] = profile["date_of_birth"];
    client.sandbox.load(saved);
    expect(JSON.stringify(client.sandbox.state())).not.toContain("birth_date");
    await client.sandbox.close();
  });

  it("may not have two birthdays", async () => {
    const profile = { birth_date: "1980-01-01", date_of_birth: "1980-10-10" };
    const opening = openClient("in-process", {
      data: { users: [{ ...identity, patient_profiles: [profile] }] },
    });
    await expect(opening).rejects.toThrow(/patient_profiles\[0\]\.birth_date.*date_of_birth/);
  });
});

describe("the spec's deployment", () => {
  it("pages no profiles, as the bundled description has it", async () => {
    const client = await openClient("in-process", { deployment: "spec" });
    for (const first_name of ["Ada", "Bo"])
      await client.json("POST", "/patient-profiles", { body: { first_name } });
    const listed = await client.json("GET", "/patient-profiles?page=2&page_size=1");
    expect(Object.keys(listed)).toEqual(["data"]);
    expect(listed["data"]).toHaveLength(2);
    await client.sandbox.close();
  });
});

describe("the documented deployment", () => {
  it("ignores a coding system that it does not know", async () => {
    const client = await openClient("in-process", { deployment: "documented" });
    const id = await client.sessionWithAudio();
    const codes = await client.send("GET", `/sessions/${id}/clinical-codes?coding_system=NONE`);
    expect(codes.status).toBe(200);
    expect(client.sandbox.requests.at(-1)?.inputs.query).toEqual({ coding_system: "NONE" });
    await client.sandbox.close();
  });
});
