import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { operations } from "../../../generated/operations.ts";
import { operationSchemas } from "../../../generated/schemas.ts";
import type { Envelope } from "../../../src/http/operation.ts";
import { unwrapEnvelope } from "../../../src/http/response.ts";

type Fields = Record<string, unknown>;

const rows = Object.values(operations).flatMap(({ id, envelope }) => {
  const example = operationSchemas[id]?.responses[0]?.example;
  return envelope && (envelope.around ?? envelope.names)
    ? [{ id, envelope, example: example as Fields }]
    : [];
});

/** The answer as a deployment writes it that knows none of the spec's own names. */
function wrapped({ around = [], names = {} }: Envelope, example: Fields): Fields {
  const [key] = around;
  const renamed = Object.fromEntries(
    Object.entries(example).map(([name, value]) => [
      Object.entries(names).find(([, target]) => target === name)?.[0] ?? name,
      value,
    ]),
  );
  return key === undefined ? renamed : { [key]: renamed };
}

const session: Envelope = { around: ["session"], own: ["session_id", "duration"] };
const list: Envelope = { names: { sessions: "data", has_next_page: "has_next" } };

describe("an answer in an envelope", () => {
  it("is known for every operation whose answers were seen in one", () => {
    expect(rows.map(({ id }) => id).sort()).toEqual([
      "createPatientProfile",
      "getPatientProfile",
      "getSession",
      "getSessionClinicalCodes",
      "listContextDocuments",
      "listLinkedUserSessions",
      "listSessionDocuments",
      "listTemplates",
      "updatePatientProfile",
      "updateSession",
      "uploadSessionAudio",
    ]);
  });

  it.each(rows)("comes out of $id as the spec has it", ({ envelope, example }) => {
    const body = wrapped(envelope, example);
    expect(body).not.toEqual(example);
    expect(unwrapEnvelope(envelope, body)).toEqual(example);
  });

  it.each(rows)("is nothing to $id when the answer has the spec's shape already", ({ envelope, example }) => {
    expect(unwrapEnvelope(envelope, example)).toBe(example);
  });

  it.each([
    [
      "keeps what lies beside the object",
      { session: { session_id: "1" }, trace: "t" },
      { session_id: "1", trace: "t" },
    ],
    [
      "lets the object's field win",
      { session: { session_id: "1", ok: 1 }, ok: 2 },
      { session_id: "1", ok: 1 },
    ],
    [
      "opens one envelope, not what looks like one inside",
      { session: { session_id: "1", session: { duration: 2 } } },
      { session_id: "1", session: { duration: 2 } },
    ],
  ])("%s", (_, body, opened) => {
    expect(unwrapEnvelope(session, body)).toEqual(opened);
  });

  it.each([
    ["has properties of the spec on both levels", { session: { session_id: "1" }, duration: 2 }],
    ["has nothing of the spec inside", { session: { trace: "t" } }],
    ["holds a list", { session: [{ session_id: "1" }] }],
    ["holds null", { session: null }],
    ["is empty", {}],
    ["is a list", [{ session: { session_id: "1" } }]],
    ["is text", "session"],
    ["is null", null],
  ])("stays as it is when it %s", (_, body) => {
    expect(unwrapEnvelope(session, body)).toBe(body);
  });

  it.each([
    [
      "renames each property",
      { sessions: [1], count: 1, has_next_page: false },
      { data: [1], count: 1, has_next: false },
    ],
    ["takes a null under the spec's name for nothing", { sessions: [1], data: null }, { data: [1] }],
    ["keeps both names when both have a value", { sessions: [1], data: [2] }, { sessions: [1], data: [2] }],
    ["leaves a null under the other name", { sessions: null }, { sessions: null }],
  ])("%s", (_, body, renamed) => {
    expect(unwrapEnvelope(list, body)).toEqual(renamed);
  });

  it("makes no prototype of a server's `__proto__`", () => {
    const body: unknown = JSON.parse(
      '{"session":{"session_id":"1","__proto__":{"polluted":true}},"__proto__":{"x":1}}',
    );
    const opened = unwrapEnvelope(session, body) as Fields;
    expect(Object.keys(opened).sort()).toEqual(["__proto__", "session_id"]);
    expect(Reflect.get(opened, "polluted")).toBeUndefined();
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });
});

describe("whatever a server sends", () => {
  const envelope: Envelope = {
    around: ["session", "item"],
    own: ["id", "data"],
    names: { sessions: "data" },
  };
  const key = fc.constantFrom("session", "item", "id", "data", "sessions", "other", "__proto__");
  const leaf = fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), fc.string());
  const { body } = fc.letrec((tie) => ({
    body: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie("body"), { maxLength: 3 }), tie("fields")),
    fields: fc
      .array(fc.tuple(key, tie("body")), { maxLength: 5 })
      .map((entries) => Object.fromEntries(entries)),
  }));

  it("is opened once: opening it again changes nothing", () => {
    fc.assert(
      fc.property(body, (value) => {
        const opened = unwrapEnvelope(envelope, value);
        expect(unwrapEnvelope(envelope, opened)).toEqual(opened);
      }),
      { numRuns: 2000 },
    );
  });

  it("is never changed in place", () => {
    fc.assert(
      fc.property(body, (value) => {
        const before = structuredClone(value);
        unwrapEnvelope(envelope, value);
        expect(value).toEqual(before);
      }),
    );
  });

  it("loses nothing but what has the name of a field inside the envelope", () => {
    fc.assert(
      fc.property(body.map(numbered), (value) => {
        fc.pre(!collides(envelope, value));
        expect(leavesOf(unwrapEnvelope(envelope, value))).toEqual(leavesOf(value));
      }),
      { numRuns: 2000 },
    );
  });
});

/** The same value with a number of its own at every end, so that each can be found again. */
function numbered(value: unknown, next: { number: number } = { number: 0 }): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map((item) => numbered(item, next));
  if (typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, numbered(item, next)]));
  next.number += 1;
  return next.number;
}

/** All numbers in a value. Where they are is not asked, only that none is gone and none is doubled. */
function leavesOf(value: unknown): readonly number[] {
  if (typeof value === "number") return [value];
  const items = typeof value === "object" && value !== null ? Object.values(value) : [];
  return items.flatMap(leavesOf).sort((one, other) => one - other);
}

function collides({ around = [] }: Envelope, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return around.some((name) => {
    const inner: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
    const names = typeof inner === "object" && inner !== null ? Object.keys(inner) : [];
    return names.some((each) => each !== name && Object.hasOwn(value, each));
  });
}
