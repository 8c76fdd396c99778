import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Circumstances, openPlace, type Place, type Session, start } from "./terminal.ts";

let place: Place;
let folder: string;
let recording: string;
beforeAll(async () => {
  place = await openPlace();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "heidi-cli-"));
  recording = join(folder, "zq7-visit.wav");
  await writeFile(recording, "zq7 recording");
});
afterEach(async () => {
  place.sandbox.reset();
  await rm(folder, { recursive: true, force: true });
});
afterAll(() => place.sandbox.close());

const begin = (args: readonly string[], circumstances: Circumstances = {}): Session =>
  start(["consult", recording, ...args], { environment: place.environment, ...circumstances });

async function outcome(args: readonly string[], circumstances: Circumstances = {}) {
  const session = begin(args, circumstances);
  return {
    code: await session.code,
    output: session.output(),
    errors: session.errors(),
    drawn: session.drawn,
  };
}

const count = (name: string): number => place.sandbox.requests.filter((one) => one.name === name).length;
const bodyOf = (name: string) => place.sandbox.requests.find((one) => one.name === name)?.inputs.body;
const sessionIds = (): string[] =>
  place.sandbox.state().users.flatMap(({ sessions }) => sessions.map(({ session_id }) => session_id));
const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

describe("heidi consult", () => {
  it("prints the note, and tells beside it what happens, without a word about the patient", async () => {
    const { code, output, errors } = await outcome([]);
    expect(code).toBe(0);
    expect(output).toMatch(/^## Subjective\n[\s\S]*home readings; .*\n$/);
    const [id = ""] = sessionIds();
    expect(errors.split("\n")).toEqual([
      "· template: SOAP note, the first of the list; --template chooses another",
      `✓ session ${id}`,
      "✓ recording uploaded",
      "✓ transcript, 359 words",
      "✓ note",
      `· To ask about this consult: heidi ask ${id} "…"`,
    ]);
  });

  it("does all that it was asked for", async () => {
    const letter = join(folder, "zq7-referral.pdf");
    await writeFile(letter, "%PDF-1.4 zq7");
    const { code, output, errors } = await outcome([
      ...[
        "--patient-id",
        "zq7-mrn",
        "--first-name",
        "zq7-Karen",
        "--gender",
        "FEMALE",
        "--birth-date",
        "1984-05-17",
      ],
      ...["--appointment", "zq7-apt", "--language", "en", "--context", letter],
      ...["--template", "gp consult", "--voice", "brief", "--brain", "right"],
      ...["--document", "Referral letter", "--codes", "snomed-ct", "--ask", "What is the plan?"],
    ]);
    expect(code).toBe(0);
    expect(output).toMatch(/^Patient: [\s\S]*\n## Reason for visit\n/);
    expect(output).toMatch(/\n\n# Referral letter\n\nPatient: [\s\S]*Dear colleague,/);
    expect(output).toMatch(/\n\n# Codes\n\n- 59621000 {2}Essential hypertension/);
    expect(output).toMatch(/\n\n# Answer\n\nFrom this consult:[\s\S]*\n$/);
    expect(bodyOf("patientProfiles.create")).toEqual({
      ...{
        ehr_patient_id: "zq7-mrn",
        first_name: "zq7-Karen",
        gender: "FEMALE",
        date_of_birth: "1984-05-17",
        birth_date: "1984-05-17",
      },
    });
    expect(bodyOf("sessions.create")).toMatchObject({ ehr_appointment_id: "zq7-apt" });
    expect(bodyOf("sessions.update")).toEqual({ language_code: "en" });
    expect(bodyOf("consultNotes.generate")).toMatchObject({ voice_style: "BRIEF", brain: "RIGHT" });
    expect(bodyOf("documents.generate")).toMatchObject({ voice_style: "BRIEF", brain: "RIGHT" });
    expect(errors).toMatch(/^✓ patient\n✓ session \d+\n/);
    expect(errors).not.toContain("zq7");
  });

  it("takes the patient from a file", async () => {
    const file = join(folder, "patient.json");
    await writeFile(file, JSON.stringify({ ehr_patient_id: "mrn-1", last_name: "Example" }));
    expect((await outcome(["--patient-file", file])).code).toBe(0);
    expect(bodyOf("patientProfiles.create")).toEqual({ ehr_patient_id: "mrn-1", last_name: "Example" });
  });

  it("gives the whole result as JSON", async () => {
    const { output } = await outcome(["--json", "--codes", "SNOMED"]);
    expect(JSON.parse(output)).toEqual({
      status: "done",
      result: expect.objectContaining({
        session_id: sessionIds()[0],
        transcript: expect.stringContaining("Good morning"),
        note: expect.stringMatching(/^## Subjective/),
        codes: expect.objectContaining({ status: "READY" }),
      }),
    });
  });

  it.each([[[]], [["--json"]]])("writes the result to a file for its owner alone: %j", async (options) => {
    const file = join(folder, "note.md");
    await writeFile(file, "an earlier note", { mode: 0o644 });
    const { code, output } = await outcome(["--out", file, ...options]);
    expect([code, output]).toEqual([0, ""]);
    expect(await readFile(file, "utf8")).toMatch(
      options.length > 0 ? /^\{\n {2}"status": "done"/ : /^## Subjective/,
    );
    expect(await modeOf(file)).toBe("600");
    expect((await readdir(folder)).sort()).toEqual(["note.md", "zq7-visit.wav"]);
  });

  it("says nothing but the note when it is to be quiet", async () => {
    expect(await outcome(["--quiet"], { hasScreen: true })).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^## Subjective/),
      errors: "",
      drawn: [],
    });
  });

  it("draws how much is uploaded and what is waited for, and takes it away before the note", async () => {
    await writeFile(recording, Buffer.alloc(8_000_000));
    const { drawn, errors } = await outcome([], { hasScreen: true, hasColours: true });
    expect(drawn).toContainEqual(expect.stringMatching(/^uploading {2}█{24} 100 % {2}8\.0 of 8\.0 MB$/));
    expect(drawn).toContainEqual(expect.stringMatching(/^⠋ waiting for the transcript … 0 s$/));
    expect(drawn.filter((line) => line.length >= 80)).toEqual([]);
    expect(drawn.at(-1)).toBe("");
    expect(errors).toContain("\u{1b}[32m✓\u{1b}[39m note");
  });
});

it("goes on drawing that the note is written where nobody sees it", async () => {
  place.sandbox.fault("consultNotes.generate", { kind: "latency", latencyMs: 1_000 });
  const { drawn } = await outcome(["--json"], { hasScreen: true });
  // Any later frame of the spinner: a busy machine may skip one.
  expect(drawn).toContainEqual(expect.stringMatching(/^[⠙⠹⠸⠼⠴⠦⠧⠇⠏] writing the note/));
  expect(drawn.at(-1)).toBe("");
});

describe("the template of a consult", () => {
  it.each([
    ["65f0a1b2c3d4e5f6a7b8c902", 0],
    ["GP Consult", 1],
    [" gp consult ", 1],
  ])("is found as %s, with %i looks at the list", async (template, looks) => {
    expect(await outcome(["--template", template])).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^## Reason for visit/),
    });
    expect(count("templates.list")).toBe(looks);
  });

  it("is named when it is misspelt, before anything is made", async () => {
    expect(await outcome(["--template", "SOAP nite"])).toMatchObject({
      code: 1,
      errors: expect.stringContaining('Did you mean "SOAP note"?'),
    });
    expect(await outcome(["--template", "Dental chart"])).toMatchObject({
      code: 1,
      errors: "No template has this id or name. heidi consult --templates lists them.",
    });
    expect(count("sessions.create")).toBe(0);
  });

  it("is not guessed among several of one name", async () => {
    const twins = [1, 2].map((number) => ({ id: `${number}`, name: "Visit" }));
    place.sandbox.script("templates.list", { data: twins });
    expect(await outcome(["--template", "visit"])).toMatchObject({
      code: 1,
      errors: expect.stringContaining("Several templates have this name"),
    });
    place.sandbox.script("templates.list", { data: [] });
    expect((await outcome([])).errors).toContain("The clinician has no template");
  });

  it("is chosen from a list", async () => {
    const { code, output } = await outcome(["--templates"]);
    expect([code, output.split("\n")[0]]).toEqual([0, "65f0a1b2c3d4e5f6a7b8c901  note      SOAP note"]);
    expect(output).toContain("document  Referral letter");
    expect(JSON.parse((await outcome(["--templates", "--json"])).output)).toHaveLength(4);
  });
});

describe("a consult with a journal", () => {
  it("goes on after Ctrl+C where it came to, and does nothing twice", async () => {
    const journal = join(folder, "journal.json");
    const args = [
      "--journal",
      journal,
      "--patient-id",
      "zq7-mrn",
      "--first-name",
      "zq7-Karen",
      "--settle",
      "20ms",
    ];
    let isEnded = false;
    const onWrite: Circumstances["onWrite"] = (_, end) => {
      if (!isEnded) end();
      isEnded = true;
    };
    const first = await outcome(args, { onWrite });
    expect(first.code).toBe(130);
    expect(first.output).toMatch(/^.+\n$/);
    expect(first.errors).toMatch(
      /\nInterrupted\. To continue, run the same command again: .* not run again\.$/,
    );
    expect(await modeOf(journal)).toBe("600");
    expect(await readFile(journal, "utf8")).not.toContain("zq7");

    const second = await outcome(args);
    expect(second.code).toBe(0);
    expect(second.output).toMatch(/\n## Subjective\n[\s\S]*home readings; /);
    expect(second.errors).toMatch(
      /\n✓ patient \(before\)\n✓ session \d+ \(before\)\n✓ recording uploaded \(before\)\n/,
    );
    for (const name of ["patientProfiles.create", "sessions.create", "transcription.uploadAudio"])
      expect([name, count(name)]).toEqual([name, 1]);

    const notes = count("consultNotes.generate");
    expect(await outcome(args)).toMatchObject({ code: 0, output: second.output });
    expect(count("consultNotes.generate")).toBe(notes);
  });

  it.each(["spec", "documented"] as const)(
    "goes on without a question after Ctrl+C in the middle of its upload, in the %s deployment",
    async (deployment) => {
      const other = await openPlace({ deployment });
      other.sandbox.fault("transcription.uploadAudio", { kind: "slow-reader", chunkDelayMs: 20 });
      const journal = join(folder, "journal.json");
      await writeFile(recording, Buffer.alloc(32_000_000));
      const args = ["--journal", journal, "--settle", "20ms"];
      const first = begin(args, { environment: other.environment, hasScreen: true });
      await expect.poll(() => first.drawn.join("\n"), { interval: 1 }).toMatch(/^uploading .* [1-9]\d? %/m);
      expect(await first.end()).toBe(130);
      await expect
        .poll(() => other.sandbox.requests.find(({ name }) => name === "transcription.uploadAudio"))
        .toMatchObject({ disconnected: true });

      const second = begin(args, { environment: other.environment });
      expect([await second.code, second.errors()]).toEqual([0, expect.stringContaining("✓ session")]);
      expect(second.errors()).toContain("(before)\n✓ recording uploaded\n");
      const sessions = other.sandbox.state().users.flatMap((one) => one.sessions);
      expect(sessions.map(({ audio }) => audio.map(({ size_bytes }) => size_bytes))).toEqual([[32_000_000]]);
      await other.sandbox.close();
    },
  );

  it("asks what became of its upload after Ctrl+C when all of it was sent", async () => {
    const journal = join(folder, "journal.json");
    place.sandbox.fault("transcription.uploadAudio", { kind: "latency", latencyMs: 60_000 });
    const first = begin(["--journal", journal], { hasScreen: true });
    await expect.poll(() => first.drawn.join("\n"), { interval: 1 }).toMatch(/^uploading .* 100 %/m);
    expect(await first.end()).toBe(130);
    const { steps } = JSON.parse(await readFile(journal, "utf8")) as { steps: unknown };
    expect(steps).toMatchObject({ session: { state: "done" }, audio: { state: "begun" } });
  });

  it("tells of a failure that the same command goes on", async () => {
    const journal = join(folder, "journal.json");
    place.sandbox.fault("consultNotes.generate", { kind: "status", status: 422 });
    const failed = await outcome(["--journal", journal]);
    expect(failed.code).toBe(1);
    expect(failed.errors).toMatch(
      /\nRun the same command again to continue\.\nconsultNotes\.generate [\s\S]*\n {2}outcome: rejected/,
    );
    expect((await outcome(["--journal", journal])).code).toBe(0);
    expect(count("sessions.create")).toBe(1);
  });

  it("asks a person where nothing can tell, and goes on by their word", async () => {
    const journal = join(folder, "journal.json");
    place.sandbox.fault("sessions.create", { kind: "reset", when: "after" });
    const unclear = await outcome(["--journal", journal]);
    expect(unclear.code).toBe(3);
    expect(unclear.errors).toContain(
      "Manual check needed: cannot determine whether the step session was done",
    );
    expect(unclear.errors).toContain("  --done session@1=<Heidi's id of it>\n  --not-done session@1");
    expect(JSON.parse((await outcome(["--journal", journal, "--json"])).output)).toMatchObject({
      status: "needs-review",
      step: "session",
    });
    const [id = ""] = sessionIds();
    // The answer counts once, even if the same command runs twice, as from a shell's history.
    for (const _ of [1, 2]) {
      const done = await outcome(["--journal", journal, "--done", `session@1=${id}`]);
      expect([done.code, done.errors]).toEqual([0, expect.stringContaining(`✓ session ${id} (before)`)]);
    }
    expect(count("sessions.create")).toBe(1);
  });

  it("is not gone on with for another recording, other options, or by two at once", async () => {
    const journal = join(folder, "journal.json");
    expect((await outcome(["--journal", journal])).code).toBe(0);
    const kept = await readFile(journal, "utf8");
    const asked = place.sandbox.requests.length;
    const other = await outcome(["--journal", journal, "--ask", "why"]);
    expect([other.code, other.errors]).toEqual([2, expect.stringContaining("belongs to another input")]);
    await writeFile(recording, "another visit");
    expect(await outcome(["--journal", journal])).toMatchObject({
      code: 2,
      errors: expect.stringContaining("The journal belongs to another recording"),
    });
    // Only the token and the templates were requested; nothing was created.
    expect(place.sandbox.requests.slice(asked).map(({ method }) => method)).toEqual(["GET", "GET"]);
    expect(await readFile(journal, "utf8")).toBe(kept);
  });

  it("ends when another process has written to its journal", async () => {
    const journal = join(folder, "journal.json");
    place.sandbox.fault("sessions.create", { kind: "latency", latencyMs: 3_000 });
    const session = begin(["--journal", journal]);
    await expect.poll(() => readFile(journal, "utf8").catch(() => ""), { interval: 1 }).not.toBe("");
    const state = JSON.parse(await readFile(journal, "utf8")) as { revision: number };
    await writeFile(journal, JSON.stringify({ ...state, revision: 70 }));
    expect([await session.code, session.errors()]).toEqual([
      1,
      expect.stringContaining("another heidi process seems to run"),
    ]);
  });

  it.each(["not JSON", "{}", "null"])("leaves a file that is no journal as it is: %s", async (text) => {
    const journal = join(folder, "other.json");
    await writeFile(journal, text);
    expect(await outcome(["--journal", journal])).toMatchObject({
      code: 2,
      errors: expect.stringContaining("is not a journal"),
    });
    expect(await readFile(journal, "utf8")).toBe(text);
    expect(place.sandbox.requests).toEqual([]);
  });
});

describe("a recording from standard input", () => {
  const from = (args: readonly string[], circumstances: Circumstances = {}): Session =>
    start(["consult", "-", ...args], { environment: place.environment, ...circumstances });
  const bytes = "zq7 recording";
  const uploads = () =>
    place.sandbox
      .state()
      .users.flatMap(({ sessions }) =>
        sessions.flatMap(({ audio }) => audio.map(({ filename, size_bytes }) => [filename, size_bytes])),
      );
  const spools = async (): Promise<string[]> =>
    (await readdir(tmpdir())).filter((name) => /^heidi-[A-Za-z0-9]{6}$/.test(name));

  it("is uploaded whole, without a name, and leaves no file", async () => {
    const before = await spools();
    const session = from([], { input: bytes });
    expect([await session.code, session.output()]).toEqual([0, expect.stringMatching(/^## Subjective/)]);
    expect(uploads()).toEqual([["audio.mp3", bytes.length]]);
    expect((await spools()).filter((name) => !before.includes(name))).toEqual([]);
  });

  it("of 32 MB passes in pieces", async () => {
    const piece = Buffer.alloc(65_536, 1);
    let open = 0;
    async function* pieces() {
      for (let count = 0; count < 512; count += 1) {
        open += 1;
        yield piece;
      }
    }
    const input = Readable.from(pieces(), { highWaterMark: 2 });
    const session = from([], { input: "", streams: { input, output: new PassThrough() } });
    expect(await session.code).toBe(0);
    expect([open, uploads()]).toEqual([512, [["audio.mp3", 512 * piece.length]]]);
  });

  it.each([
    ["a terminal", [], undefined, "Standard input is a terminal: pipe the recording in"],
    ["empty", [], "", "Standard input is empty, but must be the recording. Nothing was sent."],
    ["also the key", ["--api-key-file", "-"], "x", "cannot hold both the API key and the recording"],
  ])("is refused when it is %s, before a session is created", async (_, args, input, reason) => {
    const before = await spools();
    const session = from(args, { input });
    expect([await session.code, session.errors()]).toEqual([2, expect.stringContaining(reason)]);
    expect(count("sessions.create")).toBe(0);
    expect((await spools()).filter((name) => !before.includes(name))).toEqual([]);
  });

  it("is not read when the template is unknown", async () => {
    const input = Readable.from([bytes]);
    const session = from(["--template", "Dental chart"], {
      input: "",
      streams: { input, output: new PassThrough() },
    });
    expect(await session.code).toBe(1);
    expect([input.readableDidRead, count("sessions.create")]).toEqual([false, 0]);
  });

  it("is kept beside the journal until the consult is done, and goes on from there", async () => {
    const journal = join(folder, "zq7.json");
    const kept = `${journal}.recording`;
    place.sandbox.fault("consultNotes.generate", { kind: "status", status: 422, times: 2 });
    const first = from(["--journal", journal], { input: bytes });
    expect(await first.code).toBe(1);
    expect(first.errors()).toMatch(
      /\nThe recording of standard input is kept\. To continue, pass it instead of -: <journal>\.recording\n/,
    );
    expect([await modeOf(kept), await readFile(kept, "utf8")]).toEqual(["600", bytes]);

    // The same command with the same recording goes on too.
    const second = from(["--journal", journal], { input: bytes });
    expect([await second.code, second.errors()]).toEqual([1, expect.stringContaining("(before)")]);
    const third = start(["consult", kept, "--journal", journal], { environment: place.environment });
    expect(await third.code).toBe(0);
    expect(uploads()).toEqual([["audio.mp3", bytes.length]]);
    expect((await readdir(folder)).sort()).toEqual(["zq7-visit.wav", "zq7.json"]);
    for (const session of [first, second, third]) expect(session.errors()).not.toContain("zq7");
  });

  it("does not replace the one of another consult, and is not lost", async () => {
    const journal = join(folder, "journal.json");
    place.sandbox.fault("consultNotes.generate", { kind: "status", status: 422 });
    expect(await from(["--journal", journal], { input: bytes }).code).toBe(1);
    const other = from(["--journal", journal], { input: "another visit" });
    expect([await other.code, other.errors()]).toEqual([
      2,
      expect.stringMatching(/belongs to another recording/),
    ]);
    expect(await readFile(`${journal}.recording`, "utf8")).toBe(bytes);
    const [, suffix = ""] = /<journal>(\.recording\.\d+\.tmp)/.exec(other.errors()) ?? [];
    expect(await readFile(`${journal}${suffix}`, "utf8")).toBe("another visit");
    expect(count("sessions.create")).toBe(1);
  });

  it.each([[true], [false]])("that is interrupted is not sent; with a journal: %s", async (hasJournal) => {
    const before = await spools();
    const journal = join(folder, "journal.json");
    const input = new PassThrough();
    const session = from(hasJournal ? ["--journal", journal] : [], {
      input: "",
      streams: { input, output: new PassThrough() },
    });
    input.write("the beginning");
    await expect.poll(() => input.readableDidRead).toBe(true);
    const saved = async (): Promise<string> => {
      const name = (await readdir(folder)).find((one) => one.endsWith(".tmp"));
      return name === undefined ? "" : readFile(join(folder, name), "utf8");
    };
    if (hasJournal) await expect.poll(saved).toBe("the beginning");
    expect(await session.end()).toBe(130);
    expect(count("sessions.create")).toBe(0);
    expect((await spools()).filter((name) => !before.includes(name))).toEqual([]);
    expect(session.errors()).toContain("Interrupted.");
    if (hasJournal) {
      expect(session.errors()).toContain("What was read of standard input is kept: <journal>.recording");
      expect(await modeOf(`${journal}.recording`)).toBe("600");
    }
  });
});

describe("a file that is not a recording", () => {
  it.each([
    ["text", "These are my notes of the visit, and not its recording.", "is not audio but text/plain"],
    ["a document", "%PDF-1.4 zq7", "is not audio but application/pdf"],
  ])("leaves no session behind: %s", async (_, content, reason) => {
    await writeFile(recording, content);
    expect(await outcome(["--patient-id", "zq7-mrn"])).toMatchObject({
      code: 1,
      errors: expect.stringContaining(reason),
    });
    const piped = start(["consult", "-"], { environment: place.environment, input: content });
    expect([await piped.code, piped.errors()]).toEqual([1, expect.stringContaining(reason)]);
    expect([count("sessions.create"), count("patientProfiles.create")]).toEqual([0, 0]);
  });
});

describe("a consult without a journal", () => {
  it("says when it is interrupted that the same command begins anew", async () => {
    const { code, errors } = await outcome([], { onWrite: (_, end) => end() });
    expect([code, errors]).toEqual([130, expect.stringContaining("There was no --journal to continue from")]);
  });

  it("leaves no file behind when it fails", async () => {
    const file = join(folder, "note.md");
    place.sandbox.fault("consultNotes.generate", { kind: "status", status: 422 });
    expect((await outcome(["--out", file])).code).toBe(1);
    expect(await readdir(folder)).toEqual(["zq7-visit.wav"]);
  });
});

describe("heidi consult --sandbox", () => {
  it("runs without a key, a recording, a file or a word to Heidi", async () => {
    const session = start(["consult", "--sandbox", "--codes", "snomed"], { environment: place.environment });
    expect(await session.code).toBe(0);
    expect(session.output()).toMatch(/^## Subjective[\s\S]*# Codes/);
    expect(session.errors()).toMatch(/^This is a local sandbox, not Heidi[\s\S]*HEIDI_API_KEY/);
    expect(place.sandbox.requests).toEqual([]);
  });

  it("lists its templates", async () => {
    const session = start(["consult", "--sandbox", "--templates"]);
    expect([await session.code, session.output()]).toEqual([0, expect.stringContaining("SOAP note")]);
  });
});
