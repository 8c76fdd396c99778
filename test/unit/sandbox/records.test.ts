import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { audioForm, type Client, doors, manualClock, openClient } from "./listener.ts";

describe.each(doors)("what the sandbox keeps, through the %s door", (door) => {
  let client: Client;
  let clock: ReturnType<typeof manualClock>;
  beforeEach(async () => {
    clock = manualClock();
    client = await openClient(door, { clock, timings: { parsingMs: 50 } });
  });
  afterEach(() => client.sandbox.close());

  it("creates, reads, changes, finds and deletes patient profiles", async () => {
    const create = (body: object) => client.json("POST", "/patient-profiles", { body });
    const one = await create({ first_name: "Ada", ehr_patient_id: "p-1", provider: "best", unknown: 1 });
    const two = await create({ first_name: "Bob", ehr_patient_id: "p-2", provider: "best" });
    expect(one.id).toMatch(/^[\da-f]{24}$/);
    expect(one).not.toHaveProperty("unknown");
    clock.advance(1000);
    const changed = await client.json("PATCH", `/patient-profiles/${one.id}`, {
      body: { last_name: "Lovelace" },
    });
    expect(changed).toEqual({ ...one, last_name: "Lovelace", updated_at: "2026-03-02T09:00:01.000Z" });
    expect(await client.json("GET", `/patient-profiles/${one.id}`)).toEqual(changed);
    const find = async (query: string) => (await client.json("GET", `/patient-profiles?${query}`)).data;
    expect(await find("provider=best")).toHaveLength(2);
    expect(await find("provider=best&ehr_patient_id=p-2")).toEqual([two]);
    expect(await find("ehr_patient_id=p-3")).toEqual([]);
    const body = { patient_profile_ids: [one.id, "unknown"] };
    const deleted = await client.send("POST", "/patient-profiles:batch-delete", { body });
    expect([deleted.status, await deleted.text()]).toEqual([200, ""]);
    expect((await client.send("GET", `/patient-profiles/${one.id}`)).status).toBe(404);
    expect(await find("")).toEqual([two]);
  });

  it("creates sessions with long decimal ids, changes them and links them to a profile", async () => {
    const id = await client.session();
    expect(id).toMatch(/^[1-9]\d{36,38}$/);
    const body = { duration: 600, clinician_notes: ["a"], consent_obtained: true, patient: { name: "X" } };
    await client.json("PATCH", `/sessions/${id}`, { body });
    expect(await client.json("GET", `/sessions/${id}`)).toMatchObject({ session_id: id, ...body });
    const profile = await client.json("POST", "/patient-profiles", { body: { first_name: "Ada" } });
    const path = `/patient-profiles/${profile.id}/sessions`;
    expect((await client.send("POST", path, { body: { session_id: id } })).status).toBe(200);
    expect((await client.json("GET", `/sessions/${id}`)).patient).toEqual(profile);
    expect((await client.send("POST", path, { body: { session_id: "1" } })).status).toBe(404);
    const linked = await client.json("POST", "/sessions", { body: { patient_profile_id: profile.id } });
    expect((await client.json("GET", `/sessions/${linked.session_id}`)).patient).toEqual(profile);
  });

  it("pages the linked user's sessions, newest first", async () => {
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.unshift(await client.session());
    const page = await client.json("GET", "/sessions/linked-user?page_size=2&page=2");
    expect(page).toMatchObject({ count: 2, total_count: 5, has_next: true, has_previous: true });
    expect(page.data.map((session) => session.session_id)).toEqual(ids.slice(2, 4));
    const all = await client.json("GET", "/sessions/linked-user");
    expect(all).toMatchObject({ count: 5, has_next: false, has_previous: false });
  });

  it("parses context documents in its own time and deletes them by id", async () => {
    const id = await client.session();
    const path = `/sessions/${id}/context-documents`;
    const form = audioForm("%PDF-1.7", "application/pdf", "old letter.pdf");
    form.append("unstructured", "true");
    const document = await client.json("POST", path, { form });
    expect(document).toMatchObject({ filename: "old letter.pdf", status: "PARSING", unstructured: true });
    clock.advance(50);
    const other = await client.json("POST", path, { form: audioForm("x", "image/png", "scan.png") });
    expect((await client.json("GET", path)).data).toEqual([{ ...document, status: "READY" }, other]);
    const deleted = await client.send("DELETE", `${path}?ids=${document.id}&ids=unknown`);
    expect([deleted.status, await deleted.text()]).toEqual([204, ""]);
    expect((await client.json("GET", path)).data).toEqual([other]);
  });

  it("counts and hashes the audio it receives, and keeps none of it", async () => {
    const id = await client.session();
    const data = Buffer.alloc(300_000, "\r\n--x");
    const response = await client.send("POST", `/sessions/${id}/upload-audio`, { form: audioForm(data) });
    expect(response.status).toBe(200);
    const [audio] = client.sandbox.state().users[0]?.sessions[0]?.audio ?? [];
    expect(audio).toMatchObject({
      filename: "visit.ogg",
      content_type: "audio/ogg",
      size_bytes: data.length,
      sha256: createHash("sha256").update(data).digest("hex"),
    });
    expect((await client.json("GET", `/sessions/${id}`)).audio).toHaveProperty("uploaded_audio");
  });

  it("shows nobody what another user owns", async () => {
    const id = await client.session();
    const profile = await client.json("POST", "/patient-profiles", { body: {} });
    await client.token("other@clinic.example");
    const as = "other@clinic.example";
    for (const path of [`/sessions/${id}`, `/sessions/${id}/transcript`, `/patient-profiles/${profile.id}`]) {
      expect((await client.send("GET", path, { as })).status, path).toBe(404);
    }
    expect((await client.json("GET", "/patient-profiles", { as })).data).toEqual([]);
    expect((await client.json("GET", "/sessions/linked-user", { as })).total_count).toBe(0);
  });

  it("forgets everything on reset and gives the same ids again", async () => {
    await client.token();
    client.sandbox.reset();
    const first = await client.session();
    client.sandbox.reset();
    expect(client.sandbox.requests).toEqual([]);
    expect(client.sandbox.state()).toEqual({ users: [] });
    expect(await client.session()).toBe(first);
  });

  it("notes every request with its operation, status, sizes and times", async () => {
    const id = await client.session();
    const before = client.sandbox.requests.length;
    await (await client.send("GET", `/sessions/${id}`)).text();
    await client.send("POST", `/sessions/${id}/upload-audio`, { form: audioForm(Buffer.alloc(100_000, 1)) });
    await client.send("GET", "/nowhere");
    const noted = client.sandbox.requests.slice(before);
    expect(noted.map(({ method, operation, status }) => [method, operation, status])).toEqual([
      ["GET", "getSession", 200],
      ["POST", "uploadSessionAudio", 200],
      ["GET", undefined, 404],
    ]);
    expect(noted[0]).toMatchObject({
      requestBytes: 0,
      startedAtMs: clock.now(),
      durationMs: 0,
      disconnected: false,
    });
    expect(noted[0]?.responseBytes).toBeGreaterThan(100);
    expect(noted[1]?.requestBytes).toBeGreaterThan(100_000);
  });
});
