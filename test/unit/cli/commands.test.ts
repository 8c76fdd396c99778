import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Heidi } from "../../../src/client.ts";
import { type Circumstances, openPlace, type Place, start, user } from "./terminal.ts";

let place: Place;
let folder: string;
beforeAll(async () => {
  place = await openPlace();
  folder = await mkdtemp(join(tmpdir(), "heidi-cli-"));
});
afterEach(() => place.sandbox.reset());
afterAll(async () => {
  await place.sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

async function outcome(args: readonly string[], circumstances: Circumstances = {}) {
  const session = start(args, { environment: place.environment, ...circumstances });
  return {
    code: await session.code,
    output: session.output(),
    errors: session.errors(),
    drawn: session.drawn,
  };
}

/** Creates a session with a recording, as an EHR does; returns its id. */
async function record({ withNote = false } = {}): Promise<string> {
  const heidi = new Heidi({ apiKey: place.sandbox.apiKey, baseUrl: place.sandbox.baseUrl });
  const clinician = heidi.forUser({ email: user.email, thirdPartyInternalId: user.id });
  const { session_id: id = "" } = await clinician.sessions.create();
  await clinician.transcription.uploadAudio(id, { file: new File(["zq7"], "visit.wav") });
  const body = { generation_method: "TEMPLATE", addition: "", voice_style: "BRIEF", brain: "LEFT" } as const;
  if (withNote) await clinician.consultNotes.generate(id, body).text();
  await heidi.close();
  return id;
}

describe("heidi ask", () => {
  it("prints the answer about the note", async () => {
    const id = await record({ withNote: true });
    const { code, output, errors } = await outcome(["ask", id, "What is the plan?"]);
    expect([code, errors]).toEqual([0, ""]);
    expect(output).toMatch(/ramipril[\s\S]*\n$/);
    const asked = place.sandbox.requests.find(({ name }) => name === "askHeidi.ask");
    expect(asked?.inputs.body).toMatchObject({
      ai_command_text: "What is the plan?",
      content: expect.stringContaining("## Plan"),
    });
  });

  it("does not draw over what it printed", async () => {
    const id = await record();
    const drawings: number[] = [];
    const session = start(["ask", id, "What is the plan?"], {
      environment: place.environment,
      hasScreen: true,
      onWrite: () => drawings.push(session.drawn.length),
    });
    expect(await session.code).toBe(0);
    expect(drawings.length).toBeGreaterThan(5);
    expect(new Set([...drawings, session.drawn.length]).size).toBe(1);
  });

  it("asks about the transcript when there is no note, or when it is told to", async () => {
    const id = await record();
    expect((await outcome(["ask", id, "Which", "medicines?"])).code).toBe(0);
    const asked = place.sandbox.requests.find(({ name }) => name === "askHeidi.ask");
    expect(asked?.inputs.body).toMatchObject({
      ai_command_text: "Which medicines?",
      content: expect.stringContaining("Good morning, Karen."),
    });
    expect((await outcome(["ask", id, "why", "--about", "transcript"])).code).toBe(0);
    expect(await outcome(["ask", id, "why", "--about", "note"])).toMatchObject({
      code: 1,
      errors: "The session has no note yet. Ask with --about transcript.",
    });
  });

  it.each([[[]], [["-"]]])("reads the question from what is piped in: %j", async (rest) => {
    const id = await record();
    expect(await outcome(["ask", id, ...rest, "--json"], { input: " What is the plan?\n" })).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^\{"answer":".*ramipril.*"\}\n$/),
    });
    expect(await outcome(["ask", id, ...rest], { input: " \n" })).toMatchObject({ code: 2, output: "" });
  });

  it("keeps what it printed of an answer that breaks off, and says so", async () => {
    const id = await record();
    place.sandbox.fault("askHeidi.ask", { kind: "truncate", afterPieces: 5 });
    const { code, output, errors } = await outcome(["ask", id, "What is the plan?"]);
    expect(code).toBe(1);
    expect(output).not.toBe("");
    expect(output.endsWith("\n")).toBe(true);
    expect(errors).toContain("outcome: processed (Heidi completed the operation, but the response was lost)");
  });

  it("ends at once when it is interrupted", async () => {
    const id = await record();
    place.sandbox.fault("askHeidi.ask", { kind: "latency", latencyMs: 60_000 });
    const session = start(["ask", id, "why"], { environment: place.environment });
    await expect.poll(() => place.sandbox.requests.some(({ name }) => name === "sessions.get")).toBe(true);
    expect(await session.end()).toBe(130);
    expect(session.errors()).toBe("Interrupted.");
  });
});

describe("heidi transcript", () => {
  it("waits and prints the text, and on a screen tells that it waits", async () => {
    const id = await record();
    const { code, output, drawn } = await outcome(["transcript", id], { hasScreen: true });
    expect([code, output]).toEqual([0, expect.stringMatching(/blood pressure[\s\S]*\n$/)]);
    expect(drawn[0]).toMatch(/waiting for the transcript … 0 s$/);
    // The status line is cleared before the text is printed.
    expect(drawn.at(-1)).toBe("");
  });

  it("prints it as the API has it", async () => {
    const id = await record();
    const { output } = await outcome(["transcript", id, "--json"]);
    expect(JSON.parse(output)).toMatchObject({ session_id: id, transcript: expect.any(String) });
  });

  it("does not wait when it is told not to, and says when there is nothing", async () => {
    const heidi = new Heidi({ apiKey: place.sandbox.apiKey, baseUrl: place.sandbox.baseUrl });
    const clinician = heidi.forUser({ email: user.email, thirdPartyInternalId: user.id });
    const { session_id: id = "" } = await clinician.sessions.create();
    await heidi.close();
    expect(await outcome(["transcript", id, "--no-wait"])).toMatchObject({
      code: 0,
      output: "",
      errors: "· There is no text yet, or the recording has no speech.",
    });
    expect(await outcome(["transcript", id, "--wait", "50ms"])).toMatchObject({
      code: 1,
      errors: expect.stringContaining("outcome:"),
    });
  });

  it("prints the pieces of a recording as text, or as a line of JSON each", async () => {
    const id = await record();
    const whole = await outcome(["transcript", id]);
    expect(await outcome(["transcript", id, "--live"])).toMatchObject({ code: 0, output: whole.output });
    const { output } = await outcome(["transcript", id, "--live", "--json", "--no-wait"]);
    const pieces = output
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { status: string });
    expect(pieces.map(({ status }) => status)).toEqual(pieces.map(() => "READY"));
  });

  it("prints the pieces of a consult under way when they are there, and ends with it", async () => {
    const heidi = new Heidi({ apiKey: place.sandbox.apiKey, baseUrl: place.sandbox.baseUrl });
    const clinician = heidi.forUser({ email: user.email, thirdPartyInternalId: user.id });
    const { session_id: id = "" } = await clinician.sessions.create();
    const recording = await clinician.transcription.startRecording(id);
    await recording.append(new Uint8Array(2000).fill(1));
    const session = start(["transcript", id, "--live"], { environment: place.environment });
    const text = (): string => session.output();
    await expect.poll(() => text().split("\n").length).toBeGreaterThan(1);
    const first = text();
    await recording.append(new Uint8Array(2000).fill(2));
    await recording.finish();
    expect(await session.code).toBe(0);
    expect(text().startsWith(first)).toBe(true);
    expect(text().length).toBeGreaterThan(first.length);
    await heidi.close();
  });

  it("tells what the API refused, without the session's id", async () => {
    const { code, errors } = await outcome(["transcript", "zq7-session"]);
    expect([code, errors]).toEqual([
      1,
      expect.stringMatching(/^sessions\.get [\s\S]*\n {2}outcome: rejected/),
    ]);
    expect(errors).toContain("request id: ");
    expect(errors).not.toContain("zq7");
  });
});

describe("heidi token", () => {
  it("tells how long a token is good, and keeps the token to itself", async () => {
    const { code, output, errors } = await outcome(["token"]);
    expect([code, errors]).toEqual([0, ""]);
    expect(output).toMatch(
      /^Heidi issued a token\. It is valid until \S+Z, for 60 minutes\. --show prints it\.\n$/,
    );
  });

  it("prints the token and nothing else, or the whole answer, when that is asked for", async () => {
    const shown = await outcome(["token", "--show"]);
    expect(shown).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+\n$/),
      errors: "",
    });
    const { token, ...rest } = JSON.parse((await outcome(["token", "--json"])).output) as Record<
      string,
      string
    >;
    expect([token, Object.keys(rest)]).toEqual([expect.stringMatching(/^[\w-]+\./), ["expiration_time"]]);
    expect((await outcome(["token", "--show"], { hasScreen: true })).errors).toContain("It is valid until");
  });

  it("takes the key from a file or from standard input, with its line break", async () => {
    const environment = { ...place.environment, HEIDI_API_KEY: "another" };
    const file = join(folder, "key");
    await writeFile(file, `${place.sandbox.apiKey}\n`);
    expect((await outcome(["token", "--api-key-file", file], { environment })).code).toBe(0);
    const input = `${place.sandbox.apiKey}\r\n`;
    expect((await outcome(["token", "--api-key-file", "-"], { environment, input })).code).toBe(0);
    expect(await outcome(["token", "--api-key-file", "-"])).toMatchObject({ code: 2 });
    expect(await outcome(["token", "--api-key-file", `${file}-zq7`])).toMatchObject({
      code: 1,
      errors: "The file of --api-key-file could not be read (ENOENT).",
    });
  });

  it("says that a key is refused, without the key or the clinician", async () => {
    const environment = { ...place.environment, HEIDI_API_KEY: "zq7-wrong" };
    const { code, output, errors } = await outcome(["token"], { environment });
    expect([code, output]).toEqual([1, ""]);
    expect(errors).toContain("outcome: rejected (Heidi did nothing)");
    expect(errors).not.toContain("zq7");
  });

  it("lets arguments win over the environment", async () => {
    await outcome(["token", "--email", "other@clinic.example", "--id", "2"]);
    expect(place.sandbox.requests.map(({ inputs }) => inputs.query)).toEqual([
      { email: "other@clinic.example", third_party_internal_id: "2" },
    ]);
  });
});

describe("heidi doctor", () => {
  it("lists what it found, and ends with 0 when nothing is wrong", async () => {
    const { code, output, errors } = await outcome(["doctor"]);
    expect([code, errors]).toEqual([0, ""]);
    expect(output).toMatch(
      /^✓ address {2}Requests go to this machine\.\n✓ key {6}The API key is accepted\.\n✓ clock/,
    );
    expect(output).toContain("! link     The clinician is not linked");
    expect(output).toMatch(/\n {11}→ Let the clinician sign in/);
    expect(output).not.toContain("\u{1b}");
    expect((await outcome(["doctor"], { hasColours: true })).output).toContain(
      "\u{1b}[32m✓\u{1b}[39m address",
    );
  });

  it("gives the diagnosis as JSON", async () => {
    const { output } = await outcome(["doctor", "--json"]);
    expect(JSON.parse(output)).toMatchObject({ ok: true, deployment: "local", checks: expect.any(Array) });
  });

  it("ends with 1 for a key that is refused, with advice and without the key", async () => {
    const environment = { ...place.environment, HEIDI_API_KEY: "zq7-wrong" };
    const { code, output } = await outcome(["doctor"], { environment });
    expect([code, output]).toEqual([
      1,
      expect.stringContaining("✗ key      The API key was refused (status 401)."),
    ]);
    expect(output).toContain("API calls will fail until you fix the items marked ✗.");
    expect(output).not.toContain("zq7");
  });

  it("ends with 1 when nobody answers, and when the key could not be tried", async () => {
    const server = createServer((_, response) => void response.writeHead(500).end()).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const args = ["doctor", "--base-url", `http://127.0.0.1:${port}/api/v2/ml-scribe/open-api`];
    expect(await outcome(args)).toMatchObject({ code: 1, output: expect.stringContaining("? key") });
    await new Promise((resolve) => server.close(resolve));
    expect(await outcome(args)).toMatchObject({ code: 1, output: expect.stringContaining("✗ address") });
  });

  it("looks at the address alone when it is not told for whom, and says how to have the key tried", async () => {
    const environment = { HEIDI_API_KEY: "zq7-key", HEIDI_BASE_URL: place.sandbox.baseUrl };
    const { code, output } = await outcome(["doctor"], { environment });
    expect([code, output]).toEqual([0, expect.stringContaining("→ Pass --email and --id")]);
    expect(place.sandbox.requests).toEqual([]);
  });

  it.each([
    [{}, "✗ settings There is no API key"],
    [
      { HEIDI_API_KEY: "k", HEIDI_BASE_URL: "http://heidi.example" },
      "✗ settings The option `baseUrl` must begin with https",
    ],
  ])("takes settings that cannot work for a finding: %j", async (environment, finding) => {
    expect(await outcome(["doctor"], { environment })).toMatchObject({
      code: 1,
      output: expect.stringContaining(finding),
    });
    const { output } = await outcome(["doctor", "--json"], { environment });
    expect(JSON.parse(output)).toMatchObject({ ok: false });
  });

  it("warns of a region that the environment's address outdoes", async () => {
    const { code, output } = await outcome(["doctor", "--region", "au"]);
    expect([code, output]).toEqual([
      0,
      expect.stringContaining("! address  The client is configured for the region au"),
    ]);
  });
});
