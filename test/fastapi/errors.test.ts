import {
  Heidi,
  HeidiApiError,
  HeidiBadRequestError,
  HeidiNotFoundError,
  HeidiUnprocessableError,
} from "heidi-health-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasFastApi, Service } from "./service.ts";
import { AUDIO, Clinic, DOCUMENT, dialects } from "./support.ts";

const failureOf = (work: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(work).then(
    () => Promise.reject(new Error("The call succeeded.")),
    (error: unknown) => error,
  );

describe.skipIf(!hasFastApi).each(dialects)(
  "what a FastAPI service of the $dialect dialect refuses (needs python3-fastapi)",
  ({ dialect }) => {
    let service: Service;
    let gated: Service;
    beforeAll(async () => {
      [service, gated] = await Promise.all([
        Service.start({ dialect }),
        Service.start({ dialect, requireLinkedAccount: true }),
      ]);
    });
    afterAll(async () => {
      await Promise.all([service.stop(), gated.stop()]);
    });
    const open = (): Clinic => new Clinic(service, { dialect });

    it("is told as an object: message and type", async () => {
      await using clinic = open();
      const error = await failureOf(clinic.clinician.sessions.get("271828182845904523536028747135266249775"));
      expect(error).toBeInstanceOf(HeidiNotFoundError);
      expect(error).toMatchObject({
        status: 404,
        type: "SessionNotFoundError",
        detail: "Session not found",
        outcome: "rejected",
        attempts: 1,
      });
    });

    it("is told as a text", async () => {
      await using clinic = open();
      const missing = await failureOf(clinic.clinician.request("GET", "/no/such/thing"));
      expect(missing).toBeInstanceOf(HeidiNotFoundError);
      expect(missing).toMatchObject({ status: 404, type: undefined, detail: "Not Found" });
      const wrongMethod = await failureOf(clinic.clinician.request("PUT", "/sessions", { body: {} }));
      expect(wrongMethod).toMatchObject({ status: 405, type: undefined, detail: "Method Not Allowed" });
    });

    it("is told as a list: every place that is wrong", async () => {
      await using clinic = open();
      const session_id = await clinic.recorded();
      const body = { template_id: ["not a text"], generation_method: "NO_SUCH" };
      const path = `/sessions/${session_id}/consult-note`;
      const error = await failureOf(clinic.clinician.request("POST", path, { body }));
      expect(error).toBeInstanceOf(HeidiUnprocessableError);
      if (!(error instanceof HeidiUnprocessableError)) return;
      expect(error).toMatchObject({ status: 422, outcome: "rejected", attempts: 1 });
      expect(error.type).toMatch(/^(type|value)_error/);
      const { detail } = JSON.parse(error.body()) as { detail: { loc: string[] }[] };
      const places = ["generation_method", "template_id", "addition", "voice_style", "brain"];
      expect(detail.map(({ loc }) => loc)).toEqual(places.map((name) => ["body", name]));
      for (const name of places) expect(error.detail).toContain(`body.${name}: `);
      // Patients' data can be in any of it.
      expect(`${error.message}${JSON.stringify(error)}`).not.toMatch(/not a text|NO_SUCH/);
    });

    it("for want of a linked account says so, and works once it is linked", async () => {
      await using clinic = new Clinic(gated, { dialect });
      const { patientProfiles, account } = clinic.clinician;
      const error = await failureOf(patientProfiles.create({ first_name: "Ada" }));
      expect(error).toBeInstanceOf(HeidiBadRequestError);
      expect(error).toMatchObject({ type: "LinkedAccountRequiredError", outcome: "rejected" });
      expect(String(error)).toContain("account.linkUrl()");
      await account.link({ kinde_user_id: "kp_1" });
      expect((await patientProfiles.create({ first_name: "Ada" })).id).toMatch(/^[\da-f]{24}$/);
    });

    it("of an empty session: there is nothing to write a note from", async () => {
      await using clinic = open();
      const session_id = await clinic.session();
      const note = {
        generation_method: "TEMPLATE",
        addition: "",
        voice_style: "BRIEF",
        brain: "LEFT",
      } as const;
      const error = await failureOf(clinic.clinician.consultNotes.generate(session_id, note).text());
      expect(error).toMatchObject({ status: 400, type: "TranscriptNotFoundError" });
      await clinic.clinician.sessions.update(session_id, { generate_output_without_recording: true });
      expect(await clinic.clinician.consultNotes.generate(session_id, note).text()).toMatch(/^Subjective:/);
    });
  },
);

describe.skipIf(!hasFastApi)("redirect_slashes (needs python3-fastapi)", () => {
  let service: Service;
  beforeAll(async () => {
    service = await Service.start({ dialect: "spec", trailingSlashes: true });
  });
  afterAll(() => service.stop());

  it("of the token exchange is refused, and the API key goes nowhere else", async () => {
    await using clinic = new Clinic(service);
    const error = await failureOf(clinic.clinician.sessions.create());
    expect(error).toBeInstanceOf(HeidiApiError);
    expect(error).toMatchObject({ status: 307, operation: "getJwt", attempts: 1 });
    expect(String(error)).toMatch(/SDK does not follow redirects.*baseUrl/);
    expect((await service.received()).map(({ status }) => status)).toEqual([307]);
  });

  it("of calls and uploads is refused, and nothing was made", async () => {
    const query = "?email=dr%40clinic.example&third_party_internal_id=1";
    const headers = { "heidi-api-key": service.apiKey };
    const answer = await fetch(`${service.url}/jwt/${query}`, { headers });
    const { token } = (await answer.json()) as { token: string };
    await using user = Heidi.withToken(token, { baseUrl: service.url });
    const file = { data: AUDIO, filename: "visit.mp3" };
    for (const call of [
      () => user.templates.list(),
      () => user.sessions.create(),
      () => user.transcription.uploadAudio("27182818284590452353602874713526624977", { file }),
    ]) {
      const error = await failureOf(call());
      expect(error).toMatchObject({ status: 307, attempts: 1 });
      expect(String(error)).toMatch(/SDK does not follow redirects/);
    }
    const list = await fetch(`${service.url}/sessions/linked-user/`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await list.json()).toMatchObject({ total_count: 0 });
  });
});

describe.skipIf(!hasFastApi)("a client whose dialect is not the service's (needs python3-fastapi)", () => {
  let spec: Service;
  let documented: Service;
  beforeAll(async () => {
    [spec, documented] = await Promise.all([
      Service.start({ dialect: "spec" }),
      Service.start({ dialect: "documented" }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([spec.stop(), documented.stop()]);
  });
  const letter = { data: DOCUMENT, filename: "letter.pdf", contentType: "application/pdf" };

  it("and was not told one learns it from one refusal of each operation, and remembers it", async () => {
    await using clinic = new Clinic(documented);
    const session_id = await clinic.session();
    const { id = "" } = await clinic.clinician.patientProfiles.create({ ehr_patient_id: "p-1" });
    await clinic.clinician.patientProfiles.linkSession(id, { session_id });
    const links = await clinic.all("POST", "/patient-profiles/{patient_profile_id}/sessions");
    expect(links.map(({ status }) => status)).toEqual([422, 200]);
    expect(links.at(-1)?.body).toMatchObject({ session_ids: [session_id] });
    await clinic.clinician.patientProfiles.linkSession(id, { session_id });
    expect(await clinic.all("POST", "/patient-profiles/{patient_profile_id}/sessions")).toHaveLength(3);

    const ids: unknown[] = [];
    for (let count = 0; count < 2; count += 1)
      ids.push((await clinic.clinician.sessionContext.uploadDocument(session_id, { file: letter })).id);
    const uploads = await clinic.all("POST", "/sessions/{session_id}/context-documents");
    expect(uploads.map(({ status }) => status)).toEqual([422, 200, 200]);
    const { data = [] } = await clinic.clinician.sessionContext.listDocuments(session_id);
    expect(data.map((one) => one.id)).toEqual(ids);
  });

  it("and was not told one loses no birthday and no provider to a service that ignores what it does not know", async () => {
    await using clinic = new Clinic(documented);
    const { patientProfiles } = clinic.clinician;
    const patient = { ehr_patient_id: "p-1", date_of_birth: "1980-12-10", provider: "one" };
    const { id = "" } = await patientProfiles.create(patient);
    expect((await patientProfiles.get(id)).date_of_birth).toBe("1980-12-10");
    await patientProfiles.create({ ...patient, provider: "two" });
    expect((await patientProfiles.list({ ehr_patient_id: "p-1", provider: "two" })).data).toHaveLength(1);
  });

  it("and was not told one sends what a service of the bundled file takes, at once", async () => {
    await using clinic = new Clinic(spec);
    const session_id = await clinic.session();
    const { id = "" } = await clinic.clinician.patientProfiles.create({ ehr_patient_id: "p-1" });
    await clinic.clinician.patientProfiles.linkSession(id, { session_id });
    await clinic.clinician.sessionContext.uploadDocument(session_id, { file: letter });
    expect((await clinic.received()).filter(({ status }) => Number(status) >= 400)).toEqual([]);
  });

  it.each(["spec", "documented"] as const)(
    "and was told %s is refused, and the error says how to change it",
    async (dialect) => {
      await using clinic = new Clinic(dialect === "spec" ? documented : spec, { dialect });
      const session_id = await clinic.session();
      const { sessionContext, patientProfiles } = clinic.clinician;
      const { id = "" } = await patientProfiles.create({ ehr_patient_id: "p-1" });
      for (const call of [
        () => sessionContext.uploadDocument(session_id, { file: letter }),
        () => patientProfiles.linkSession(id, { session_id }),
      ]) {
        const error = await failureOf(call());
        expect(error).toBeInstanceOf(HeidiUnprocessableError);
        expect(error).toMatchObject({ outcome: "rejected", attempts: 1 });
        expect(String(error)).toMatch(/`dialect`/);
      }
    },
  );

  it("and cannot produce its body again says so, instead of sending half of it", async () => {
    await using clinic = new Clinic(documented);
    const session_id = await clinic.session();
    const once = new Blob([DOCUMENT]).stream();
    const file = { data: once, filename: "letter.pdf", contentType: "application/pdf" };
    const error = await failureOf(clinic.clinician.sessionContext.uploadDocument(session_id, { file }));
    expect(error).toBeInstanceOf(HeidiUnprocessableError);
    expect(String(error)).toMatch(/`dialect`/);
    expect((await clinic.clinician.sessionContext.listDocuments(session_id)).data).toEqual([]);
  });
});
