import { getEventListeners } from "node:events";
import {
  HeidiAbortError,
  HeidiArgumentError,
  HeidiConflictError,
  HeidiServerError,
  type PatientProfile,
} from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { UnderWay } from "../../../src/transport/under-way.ts";
import { createFinding, type PatientProfilesFinding } from "../../../src/workflows/profiles.ts";
import { stopwatch } from "../../stopwatch.ts";
import { type Seen, scriptedApi } from "./api.ts";

const BODY = { ehr_patient_id: "p-1", first_name: "Karen" };

interface Server {
  readonly finding: PatientProfilesFinding;
  readonly profiles: PatientProfile[];
  readonly creates: () => number;
  readonly pausesMs: number[];
}

/** A server with a memory; `onCreate` decides what becomes of each create, by its number. */
function server(
  profiles: PatientProfile[],
  onCreate: (number: number, store: () => PatientProfile) => unknown = (_, store) => store(),
  onPause: () => void = () => undefined,
): Server {
  let created = 0;
  const { clinician, seen } = scriptedApi(({ method, body, query }: Seen) => {
    if (method === "GET") {
      const wanted = query.get("ehr_patient_id");
      return { data: profiles.filter(({ ehr_patient_id }) => wanted === null || ehr_patient_id === wanted) };
    }
    created += 1;
    return onCreate(created, () => {
      const made = {
        ...(body as PatientProfile),
        id: `made-${profiles.length}`,
        created_at: "2026-01-01T00:00:00",
      };
      profiles.push(made);
      return made;
    });
  });
  const pausesMs: number[] = [];
  const finding = createFinding(clinician.patientProfiles, new UnderWay(), async (pauseMs) => {
    pausesMs.push(pauseMs);
    onPause();
  });
  const creates = (): number => seen.filter(({ method }) => method === "POST").length;
  return { finding, profiles, creates, pausesMs };
}

const broken = (status: number): Response => Response.json({}, { status });
const cut = (): never => {
  throw Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNRESET", syscall: "read" } });
};

describe("finding or creating a profile", () => {
  it("finds the one there is, and leaves it as it is", async () => {
    const { finding, creates } = server([{ id: "a", ehr_patient_id: "p-1", first_name: "Carin" }]);
    expect(await finding.findOrCreate(BODY)).toMatchObject({ id: "a", first_name: "Carin" });
    expect(creates()).toBe(0);
  });

  it("finds the oldest of several, always the same one", async () => {
    const at = (id: string, created_at: string): PatientProfile => ({
      id,
      ehr_patient_id: "p-1",
      created_at,
    });
    const { finding } = server([at("c", "2026-03-01"), at("a", "2025-01-01"), at("b", "2026-01-01")]);
    expect(await finding.findOrCreate(BODY)).toMatchObject({ id: "a" });
  });

  it("creates one when there is none", async () => {
    const { finding, profiles } = server([]);
    expect(await finding.findOrCreate(BODY)).toMatchObject({ id: "made-0", first_name: "Karen" });
    expect(profiles).toHaveLength(1);
  });

  it.each([
    [{ id: "x", ehr_patient_id: "p-10" }],
    [{ id: "x", ehr_patient_id: "P-1" }],
    [{ id: "x" }],
    [{ ehr_patient_id: "p-1" }],
    [{ id: "x", ehr_patient_id: "p-1", provider: "other" }],
  ])("never takes another patient's, although the server answers with %j", async (profile) => {
    const { clinician, seen } = scriptedApi(({ method }) =>
      method === "GET" ? { data: [profile] } : { id: "new" },
    );
    const found = await clinician.patientProfiles.findOrCreate({ ...BODY, provider: "mine" });
    expect(found.id).toBe("new");
    expect(seen.map(({ method }) => method)).toEqual(["GET", "POST"]);
    expect(seen[0]?.query.get("provider")).toBe("mine");
  });

  it.each<[string, () => unknown]>([
    ["the connection breaks", cut],
    ["a 500 comes", () => broken(500)],
    ["the answer is not JSON", () => new Response("<", { headers: { "content-type": "application/json" } })],
    ["the answer is empty", () => new Response(null, { status: 201 })],
  ])("creates once and finds what it made when, after that, %s [C3]", async (_, then) => {
    const { finding, creates, profiles } = server([], (_number, store) => {
      store();
      return then();
    });
    expect(await finding.findOrCreate(BODY)).toMatchObject({ id: "made-0" });
    expect(creates()).toBe(1);
    expect(profiles).toHaveLength(1);
  });

  it("finds what it made although the server takes a moment to show it [C3]", async () => {
    const profiles: PatientProfile[] = [];
    const show = (): unknown => profiles.push({ id: "late", ehr_patient_id: "p-1" });
    const { finding, creates } = server(profiles, cut, show);
    expect(await finding.findOrCreate(BODY)).toMatchObject({ id: "late" });
    expect(creates()).toBe(1);
  });

  it("repeats a create that certainly left nothing, after having looked several times [C3]", async () => {
    const { finding, creates, pausesMs, profiles } = server([], (number, store) =>
      number === 1 ? cut() : store(),
    );
    expect(await finding.findOrCreate(BODY)).toMatchObject({ id: "made-0" });
    expect(creates()).toBe(2);
    expect(profiles).toHaveLength(1);
    expect(pausesMs).toEqual([500, 1_500]);
  });

  it("repeats it once only, and then tells that the outcome is unknown [C3]", async () => {
    const { finding, creates } = server([], () => broken(503));
    const error = await finding.findOrCreate(BODY).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HeidiServerError);
    expect(error).toMatchObject({ operation: "createPatientProfile", outcome: "unknown" });
    expect(creates()).toBe(2);
  });

  it("does not repeat a create that succeeded, though nothing can be found of it [C3]", async () => {
    const { finding, creates } = server(
      [],
      () => new Response("<", { headers: { "content-type": "application/json" } }),
    );
    await expect(finding.findOrCreate(BODY)).rejects.toMatchObject({ outcome: "processed" });
    expect(creates()).toBe(1);
  });

  it("never repeats a create that succeeded without saying what it made, even when the look fails [C3]", async () => {
    let created = 0;
    const { clinician } = scriptedApi(({ method }) => {
      if (method === "GET") return created === 0 ? { data: [] } : broken(500);
      created += 1;
      return new Response(null, { status: 201 });
    });
    await expect(clinician.patientProfiles.findOrCreate(BODY)).rejects.toMatchObject({ status: 500 });
    expect(created).toBe(1);
  });

  it("finds what another process made at the same moment, when the server refuses a second one", async () => {
    const { finding } = server([], (_, store) => {
      store();
      return broken(409);
    });
    expect(await finding.findOrCreate(BODY)).toMatchObject({ id: "made-0" });
    const refusing = server([], () => broken(409));
    await expect(refusing.finding.findOrCreate(BODY)).rejects.toBeInstanceOf(HeidiConflictError);
    expect(refusing.creates()).toBe(1);
  });

  it("throws what the server refused, without looking again", async () => {
    const { finding, creates } = server([], () => broken(422));
    await expect(finding.findOrCreate(BODY)).rejects.toMatchObject({ status: 422, outcome: "rejected" });
    expect(creates()).toBe(1);
  });

  it("creates one for any number of calls at once, and one for each patient", async () => {
    const { finding, profiles } = server([]);
    const other = { ehr_patient_id: "p-2" };
    const calls = Array.from({ length: 20 }, (_, index) =>
      finding.findOrCreate(index % 2 === 0 ? BODY : other),
    );
    const ids = new Set((await Promise.all(calls)).map(({ id }) => id));
    expect(ids.size).toBe(2);
    expect(profiles).toHaveLength(2);
  });

  it("lets calls that differ in the provider take turns too, for they may mean the same profile", async () => {
    const { finding, profiles } = server([]);
    await Promise.all([finding.findOrCreate({ ...BODY, provider: "bp" }), finding.findOrCreate(BODY)]);
    expect(profiles).toHaveLength(1);
  });

  it("ends at once when it is aborted while it waits for another call's turn [F9]", async () => {
    let answer: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const { finding, creates } = server([], async (_, store) => {
      await held;
      return store();
    });
    const first = finding.findOrCreate(BODY);
    const stop = new AbortController();
    const second = finding.findOrCreate(BODY, { signal: stop.signal }).catch((error) => error);
    const third = finding.findOrCreate(BODY);
    const watch = stopwatch();
    stop.abort(new Error("the page was left"));
    const error = await second;
    expect(watch.ms()).toBeLessThan(20);
    expect(error).toBeInstanceOf(HeidiAbortError);
    expect(error).toMatchObject({ outcome: "not-sent", cause: { message: "the page was left" } });
    answer?.();
    // The others still take turns: the third finds what the first made.
    expect((await third).id).toBe((await first).id);
    expect(creates()).toBe(1);
    expect(getEventListeners(stop.signal, "abort")).toEqual([]);
  });

  it.each([["spec"], ["documented"], ["auto"]] as const)(
    "refuses two birthdays before any request, and takes one under both names, with the dialect %s",
    async (dialect) => {
      const { clinician, seen } = scriptedApi(
        ({ method }) => (method === "GET" ? { data: [] } : { id: "new" }),
        { dialect },
      );
      const call = clinician.patientProfiles.findOrCreate({
        ...BODY,
        date_of_birth: "1980-12-10",
        birth_date: "1980-10-12",
      });
      const error = await call.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(HeidiArgumentError);
      expect(error).toMatchObject({ operation: "createPatientProfile", outcome: "not-sent" });
      expect(String(error)).not.toContain("1980");
      expect(seen).toEqual([]);
      const same = { date_of_birth: "1980-12-10", birth_date: "1980-12-10" };
      expect((await clinician.patientProfiles.findOrCreate({ ...BODY, ...same })).id).toBe("new");
    },
  );

  it.each([[undefined], [null], ["p-1"], [{}], [{ ehr_patient_id: "" }], [{ ehr_patient_id: 7 }]])(
    "refuses %j before any request",
    async (body) => {
      const { clinician, seen } = scriptedApi(() => ({}));
      const call = clinician.patientProfiles.findOrCreate(body as typeof BODY);
      await expect(call).rejects.toBeInstanceOf(HeidiArgumentError);
      expect(seen).toEqual([]);
    },
  );
});
