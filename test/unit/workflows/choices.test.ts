import { HeidiArgumentError, HeidiNotFoundError, type PatientKey, parseTimestamp } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { type Seen, scriptedApi } from "./api.ts";

describe("a template by its name", () => {
  const templates = [
    { id: "1", name: "SOAP note", template_category: "CONSULT_NOTE_TEMPLATE" },
    { id: "2", name: "Follow-up", template_category: "CONSULT_NOTE_TEMPLATE" },
    { id: "3", name: "follow-up", template_category: "DOCUMENT_TEMPLATE" },
    { id: "4", name: "Letter", template_category: "DOCUMENT_TEMPLATE" },
    { id: "5", name: "Letter", template_category: "CONSULT_NOTE_TEMPLATE" },
    { id: "6", name: "Zoë", template_category: "CONSULT_NOTE_TEMPLATE" },
    { name: "Without an id" },
    null,
    {},
  ];
  const { clinician } = scriptedApi(() => ({ data: templates }));
  const idOf = async (name: string, template_category?: string): Promise<string> =>
    (await clinician.templates.getByName(name, { template_category })).id;

  it.each([
    ["as it is written", "SOAP note", undefined, "1"],
    ["whatever its case and spaces", "  soap   NOTE ", undefined, "1"],
    ["however its accents are encoded", "Zoe\u0308", undefined, "6"],
    ["as it is written, before others that only look alike", "follow-up", undefined, "3"],
    ["of a kind", "Letter", "DOCUMENT_TEMPLATE", "4"],
    ["of a kind, however it is written", "FOLLOW-UP", "CONSULT_NOTE_TEMPLATE", "2"],
  ])("is found %s", async (_, name, category, id) => {
    expect(await idOf(name, category)).toBe(id);
  });

  it.each([
    ["no template has", "Discharge", "none has"],
    ["several have", "Letter", "2 have"],
    ["several have when nothing but case tells them apart", "FOLLOW-UP", "2 have"],
    ["only a template without an id has", "Without an id", "none has"],
  ])("is refused when %s it, and the name is not shown", async (_, name, words) => {
    const error = await idOf(name).catch((reason) => reason);
    expect(error).toBeInstanceOf(HeidiArgumentError);
    expect(error.message).toContain(words);
    expect(error.stack).not.toContain(name);
  });

  it.each(["", " ", undefined, 7])("is refused before a request when it is %j", async (name) => {
    const { clinician, seen } = scriptedApi(() => ({}));
    await expect(clinician.templates.getByName(name as string)).rejects.toMatchObject({ argument: "name" });
    expect(seen).toEqual([]);
  });

  it("is refused, not looked for, in an answer without templates", async () => {
    const { clinician } = scriptedApi(() => ({}));
    await expect(clinician.templates.getByName("SOAP")).rejects.toThrow("none has");
  });
});

describe("a patient's sessions", () => {
  const profile = { id: "profile-1", ehr_patient_id: "mrn-1" };
  const other = { id: "profile-2", ehr_patient_id: "mrn-2" };
  const session = (session_id: string, more: object = {}): object => ({ session_id, ...more });

  async function idsOf(
    answers: Readonly<Record<string, unknown>>,
    patient: PatientKey,
  ): Promise<{ ids: unknown[]; paths: string[] }> {
    const { clinician, seen } = scriptedApi(
      ({ path }: Seen) => answers[path] ?? Response.json({}, { status: 404 }),
    );
    const ids: unknown[] = [];
    for await (const { session_id } of clinician.sessions.iterateForPatient(patient)) ids.push(session_id);
    return { ids, paths: seen.filter(({ query }) => !query.has("page")).map(({ path }) => path) };
  }

  it.each([
    ["by their profile", { patient: profile }, { patient: other }],
    ["by their profile's id alone", { patient_profile_id: "profile-1" }, { patient_profile_id: "profile-2" }],
    ["by another field", { patient_profile: profile }, { patient_profile: other }],
    ["by the EHR's id", { ehr_patient_id: "mrn-1" }, { ehr_patient_id: "mrn-2" }],
  ])("are told from others where the list names patients %s", async (_, mine, foreign) => {
    const data = [session("a", mine), session("b", foreign), session("c"), session("d", mine)];
    const answers = { "/sessions/linked-user": { data } };
    expect(await idsOf(answers, profile)).toEqual({ ids: ["a", "d"], paths: ["/sessions/linked-user"] });
  });

  it("are asked for one by one where the list names nobody", async () => {
    const answers = {
      "/sessions/linked-user": { data: [session("a"), session("b"), session("c")] },
      "/sessions/a": session("a", { patient: other }),
      "/sessions/b": session("b", { patient: profile }),
      "/sessions/c": session("c"),
    };
    const { ids, paths } = await idsOf(answers, { id: "profile-1" });
    expect(ids).toEqual(["b"]);
    expect(paths).toEqual(["/sessions/linked-user", "/sessions/a", "/sessions/b", "/sessions/c"]);
  });

  it("are found by the EHR's id where the list tells profiles only", async () => {
    const answers = {
      "/patient-profiles": { data: [other, profile] },
      "/sessions/linked-user": { data: [session("a", { patient: { id: "profile-1" } })] },
    };
    expect((await idsOf(answers, { ehr_patient_id: "mrn-1" })).ids).toEqual(["a"]);
  });

  it("are none for a patient whom nobody knows", async () => {
    const answers = {
      "/patient-profiles": { data: [] },
      "/sessions/linked-user": { data: [session("a", { patient: {} }), session("b", { patient: profile })] },
      "/sessions/a": session("a", { patient: {} }),
    };
    expect((await idsOf(answers, { ehr_patient_id: "mrn-3" })).ids).toEqual([]);
  });

  it("are not guessed when one cannot be read", async () => {
    const answers = { "/sessions/linked-user": { data: [session("a")] } };
    await expect(idsOf(answers, profile)).rejects.toBeInstanceOf(HeidiNotFoundError);
  });

  it.each([{}, { id: "" }, { ehr_patient_id: 7 }, null, undefined, "mrn-1"])(
    "are not looked for without a patient: %j",
    async (patient) => {
      const { clinician, seen } = scriptedApi(() => ({}));
      const first = clinician.sessions.iterateForPatient(patient as PatientKey).next();
      await expect(first).rejects.toMatchObject({ argument: "patient" });
      expect(seen).toEqual([]);
    },
  );
});

describe("a timestamp of the API", () => {
  it.each([
    ["2024-08-01T09:32:00.127632", "2024-08-01T09:32:00.127Z"],
    ["2024-08-01T09:32:00", "2024-08-01T09:32:00.000Z"],
    ["2024-08-01 09:32:00", "2024-08-01T09:32:00.000Z"],
    ["2024-08-01T00:00:00.000Z", "2024-08-01T00:00:00.000Z"],
    ["2024-08-01T10:00:00+10:00", "2024-08-01T00:00:00.000Z"],
    [" 2024-08-01T00:00:00Z ", "2024-08-01T00:00:00.000Z"],
  ])("is read as the instant that it means: %s", (text, instant) => {
    expect(parseTimestamp(text)?.toISOString()).toBe(instant);
  });

  it.each([null, undefined, "", "yesterday", "2024-02-30T00:00:00", "1980-01-02", "1722470400", 7, {}])(
    "is undefined for what is none: %j",
    (value) => {
      expect(parseTimestamp(value as string)).toBeUndefined();
    },
  );
});
