import { copyFileSync, createReadStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "node:util";
import { Heidi, type HeidiUser } from "heidi-health-sdk";
import { fileFromPath } from "heidi-health-sdk/node";
import { createSandbox, type Sandbox, type UserRecord } from "heidi-health-sdk/sandbox";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readRecipes, run } from "./recipes-support.ts";

const AUDIO = fileURLToPath(new URL("../../../examples/audio/gp-consult.ogg", import.meta.url));
const IDENTITY = { email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" };

/** What a sample left behind. */
interface Left {
  readonly sandbox: Sandbox;
  readonly deployment: string;
  readonly session_id: string;
  /** The clinician's records. */
  readonly user: UserRecord;
  readonly printed: readonly string[];
  readonly text: string;
  readonly reported: readonly unknown[];
  /** The names and answers of its requests. */
  readonly requests: readonly (readonly [string | undefined, number | undefined])[];
}

/** The sample's own purpose, and what must be so before it. */
interface Check {
  readonly given?: (sandbox: Sandbox) => void;
  readonly unlinked?: true;
  readonly shows: (left: Left) => void;
}

const calls = ({ requests }: Left, name: string): unknown[] =>
  requests.filter((each) => each[0] === name).map(([, status]) => status);
const session = ({ user, session_id }: Left) => user.sessions.find((each) => each.session_id === session_id);

/** By section: one for each thing that integrators had to write by hand. */
const CHECKS: Readonly<Record<string, Check>> = {
  "Read a stream": {
    shows: (left) => {
      expect(left.text).toBe(session(left)?.consult_note?.result);
      expect(left.text).not.toMatch(/data:|\{"/);
      expect(left.text.length).toBeGreaterThan(100);
    },
  },
  "Compare a note with the session's": {
    shows: (left) => {
      expect(calls(left, "consultNotes.generate")).toEqual([200]);
      expect(left.reported).toEqual([]);
    },
  },
  "Mint, cache and refresh tokens": {
    shows: (left) => expect(calls(left, "authentication.getJwt")).toEqual([200, 200]),
  },
  "Unwrap envelopes": {
    shows: ({ printed, session_id, deployment }) => {
      expect(printed[0]).toContain(session_id);
      expect(printed[0]?.includes("session: {")).toBe(deployment === "documented");
    },
  },
  "Use either request format": {
    shows: (left) => {
      const { deployment, printed } = left;
      // One refusal for each operation, where the form had to be found out.
      const found = deployment === "documented" ? [422, 200] : [200];
      expect(calls(left, "patientProfiles.linkSession")).toEqual(found);
      expect(calls(left, "sessionContext.uploadDocument")).toEqual(found);
      expect(printed.at(-1)).toBe(deployment);
    },
  },
  "Find the right path and host": {
    shows: (left) => expect(calls(left, "documents.list")).toEqual([200, 200]),
  },
  "Link accounts": {
    unlinked: true,
    shows: (left) => {
      expect(calls(left, "patientProfiles.create")).toEqual([400]);
      expect(left.user.linked_account?.user_id).toMatch(/^kp_/);
    },
  },
  "Wait for transcript and note": {
    shows: (left) => {
      const note = session(left)?.consult_note?.result ?? "";
      expect(left.printed[0]).toContain(note);
      expect(left.printed[0]).toContain("headache");
      // Two looks at least: it really waited.
      expect(calls(left, "transcription.get").length).toBeGreaterThan(1);
    },
  },
  "Upload audio": {
    shows: (left) => {
      expect(session(left)?.audio).toHaveLength(2);
      expect(left.printed.at(-1)).toMatch(/^(\d+) of \1$/);
    },
  },
  "Record a live consult": {
    shows: (left) => {
      const [status, ...more] = calls(left, "transcription.finishRecording");
      expect([status, more]).toEqual([200, []]);
      expect(left.printed[0]).toBe(`${calls(left, "transcription.transcribeSegment").length} [] []`);
    },
  },
  "Read the server's error details": {
    shows: ({ printed, reported }) => {
      expect(printed[0]).toMatch(/^getSession 404 SessionNotFoundError sandbox-\d+$/);
      expect(reported).toEqual(["Session not found"]);
    },
  },
  "Choose a region": {
    shows: ({ printed }) =>
      expect(printed).toEqual(["uk Requests go to Heidi's production host in the region uk."]),
  },
  "Log without secrets and patients": {
    shows: ({ printed, session_id, sandbox }) => {
      const log = printed.join("\n");
      expect(log).toContain("getSession");
      for (const secret of [session_id, sandbox.apiKey, "dr@clinic.example", "ehr-42", "eyJ"])
        expect(log).not.toContain(secret);
    },
  },
  "Find or create a patient by the EHR's id, and link the session": {
    shows: (left) => {
      expect(left.user.profiles.map(({ ehr_patient_id }) => ehr_patient_id)).toEqual(["mrn-7"]);
      expect(session(left)?.patient_profile_id).toBe(left.user.profiles[0]?.id);
      // The patient was there: nobody was made.
      expect(calls(left, "patientProfiles.create")).toEqual([]);
    },
  },
  "List a patient's sessions": {
    shows: ({ printed, session_id, user }) => {
      expect(user.sessions).toHaveLength(2);
      expect(printed).toEqual([expect.stringContaining(session_id)]);
    },
  },
  "Time limits and retries of one call": {
    given: (sandbox) => void sandbox.fault("sessions.get", { kind: "status", status: 503, times: 2 }),
    shows: (left) => {
      expect(calls(left, "sessions.get")).toEqual([503, 503, 200]);
      expect(left.printed).toEqual([left.session_id]);
    },
  },
  "Ids and dates": {
    shows: (left) => {
      // The sandbox keeps it with its zone, and the documented deployment sends it without.
      const at = session(left)?.created_at ?? "";
      expect(left.printed).toEqual([new Date(at).toISOString()]);
    },
  },
  "Choose a template": {
    shows: ({ printed }) => expect(printed[0]).toMatch(/^[0-9a-f]{24}$/),
  },
  "Test without Heidi": {
    shows: ({ printed }) => expect(printed).toEqual(["[ 429, 200 ]"]),
  },
};

describe("the page with recipes", () => {
  it("has one for each thing that integrators had to write by hand, and each is run", () => {
    expect(readRecipes().map(({ title }) => title)).toEqual(Object.keys(CHECKS));
  });
});

describe.each(["spec", "documented"] as const)("a recipe, against the %s deployment", (deployment) => {
  let sandbox: Sandbox;
  let heidi: Heidi;
  let clinician: HeidiUser;
  let folder: string;
  const [zone, home] = [process.env["TZ"], process.cwd()];

  beforeEach(() => {
    // Where a timestamp without a zone, taken for local time, is hours off.
    process.env["TZ"] = "Australia/Sydney";
    folder = mkdtempSync(join(tmpdir(), "heidi-recipe-"));
    copyFileSync(AUDIO, join(folder, "visit.ogg"));
    process.chdir(folder);
  });
  afterEach(async () => {
    process.chdir(home);
    rmSync(folder, { recursive: true });
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
    await heidi.close();
    await sandbox.close();
  });

  async function setUp(unlinked: boolean): Promise<string> {
    sandbox = await createSandbox({
      deployment,
      timings: { parsingMs: 0, transcriptionMs: 300, codingMs: 0 },
      streamDelayMs: 0,
      requireLinkedAccount: unlinked,
    });
    heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
    clinician = heidi.forUser(IDENTITY);
    if (unlinked) return (await clinician.sessions.create()).session_id ?? "";
    const profile = await clinician.patientProfiles.findOrCreate({ ehr_patient_id: "mrn-7" });
    await clinician.sessions.create();
    const { session_id = "" } = await clinician.sessions.create({ patient_profile_id: profile.id });
    await clinician.transcription.uploadAudio(session_id, { file: fileFromPath(AUDIO) });
    return session_id;
  }

  it.each(readRecipes().filter(({ title }) => title in CHECKS))(
    "works as it stands there: $title",
    async ({ title, code }) => {
      const check = CHECKS[title];
      const session_id = await setUp(check?.unlinked === true);
      const template_id = check?.unlinked ? "" : (await clinician.templates.getByName("SOAP note")).id;
      const before = sandbox.requests.length;
      check?.given?.(sandbox);
      const printed: string[] = [];
      const reported: unknown[] = [];
      const written: string[] = [];
      const print = (...line: unknown[]): void => void printed.push(format(...line));
      await run(code, {
        heidi,
        clinician,
        session_id,
        template_id,
        apiKey: sandbox.apiKey,
        baseUrl: sandbox.baseUrl,
        body: {
          generation_method: "TEMPLATE",
          template_id,
          addition: "",
          voice_style: "GOLDILOCKS",
          brain: "LEFT",
        },
        microphone: createReadStream(AUDIO),
        redirect: async (url: string) => expect((await fetch(url)).status).toBe(200),
        report: (value: unknown) => void reported.push(value),
        console: { log: print, debug: print, info: print, warn: print, error: print },
        process: { stdout: { write: (piece: string) => written.push(piece) } },
      });
      const user = sandbox.state().users.find(({ identity }) => identity.email === IDENTITY.email);
      if (user === undefined) throw new Error("the clinician is gone");
      const requests = sandbox.requests.slice(before).map(({ name, status }) => [name, status] as const);
      check?.shows({
        sandbox,
        deployment,
        session_id,
        user,
        printed,
        text: written.join(""),
        reported,
        requests,
      });
    },
  );
});
