import { createHmac } from "node:crypto";
import { Heidi, HeidiAuthenticationError, HeidiPermissionError, HeidiPollError } from "heidi-health-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasFastApi, Service } from "./service.ts";
import { AUDIO, Clinic, DOCUMENT, dialects, NOTE } from "./support.ts";

const FAST = { intervalMs: 20 };

describe.skipIf(!hasFastApi).each(dialects)(
  "waits against a FastAPI service of the $dialect dialect (needs python3-fastapi)",
  ({ dialect }) => {
    let service: Service;
    beforeAll(async () => {
      service = await Service.start({ dialect, transcriptionMs: 300, parsingMs: 3_000, codingMs: 300 });
    });
    afterAll(() => service.stop());
    const open = (): Clinic => new Clinic(service, { dialect });

    it("wait for a transcript that is made while they ask", async () => {
      await using clinic = open();
      const session_id = await clinic.recorded();
      const { transcript } = await clinic.clinician.transcription.waitForTranscript(session_id, FAST);
      expect(transcript).toMatch(/38\.2 °C\.$/);
    });

    it("wait for a context document from PARSING to READY", async () => {
      await using clinic = open();
      const { sessionContext } = clinic.clinician;
      const session_id = await clinic.session();
      const file = { data: DOCUMENT, filename: "a.pdf", contentType: "application/pdf" };
      const { id = "", status } = await sessionContext.uploadDocument(session_id, { file });
      expect(status).toBe("PARSING");
      const seen: unknown[] = [];
      const onPoll = ({ status }: { readonly status: unknown }): void => void seen.push(status);
      const document = await sessionContext.waitForDocument(session_id, id, { ...FAST, onPoll });
      expect(document).toMatchObject({ id, filename: "a.pdf", status: "READY" });
      expect(seen).toContain("PARSING");
    });

    it("wait for codes from PROCESSING to READY", async () => {
      await using clinic = open();
      const session_id = await clinic.recorded();
      const query = { coding_system: "SNOMED-CT" } as const;
      const codes = await clinic.clinician.clinicalCoding.waitForCodes(session_id, query, FAST);
      expect(codes.status).toBe("READY");
      expect(codes.entities?.map(({ primary_code }) => primary_code?.description)).toEqual([
        "Cough",
        "Fever",
      ]);
    });

    it("wait for a note that another client has generated", async () => {
      await using clinic = open();
      const session_id = await clinic.recorded();
      const waiting = clinic.clinician.consultNotes.waitForNote(session_id, FAST);
      const [note, text] = await Promise.all([
        waiting,
        clinic.clinician.consultNotes.generate(session_id, NOTE).text(),
      ]);
      expect(note.result).toBe(text);
    });

    it("say at their deadline that nothing came", async () => {
      await using clinic = open();
      const session_id = await clinic.session();
      const options = { ...FAST, timeoutMs: 200 };
      const error = await Promise.resolve(
        clinic.clinician.consultNotes.waitForNote(session_id, options),
      ).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(HeidiPollError);
      expect(error).toMatchObject({ fault: "deadline" });
    });

    it("and findOrCreate makes one profile of a patient for any caller, and finds it afterwards", async () => {
      await using clinic = open();
      const { patientProfiles } = clinic.clinician;
      const patient = {
        ehr_patient_id: "p-1",
        provider: "one",
        first_name: "Ada",
        date_of_birth: "1980-12-10",
      };
      const found = await Promise.all([1, 2, 3].map(() => patientProfiles.findOrCreate(patient)));
      expect(new Set(found.map(({ id }) => id)).size).toBe(1);
      expect(await clinic.all("POST", "/patient-profiles")).toHaveLength(1);
      expect(found[0]).toMatchObject({ ehr_patient_id: "p-1", date_of_birth: "1980-12-10" });
      const other = await patientProfiles.findOrCreate({ ...patient, provider: "two" });
      expect(other.id).not.toBe(found[0]?.id);
      // More profiles than a page of the documented list holds, and the one that is looked for is the oldest.
      for (let count = 0; count < 25; count += 1)
        await patientProfiles.create({ ehr_patient_id: "p-1", provider: "one", first_name: `copy ${count}` });
      expect((await patientProfiles.findOrCreate(patient)).id).toBe(found[0]?.id);
      let listed = 0;
      for await (const _ of patientProfiles.iterate({ ehr_patient_id: "p-1" })) listed += 1;
      expect(listed).toBe(27);
    });

    it("and iterateForPatient finds a patient's sessions among others", async () => {
      await using clinic = open();
      const { patientProfiles, sessions } = clinic.clinician;
      const { id = "" } = await patientProfiles.create({ ehr_patient_id: "p-7" });
      const [first, , third] = [await clinic.session(), await clinic.session(), await clinic.session()];
      for (const session_id of [first ?? "", third ?? ""])
        await patientProfiles.linkSession(id, { session_id });
      const found: unknown[] = [];
      for await (const one of sessions.iterateForPatient({ ehr_patient_id: "p-7" }))
        found.push(one.session_id);
      expect(found).toEqual([third, first]);
    });
  },
);

describe.skipIf(!hasFastApi)("tokens of a FastAPI service (needs python3-fastapi)", () => {
  let service: Service;
  beforeAll(async () => {
    service = await Service.start({ dialect: "spec", tokenLifetimeS: 5 });
  });
  afterAll(() => service.stop());

  it("that end soon are replaced, and no call notices", async () => {
    await using clinic = new Clinic(service);
    const tokens = new Set<string>();
    while (tokens.size < 3) {
      await clinic.clinician.templates.list();
      tokens.add((await clinic.clinician.token()).token);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const calls = await clinic.received();
    expect(calls.map(({ status }) => status)).toEqual(calls.map(() => 200));
  });

  it("that are refused are exchanged once, and the call is sent again", async () => {
    await using clinic = new Clinic(service);
    const forged = forge(clinic.email);
    const expiration_time = new Date(Date.now() + 3_600_000).toISOString();
    let exchanges = 0;
    await using user = Heidi.withToken(
      async () => {
        exchanges += 1;
        if (exchanges === 1) return { token: forged, expiration_time };
        return clinic.clinician.token();
      },
      { baseUrl: service.url },
    );
    expect((await user.sessions.create()).session_id).toMatch(/^\d+$/);
    expect(exchanges).toBe(2);
    expect((await clinic.all("POST", "/sessions")).map(({ status }) => status)).toEqual([200]);
  });

  it("signed with another key are refused, and the error shows none of it", async () => {
    const email = "dr@clinic.example";
    const token = forge(email);
    await using user = Heidi.withToken(token, { baseUrl: service.url });
    const error = await Promise.resolve(user.templates.list()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HeidiAuthenticationError);
    expect(error).toMatchObject({ status: 401, type: "UnauthorizedError", outcome: "rejected" });
    expect(`${error}${JSON.stringify(error)}`).not.toContain(token);
  });

  it("are not issued for a wrong key: 403, not asked for twice", async () => {
    const heidi = new Heidi({ baseUrl: service.url, apiKey: "wrong" });
    const email = "wrong-key@clinic.example";
    const clinician = heidi.forUser({ email, thirdPartyInternalId: "1" });
    const error = await Promise.resolve(clinician.sessions.create()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HeidiPermissionError);
    expect(error).toMatchObject({ status: 403, operation: "getJwt", attempts: 1, outcome: "rejected" });
    await heidi.close();
  });

  it("that end while a file is on its way cost a second sending: FastAPI checks them when the form is complete", async () => {
    await using clinic = new Clinic(service);
    const session_id = await clinic.session();
    async function* slowly(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < AUDIO.length; at += 7_000) {
        yield AUDIO.slice(at, at + 7_000);
        // The second sending is fast, so that it ends before its token.
        if (openings === 1) await new Promise((resolve) => setTimeout(resolve, 700));
      }
    }
    let openings = 0;
    const open = (): AsyncIterable<Uint8Array> => {
      openings += 1;
      return slowly();
    };
    const file = { data: open, filename: "visit.mp3" };
    await clinic.clinician.transcription.uploadAudio(session_id, { file });
    const taken = await clinic.only("POST", "/sessions/{session_id}/upload-audio");
    expect([taken.status, taken.parts[0]?.size_bytes]).toEqual([200, AUDIO.length]);
    expect(openings).toBe(2);
  });
});

/** A well-formed token with another key's signature. */
function forge(email: string): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { email, third_party_internal_id: "ehr-42", exp: Math.ceil(Date.now() / 1_000) + 3_600 };
  const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${signed}.${createHmac("sha256", "another key").update(signed).digest("base64url")}`;
}
