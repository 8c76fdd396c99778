import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Client, openClient } from "./door.ts";

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
