import { createHash } from "node:crypto";
import { Heidi, type HeidiUser } from "heidi-health-sdk";
import { createSandbox, type Sandbox } from "heidi-health-sdk/sandbox";
import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sampleRecording } from "./listener.ts";

const note = { generation_method: "TEMPLATE", addition: "", voice_style: "BRIEF", brain: "LEFT" } as const;
const region = "https://au.api.heidihealth.com/api/v2/ml-scribe/open-api";

let sandbox: Sandbox;
// A connection that breaks is a rejected fetch, which MSW would take for a mistake of the handler and answer with 500.
const server = setupServer(
  http.all(`${region}/*`, ({ request }) => sandbox.fetch(request).catch(() => HttpResponse.error())),
);
beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterAll(() => server.close());

describe.each(["spec", "documented"] as const)("under MSW, the %s deployment", (deployment) => {
  let heidi: Heidi;
  let user: HeidiUser;
  beforeEach(async () => {
    sandbox = await createSandbox({
      deployment,
      port: false,
      streamDelayMs: 1,
      timings: { parsingMs: 0, transcriptionMs: 0, codingMs: 0 },
    });
    // MSW listens to the platform's fetch, and sees nothing of the connections that the SDK opens itself.
    heidi = new Heidi({ apiKey: sandbox.apiKey, region: "au", fetch: (input, init) => fetch(input, init) });
    user = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-1" });
  });
  afterEach(async () => {
    await heidi.close();
    await sandbox.close();
  });

  async function recorded(): Promise<string> {
    const { session_id: id = "" } = await user.sessions.create({ ehr_appointment_id: "apt-1" });
    const data = await sampleRecording();
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      for (let from = 0; from < data.length; from += 10_000) yield data.subarray(from, from + 10_000);
    };
    await user.transcription.uploadAudio(id, {
      file: { data: () => chunks(), contentType: "audio/ogg", filename: "visit.ogg" },
    });
    return id;
  }

  it("takes an upload that is streamed, to the last byte", async () => {
    await recorded();
    const [audio] = sandbox.state().users[0]?.sessions[0]?.audio ?? [];
    const sha256 = createHash("sha256")
      .update(await sampleRecording())
      .digest("hex");
    expect(audio).toMatchObject({ sha256, filename: "visit.ogg", consultId: "general-practice" });
  });

  it("writes a note piece by piece, as it is made", async () => {
    const id = await recorded();
    expect((await user.transcription.get(id)).transcript).toContain("Good morning, Karen.");
    const { data: [template] = [] } = await user.templates.list();
    const stream = user.consultNotes.generate(id, { ...note, template_id: template?.id ?? "" });
    let text = "";
    for await (const { data = "" } of stream) {
      // Seen while the sandbox is still writing: nothing on the way waits for the end.
      if (text === "") expect(sandbox.requests.at(-1)?.durationMs).toBeUndefined();
      text += data;
    }
    expect(text).toContain("## Plan");
    expect((await user.sessions.get(id)).consult_note?.["result"]).toBe(text);
  });

  it("ends a note that nobody reads on, and keeps none", async () => {
    const id = await recorded();
    for await (const _ of user.consultNotes.generate(id, note)) break;
    await expect.poll(() => sandbox.requests.at(-1)?.disconnected).toBe(true);
    expect((await user.sessions.get(id)).consult_note).toBeUndefined();
  });

  it("answers with errors, breaks connections and cuts notes, and the SDK tells them apart", async () => {
    const id = await recorded();
    await expect(user.sessions.get("0")).rejects.toMatchObject({ status: 404, type: "SessionNotFoundError" });
    sandbox.fault("sessions.create", { kind: "reset", when: "after" });
    await expect(user.sessions.create({})).rejects.toMatchObject({
      name: "HeidiConnectionError",
      outcome: "unknown",
    });
    expect(sandbox.state().users[0]?.sessions).toHaveLength(2);
    sandbox.fault("consultNotes.generate", { kind: "truncate", afterPieces: 2 });
    await expect(user.consultNotes.generate(id, note).text()).rejects.toMatchObject({
      name: "HeidiStreamError",
      partialText: "## Subjective\n\n",
    });
  });
});
