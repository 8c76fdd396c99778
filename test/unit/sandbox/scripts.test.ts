import { afterEach, describe, expect, it } from "vitest";
import { type Client, doors, openClient, pieces } from "./listener.ts";

const note = { generation_method: "TEMPLATE", addition: "", voice_style: "BRIEF", brain: "LEFT" };
const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.sandbox.close();
});

async function start(door: "http" | "in-process" = "in-process"): Promise<Client> {
  const client = await openClient(door);
  clients.push(client);
  return client;
}

describe.each(doors)("a scripted answer through the %s door", (door) => {
  it("is a stream's text word by word, or its pieces as they are", async () => {
    const client = await start(door);
    const id = await client.session();
    client.sandbox.script("consultNotes.generate", "Rest and fluids.");
    const path = `/sessions/${id}/consult-note`;
    expect(await pieces(await client.send("POST", path, { body: note }))).toEqual([
      "Rest ",
      "and ",
      "fluids.",
    ]);
    client.sandbox.script("generateConsultNote", ["Re", "st."]);
    expect(await pieces(await client.send("POST", path, { body: note }))).toEqual(["Re", "st."]);
  });

  it("is used up by count, in order, before the one that holds for good", async () => {
    const client = await start(door);
    const codes = `/sessions/${await client.session()}/clinical-codes?coding_system=ICD-10`;
    client.sandbox.script("clinicalCoding.getCodes", { status: "FAILED" });
    client.sandbox.script("clinicalCoding.getCodes", { status: "PROCESSING" }, { times: 2 });
    client.sandbox.script("clinicalCoding.getCodes", { status: "READY", entities: [] }, { times: 1 });
    const seen: string[] = [];
    for (let at = 0; at < 5; at += 1) seen.push((await client.json("GET", codes)).status);
    expect(seen).toEqual(["PROCESSING", "PROCESSING", "READY", "FAILED", "FAILED"]);
  });

  it("can depend on the request, which is still checked", async () => {
    const client = await start(door);
    client.sandbox.script("sessions.get", ({ path }: { path: Record<string, string> }) => ({
      session_id: path["session_id"],
      duration: 7,
    }));
    expect(await client.json("GET", "/sessions/42")).toEqual({ session_id: "42", duration: 7 });
    expect((await client.send("GET", "/sessions/42", { as: undefined })).status).toBe(401);
  });
});

describe("a scripted answer that does not fit the API", () => {
  it.each([
    ["sessions.get", { duration: "long" }, "answer.duration: Input should be of type integer"],
    [
      "clinicalCoding.getCodes",
      { entities: [{}, { primary_code: { valid: "yes" } }] },
      "answer.entities[1].primary_code.valid: Input should be of type boolean",
    ],
    ["clinicalCoding.getCodes", { status: "DONE" }, 'answer.status: Input should be "PROCESSING", "READY"'],
    ["authentication.getJwt", { token: "x" }, "answer.expiration_time: Field required"],
    ["consultNotes.generate", { data: "x" }, "answer: Input should be of type array"],
    ["consultNotes.generate", ["x", 7], "answer[1]: Input should be of type string"],
    ["sessionContext.deleteDocuments", {}, "must be undefined"],
    ["sessions.get", undefined, "is missing"],
    ["session.get", {}, "Did you mean `sessions.get`?"],
    ["*", {}, "for one operation"],
  ])("is refused with its place and the reason: %s %j", async (operation, answer, reason) => {
    const { sandbox } = await start();
    expect(() => sandbox.script(operation, answer)).toThrow(
      expect.objectContaining({ name: "HeidiArgumentError", message: expect.stringContaining(reason) }),
    );
  });

  it("is told as the sandbox's own failure when a function gives it", async () => {
    const client = await start();
    client.sandbox.script("sessions.get", () => ({ duration: "long" }));
    const response = await client.send("GET", "/sessions/42");
    expect(response.status).toBe(500);
    expect(await response.text()).toContain("answer.duration: Input should be of type integer");
  });

  it("is refused with options that make no sense", async () => {
    const { sandbox } = await start();
    expect(() => sandbox.script("sessions.get", {}, { times: 0 })).toThrow("`times`");
    expect(() => sandbox.script("sessions.get", {}, { time: 1 } as object)).toThrow("`times`");
    expect(() => sandbox.script("askHeidi.ask", "x", { streamDelayMs: -1 })).toThrow("`streamDelayMs`");
  });
});
