import { Heidi, HeidiConfigurationError, type HeidiDialect, isHeidiError } from "heidi-health-sdk";
import { createSandbox, type Sandbox } from "heidi-health-sdk/sandbox";
import { afterEach, describe, expect, it, vi } from "vitest";
import { clinicianOn, ELSEWHERE, HEIDI, link, missing, takes } from "./support.ts";

describe("the dialect", () => {
  it.each([
    [ELSEWHERE, "session_id"],
    [HEIDI, "session_ids"],
    ["https://registrar.api.heidihealth.com/x", "session_ids"],
    ["https://heidihealth.com.example/x", "session_id"],
    ["https://notheidihealth.com/x", "session_id"],
  ] as const)("is chosen by the host: %s is asked with %s first", async (baseUrl, field) => {
    const { sent, user } = clinicianOn(takes(field), { baseUrl });
    await link(user);
    expect(sent).toHaveLength(1);
  });

  it.each([
    [ELSEWHERE, "session_ids"],
    [HEIDI, "session_id"],
  ] as const)("is learned from one refusal on %s, and remembered", async (baseUrl, field) => {
    const log: unknown[] = [];
    const { sent, user } = clinicianOn(takes(field), { baseUrl, log });
    for (const id of ["7", "8", "9"]) await link(user, id);
    expect(sent.map(({ body }) => field in (body as object))).toEqual([false, true, true, true]);
    expect(log).toEqual([["heidi: dialect", expect.objectContaining({ dialect: expect.any(String) })]]);
    expect(JSON.stringify(log)).not.toMatch(/"[789]"/);
  });

  it("costs one refusal for any number of calls at once", async () => {
    const { sent, user } = clinicianOn(takes("session_ids"));
    await Promise.all(Array.from({ length: 20 }, (_, index) => link(user, String(index))));
    expect(sent).toHaveLength(21);
  });

  it("does not wait for a call that hangs", async () => {
    vi.useFakeTimers();
    let calls = 0;
    const { user } = clinicianOn((body) => {
      calls += 1;
      return calls === 1 ? new Promise<Response>(() => undefined) : takes("session_id")(body);
    });
    const hung = link(user);
    hung.catch(() => undefined);
    const second = link(user, "8");
    await vi.advanceTimersByTimeAsync(2_500);
    expect(await second).toEqual({ data: [] });
    vi.useRealTimers();
  });

  it.each([
    ["spec", "session_ids", /`session_ids` is missing.*`dialect` to "documented"/],
    ["documented", "session_id", /`session_id` is missing.*`dialect` to "spec"/],
  ] as const)(
    "that is fixed to %s is sent once, and the refusal names field and option [R18]",
    async (dialect, field, words) => {
      const { sent, user } = clinicianOn(takes(field), { dialect });
      const error: unknown = await link(user).catch((thrown: unknown) => thrown);
      expect(isHeidiError(error) && error).toMatchObject({ status: 422, outcome: "rejected", attempts: 1 });
      expect(String(error)).toMatch(words);
      expect(sent).toHaveLength(1);
    },
  );

  it("is not changed by a refusal of something else", async () => {
    const { sent, user } = clinicianOn(() => missing("patient_profile_id"));
    await expect(link(user)).rejects.toMatchObject({ status: 422 });
    expect(sent).toHaveLength(1);
  });

  it("tells the first refusal when neither form is taken, and learns nothing", async () => {
    const { sent, user } = clinicianOn((body) =>
      missing("session_id" in body ? "session_ids" : "session_id"),
    );
    for (let call = 1; call <= 2; call += 1) {
      await expect(link(user)).rejects.toThrow(/`session_ids` is missing/);
      expect(sent).toHaveLength(call * 2);
    }
  });

  it("tells what the other form was refused for, with the attempts of both", async () => {
    const { user } = clinicianOn((body) =>
      "session_ids" in body ? Response.json({ detail: "no" }, { status: 404 }) : missing("session_ids"),
    );
    await expect(link(user)).rejects.toMatchObject({ status: 404, attempts: 2 });
  });

  it("goes on in the total deadline of the call", async () => {
    vi.useFakeTimers();
    const { user } = clinicianOn((body) =>
      "session_ids" in body ? new Promise<Response>(() => undefined) : missing("session_ids"),
    );
    const call = user.patientProfiles.linkSession("p", { session_id: "7" }, { totalTimeoutMs: 500 });
    const caught = call.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(501);
    expect(await caught).toMatchObject({ name: "HeidiTimeoutError", outcome: "unknown" });
    vi.useRealTimers();
  });

  it("is the only one that can say what was given", async () => {
    const { sent, user } = clinicianOn(() => Response.json({}));
    await user.patientProfiles.linkSession("p", { session_ids: ["7", "8"] });
    await user.clinicalCoding.getCodes("1");
    expect(sent).toMatchObject([{ body: { session_ids: ["7", "8"] } }, { query: "" }]);
  });

  it("sends a birthday under both names where nobody knows which is read, and under one where that is fixed", async () => {
    const open = clinicianOn(() => Response.json({ id: "p" }));
    await open.user.patientProfiles.create({ date_of_birth: "1980-01-01" });
    await open.user.patientProfiles.create({ birth_date: "1980-01-01" });
    const both = { date_of_birth: "1980-01-01", birth_date: "1980-01-01" };
    expect(open.sent.map(({ body }) => body)).toEqual([both, both]);
    const fixed = clinicianOn(() => Response.json({ id: "p" }), { dialect: "documented" });
    await fixed.user.patientProfiles.create({ date_of_birth: "1980-01-01" });
    expect(fixed.sent[0]?.body).toEqual({ birth_date: "1980-01-01" });
  });

  it("leaves one name away that a strict service refuses", async () => {
    const strict = (body: Record<string, unknown>) =>
      "birth_date" in body
        ? Response.json(
            {
              detail: [
                { loc: ["body", "birth_date"], msg: "extra fields not permitted", type: "value_error.extra" },
              ],
            },
            { status: 422 },
          )
        : Response.json({ id: "p" });
    const { sent, user } = clinicianOn(strict);
    for (const first_name of ["A", "B"])
      await user.patientProfiles.create({ first_name, date_of_birth: "1980-01-01" });
    expect(sent.map(({ body }) => body)).toEqual([
      { first_name: "A", date_of_birth: "1980-01-01", birth_date: "1980-01-01" },
      { first_name: "A", date_of_birth: "1980-01-01" },
      { first_name: "B", date_of_birth: "1980-01-01" },
    ]);
  });

  it.each(["AUTO", "fastapi", "", 1, null])("%j is refused as an option", (dialect) => {
    const make = () => new Heidi({ apiKey: "key", dialect: dialect as HeidiDialect });
    expect(make).toThrow(HeidiConfigurationError);
    expect(make).toThrow(/`dialect` must be one of auto, documented, spec/);
  });

  it("comes from HEIDI_DIALECT when the option is not given", async () => {
    vi.stubEnv("HEIDI_DIALECT", "documented");
    const { sent, user } = clinicianOn(takes("session_ids"));
    await link(user);
    expect(sent).toHaveLength(1);
    vi.stubEnv("HEIDI_DIALECT", "wrong");
    expect(() => clinicianOn(takes("session_ids"))).toThrow(
      /environment variable HEIDI_DIALECT must be one of/,
    );
    vi.unstubAllEnvs();
  });
});

describe("files in the other form", () => {
  let sandbox: Sandbox;
  afterEach(() => sandbox.close());

  async function session(deployment: "spec" | "documented", dialect?: HeidiDialect) {
    sandbox = await createSandbox({ deployment, port: false });
    const heidi = new Heidi({
      apiKey: sandbox.apiKey,
      baseUrl: sandbox.baseUrl,
      fetch: sandbox.fetch,
      dialect,
    });
    const user = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });
    const { session_id: id = "" } = await user.sessions.create();
    const statuses = () =>
      sandbox.requests
        .filter(({ name }) => name === "sessionContext.uploadDocument")
        .map(({ status }) => status);
    return { user, id, statuses };
  }

  const bytes = new TextEncoder().encode("%PDF-1.4 a letter");

  it.each([
    ["a Blob", () => new Blob([bytes])],
    ["bytes", () => bytes],
    ["a factory of streams", () => () => new Blob([bytes]).stream()],
  ])("are sent again when they are %s", async (_, file) => {
    const { user, id, statuses } = await session("documented");
    const sent = () => user.sessionContext.uploadDocument(id, { file: { data: file() }, unstructured: true });
    expect(await sent()).toMatchObject({ unstructured: true });
    expect(await sent()).toMatchObject({ unstructured: true });
    expect(statuses()).toEqual([422, 200, 200]);
  });

  it("that can be read only once are never sent twice: the error names the option", async () => {
    const { user, id, statuses } = await session("documented");
    const file = () => ({ data: new Blob([bytes]).stream(), filename: "a.pdf" });
    const error: unknown = await user.sessionContext
      .uploadDocument(id, { file: file() })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 422, outcome: "rejected" });
    expect(String(error)).toMatch(/`dialect` to "documented"/);
    expect(statuses()).toEqual([422]);
  });

  it.each(["spec", "documented"] as const)(
    "that can be read only once arrive in a fixed form: %s",
    async (dialect) => {
      const { user, id, statuses } = await session(dialect, dialect);
      const data = new Blob([bytes]).stream();
      await user.sessionContext.uploadDocument(id, { file: { data, filename: "a.pdf" }, unstructured: true });
      expect(statuses()).toEqual([200]);
      const [document] = (await user.sessionContext.listDocuments(id)).data ?? [];
      expect(document).toMatchObject({ filename: "a.pdf", unstructured: true });
    },
  );
});
