import { createSandbox, createVirtualClock, type SandboxSeed } from "heidi-health-sdk/sandbox";
import { afterEach, describe, expect, it } from "vitest";
import { audioForm, type Client, openClient } from "./listener.ts";

const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.sandbox.close();
});

async function start(options: Parameters<typeof openClient>[1] = {}): Promise<Client> {
  const client = await openClient("in-process", options);
  clients.push(client);
  return client;
}

const sessionId = "1".repeat(38);
const seed: SandboxSeed = {
  users: [
    {
      email: "dr@clinic.example",
      third_party_internal_id: "ehr-1",
      linked_account: "kp_1",
      patient_profiles: [{ id: "a".repeat(24), first_name: "Ada", date_of_birth: "1990-01-31" }],
      sessions: [
        { session_id: sessionId, patient_profile_id: "a".repeat(24), consult: "general-practice" },
        { duration: 60 },
      ],
    },
  ],
  faults: [{ operation: "templates.list", kind: "status", status: 503 }],
  scripts: [{ operation: "askHeidi.ask", answer: "Yes." }],
};

describe("what is saved", () => {
  it("goes on in another sandbox, also by way of a file, and no id comes twice", async () => {
    const one = await start();
    const first = await one.session();
    await one.send("POST", `/sessions/${first}/upload-audio`, { form: audioForm("x") });
    const saved = JSON.parse(JSON.stringify(one.sandbox.save()));
    const other = await start();
    other.sandbox.load(saved);
    expect(JSON.stringify(other.sandbox.state())).toBe(JSON.stringify(one.sandbox.state()));
    expect((await other.json("GET", `/sessions/${first}/transcript`)).transcript).toContain("Ramipril");
    expect(other.sandbox.save().drawnNumbers).toBeGreaterThan(saved.drawnNumbers);
    expect(await other.session()).not.toBe(first);
  });

  it.each([
    [{}, "saved.format: Field required"],
    [{ format: "heidi-sandbox", version: 2, drawnNumbers: 0, state: { users: [] } }, "saved.version"],
    [
      { format: "heidi-sandbox", version: 1, drawnNumbers: 0, state: { users: [{ identity: {} }] } },
      "saved.state.users[0].identity.email: Field required",
    ],
    [undefined, "saved: Input should be of type object"],
  ])("is refused when it is something else: %j", async (saved, reason) => {
    const { sandbox } = await start();
    expect(() => sandbox.load(saved as never)).toThrow(reason);
    expect(sandbox.state().users).toEqual([]);
  });
});

describe("a seed", () => {
  it("is there from the start, and again after a reset", async () => {
    const client = await start({ data: seed, timings: { transcriptionMs: 0, codingMs: 0 } });
    for (let round = 0; round < 2; round += 1) {
      expect((await client.send("GET", "/templates/document-templates")).status).toBe(503);
      expect((await client.send("GET", "/templates/document-templates")).status).toBe(200);
      const session = await client.json("GET", `/sessions/${sessionId}`);
      expect(session.patient).toMatchObject({ first_name: "Ada" });
      expect((await client.json("GET", `/sessions/${sessionId}/transcript`)).transcript).toContain("Karen");
      expect((await client.json("GET", "/sessions/linked-user")).total_count).toBe(2);
      expect(await client.json("GET", "/users/linked-account/access")).toMatchObject({ is_linked: true });
      client.sandbox.reset();
    }
  });

  const user = { email: "a@b.example", third_party_internal_id: "1" };
  it.each([
    [{ users: [{ email: "a@b.example" }] }, "seed.users[0].third_party_internal_id: Field required"],
    [{ users: [{ ...user, email: "nobody" }] }, "seed.users[0].email: Input is not a valid email"],
    [{ user: [] }, "seed.user: Extra inputs are not permitted"],
    [
      { users: [{ ...user, patient_profiles: [{ date_of_birth: "31.1.1990" }] }] },
      "seed.users[0].patient_profiles[0].date_of_birth: Input is not a valid date",
    ],
    [
      { users: [{ ...user, sessions: [{}, { session_id: "7" }] }] },
      "seed.users[0].sessions[1].session_id: Input does not match the pattern",
    ],
    [
      { users: [{ ...user, sessions: [{ patient_profile_id: "b".repeat(24) }] }] },
      "seed.users[0].sessions[0].patient_profile_id: no profile",
    ],
    [{ users: [{ ...user, sessions: [{ consult: "general" }] }] }, "Did you mean `general-practice`?"],
    [
      { users: [{ ...user, sessions: [{ consult: "dentistry" }] }] },
      "there is no such consult. The consults are `general-practice`, `paediatrics`,",
    ],
    [
      { users: [{ ...user, sessions: [{ shoe_size: 7 }] }] },
      /seed\.users\[0\]\.sessions\[0\]\.shoe_size: there is no such field\. \[docs\/errors\.md#heidiargumenterror\]$/,
    ],
    [
      { users: [{ ...user, sessions: [{ durations: 7 }] }] },
      "seed.users[0].sessions[0].durations: there is no such field. Did you mean `duration`?",
    ],
    [
      { users: [{ ...user, patient_profiles: [{ firstname: "Ada" }] }] },
      "seed.users[0].patient_profiles[0].firstname: there is no such field. Did you mean `first_name`?",
    ],
    [{ transcript: "" }, "seed.transcript: Should have at least 1 characters"],
    [{ scripts: [{ operation: "sessions.get", answer: {}, options: { time: 1 } }] }, "`times`"],
    [{ faults: [{ operation: "sessions.created", kind: "stall" }] }, "Did you mean `sessions.create`?"],
    [{ scripts: [{ operation: "sessions.get", answer: { duration: "x" } }] }, "answer.duration"],
  ])("is refused with the place and the reason: %j", async (data, reason) => {
    await expect(createSandbox({ data: data as never })).rejects.toThrow(reason);
  });
});

describe("a virtual clock", () => {
  it("lets hours of transcription pass in no time", async () => {
    const clock = createVirtualClock();
    const startedMs = clock.now();
    const client = await start({ clock, timings: { transcriptionMs: 7_200_000 }, tokenLifetimeMs: 9e7 });
    const id = await client.session();
    await client.send("POST", `/sessions/${id}/upload-audio`, { form: audioForm("x") });
    expect((await client.json("GET", `/sessions/${id}/transcript`)).transcript).not.toBe("");
    expect(clock.now() - startedMs).toBe(7_200_000);
  });

  it("that is moved by hand shows each state on the way, and wakes who waits in order", async () => {
    const clock = createVirtualClock({ auto: false });
    const woken: number[] = [];
    const { signal } = new AbortController();
    const waits = [300, 100, 200].map((ms) => clock.sleep(ms, signal).then(() => woken.push(ms)));
    clock.advance(250);
    await Promise.all([waits[1], waits[2]]);
    expect(woken).toEqual([100, 200]);
    clock.advance(50);
    await waits[0];
    const abort = new AbortController();
    const cut = clock.sleep(1000, abort.signal);
    abort.abort();
    await cut;
    expect(clock.now() % 1).toBe(0);
  });

  it("refuses to go backwards", () => {
    expect(() => createVirtualClock().advance(-1)).toThrow("not negative");
    expect(() => createVirtualClock({ startMs: Number.NaN })).toThrow("finite");
  });
});

it("restores what a token was revoked for when it is reset", async () => {
  const client = await start();
  await client.session();
  client.sandbox.fault("sessions.create", { kind: "token", token: "revoked" });
  expect((await client.send("POST", "/sessions", { body: {} })).status).toBe(401);
  expect((await client.send("GET", "/templates/document-templates")).status).toBe(401);
  client.sandbox.reset();
  expect((await client.send("GET", "/templates/document-templates")).status).toBe(200);
});
