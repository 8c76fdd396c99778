import { isHeidiError } from "heidi-health-sdk";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Operation, RetryClass } from "../../../src/http/operation.ts";
import { clinicianOn, invoke, type Sent, table } from "../arguments/support.ts";

/** Decided by hand, one by one. An operation that the spec adds later has the class of its method until it is listed here. */
const CLASSES: Readonly<Record<string, RetryClass>> = {
  getJwt: "safe",
  listTemplates: "safe",
  createPatientProfile: "once",
  listPatientProfiles: "safe",
  getPatientProfile: "safe",
  updatePatientProfile: "once",
  batchDeletePatientProfiles: "once",
  linkSessionToPatientProfile: "once",
  createSession: "once",
  getSession: "safe",
  updateSession: "once",
  listLinkedUserSessions: "safe",
  uploadContextDocument: "once",
  listContextDocuments: "safe",
  deleteContextDocuments: "idempotent",
  uploadSessionAudio: "once",
  getSessionTranscript: "costly",
  getLiveSessionTranscript: "safe",
  generateConsultNote: "once",
  generateCustomTemplateConsultNote: "once",
  generateDocument: "once",
  listSessionDocuments: "safe",
  getSessionClinicalCodes: "costly",
  askHeidi: "once",
};
const BY_METHOD: Readonly<Record<string, RetryClass>> = {
  GET: "safe",
  HEAD: "safe",
  PUT: "idempotent",
  DELETE: "idempotent",
  PATCH: "once",
  POST: "once",
};
const expected = ({ id, method }: Operation): RetryClass => CLASSES[id] ?? BY_METHOD[method] ?? "once";
const MOST: Readonly<Record<RetryClass, number>> = { safe: 3, idempotent: 3, costly: 2, once: 1 };

beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const refusing = (status: number) => (): Response => new Response("{}", { status });
async function requestsOf(status: number, operation: Operation): Promise<readonly Sent[]> {
  const { clinician, sent } = clinicianOn(refusing(status));
  const ids = operation.pathParameters.map(() => "1");
  const error: unknown = await invoke(clinician, operation, ids).catch((reason: unknown) => reason);
  expect(isHeidiError(error)).toBe(true);
  return sent;
}

describe("how often a call is repeated", () => {
  it("was decided for every operation of the spec [C5]", () => {
    const decided = table.map((operation) => [operation.id, expected(operation)]);
    expect(table.map(({ id, retry }) => [id, retry])).toEqual(decided);
    expect(Object.keys(CLASSES).filter((id) => !table.some((operation) => operation.id === id))).toEqual([]);
  });

  const bearer = table.filter(({ auth }) => auth === "bearer").map((one) => [one.id, one] as const);

  it.each(bearer)(
    "%s follows its class when the server fails, and is safe to repeat when it refuses [C5]",
    async (_, operation) => {
      expect(await requestsOf(503, operation)).toHaveLength(MOST[expected(operation)]);
      expect(await requestsOf(429, operation)).toHaveLength(expected(operation) === "costly" ? 2 : 3);
      expect(await requestsOf(404, operation)).toHaveLength(1);
    },
  );

  it.each([["getSessionTranscript"], ["getSessionClinicalCodes"]])(
    "%s, a read that makes the server work, is tried twice at most, however many retries are allowed [C7]",
    async (id) => {
      const operation = table.find((one) => one.id === id);
      const { clinician, sent } = clinicianOn(refusing(503), { maxRetries: 10 });
      await (operation && invoke(clinician, operation, ["1"]).catch(() => undefined));
      expect(sent).toHaveLength(2);
    },
  );
});
