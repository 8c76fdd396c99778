import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BASE_URL, clinicianOn, refusalOf } from "./support.ts";

const SECRET = "canary-4711";
const bodyOf = (body: unknown): unknown => JSON.parse(String(body));

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}

describe("objects of the caller's", () => {
  it("are read and never changed: frozen ones do as well [G7]", async () => {
    const { clinician, sent } = clinicianOn();
    const options = deepFreeze({ headers: { "X-Trace": "1" }, maxRetries: 0 });
    await clinician.sessions.update(
      "1",
      deepFreeze({ patient: { name: "A" }, clinician_notes: ["a"] }),
      options,
    );
    await clinician.sessionContext.deleteDocuments("1", deepFreeze({ ids: ["a"] }), options);
    expect(bodyOf(sent[0]?.body)).toEqual({ patient: { name: "A" }, clinician_notes: ["a"] });
    expect(sent).toHaveLength(2);
  });

  it("change no prototype, whatever keys they have [G7]", async () => {
    const keys = fc.constantFrom(
      "__proto__",
      "constructor",
      "prototype",
      "toString",
      "hasOwnProperty",
      "polluted",
    );
    const value = fc.oneof(fc.constant({ polluted: 1 }), fc.constant("x"), fc.constant(1));
    const object = fc.array(fc.tuple(keys, value), { maxLength: 4 }).map((entries) => {
      const made: Record<string, unknown> = {};
      for (const [key, one] of entries)
        Object.defineProperty(made, key, { value: one, enumerable: true, configurable: true });
      return made;
    });
    await fc.assert(
      fc.asyncProperty(object, object, object, async (body, query, headers) => {
        const { clinician } = clinicianOn();
        const calls = [
          clinician.sessions.update("1", body),
          clinician.patientProfiles.list(query),
          clinician.request("POST", "/x", { query, body }),
          clinician.templates.list({ headers: headers as never }),
          clinician.templates.list(body),
        ];
        await Promise.allSettled(calls);
        expect("polluted" in {}).toBe(false);
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it("take nothing from Object.prototype: a polluted one adds no field, header or query [G7]", async () => {
    const { clinician, sent } = clinicianOn();
    Object.defineProperty(Object.prototype, "page_size", { value: 7, configurable: true, enumerable: true });
    Object.defineProperty(Object.prototype, "x-polluted", {
      value: "1",
      configurable: true,
      enumerable: true,
    });
    try {
      await clinician.sessions.listLinkedUser({});
    } finally {
      Reflect.deleteProperty(Object.prototype, "page_size");
      Reflect.deleteProperty(Object.prototype, "x-polluted");
    }
    expect(sent[0]?.url).toBe(`${BASE_URL}/sessions/linked-user`);
    expect(Object.keys(sent[0]?.headers ?? {})).not.toContain("x-polluted");
  });

  it("whose getters throw are unusable arguments, and their words stay in the cause [G7]", async () => {
    const { clinician, sent } = clinicianOn();
    const own = new Error(SECRET);
    const thrower = (name: string): object =>
      Object.defineProperty({}, name, {
        enumerable: true,
        get() {
          throw own;
        },
      });
    const inQuery = await refusalOf(() => clinician.sessions.listLinkedUser(thrower("page_size")));
    expect(inQuery).toMatchObject({ argument: "page_size", cause: own });
    const inBody = await refusalOf(() => clinician.sessions.update("1", thrower("duration")));
    expect(inBody).toMatchObject({ argument: "duration", cause: own });
    const deep = await refusalOf(() => clinician.sessions.update("1", { patient: thrower("name") as never }));
    expect(deep.argument).toBe("body");
    const inOptions = await refusalOf(() => clinician.sessions.get("1", thrower("signal")));
    expect(inOptions).toMatchObject({ argument: "options", operation: "getSession", cause: own });
    const inCustom = await refusalOf(() => clinician.request("GET", "/x", thrower("query")));
    expect(inCustom).toMatchObject({ argument: "options", operation: "request", cause: own });
    for (const error of [inQuery, inBody, deep, inOptions, inCustom])
      expect(error.message).not.toContain(SECRET);
    expect(sent).toEqual([]);
  });
});

describe("an answer with __proto__ in it", () => {
  const evil =
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"detail":{"__proto__":{"polluted":1}}}';

  it.each([[200], [400], [500]])("of status %d changes nothing but itself [G8]", async (status) => {
    const { clinician } = clinicianOn(() => new Response(evil, { status }), { maxRetries: 0 });
    const [result] = await Promise.allSettled([clinician.sessions.get("1")]);
    expect("polluted" in {}).toBe(false);
    if (result?.status !== "fulfilled") return;
    expect(Object.getPrototypeOf(result.value)).toBe(Object.prototype);
    expect("polluted" in result.value).toBe(false);
  });

  it("in a stream changes nothing but itself [G8]", async () => {
    const { clinician } = clinicianOn(() => new Response('{"data":"a","__proto__":{"polluted":1}}\n'));
    const body = { ai_command_text: "a", content: "a", content_type: "MARKDOWN" } as const;
    const [chunk = {}] = await clinician.askHeidi.ask("1", body).toArray();
    expect("polluted" in {}).toBe(false);
    expect("polluted" in chunk).toBe(false);
  });
});

describe("values in a body", () => {
  const update = async (body: object): Promise<unknown> => {
    const { clinician, sent } = clinicianOn();
    await clinician.sessions.update("1", body);
    return bodyOf(sent[0]?.body);
  };

  it("are what JSON.stringify makes of them: dates are ISO 8601, undefined fields are left out [G10]", async () => {
    const at = new Date("2024-08-01T00:00:00Z");
    expect(await update({ ehr_patient_id: at, language_code: undefined, duration: 1 })).toEqual({
      ehr_patient_id: "2024-08-01T00:00:00.000Z",
      duration: 1,
    });
    expect(await update({ patient: { toJSON: () => ({ name: "A" }) }, ehr_appointment_id: null })).toEqual({
      patient: { name: "A" },
      ehr_appointment_id: null,
    });
  });

  const circular: Record<string, unknown> = { name: SECRET };
  circular["itself"] = circular;

  it.each<[string, object]>([
    ["a circle", { patient: circular }],
    ["a bigint", { patient: { name: SECRET, size: 1n } }],
    [
      "a toJSON that throws",
      {
        patient: {
          toJSON: () => {
            throw new Error(SECRET);
          },
        },
      },
    ],
    ["a number that is none, where the API wants a whole one", { duration: Number.NaN }],
    ["a fraction, where the API wants a whole number", { duration: 1.5 }],
    ["text, where the API wants a list", { clinician_notes: SECRET }],
    ["text, where the API wants true or false", { consent_obtained: "yes" }],
  ])("are refused before a request when they hold %s, and not quoted [G10]", async (_, body) => {
    const { clinician, sent } = clinicianOn();
    const error = await refusalOf(() => clinician.sessions.update("1", body));
    expect(error.message).not.toContain(SECRET);
    expect(sent).toEqual([]);
  });

  it("are refused, and not quoted, where a consult or a wait makes its key of them [G10]", async () => {
    const { clinician, sent } = clinicianOn();
    const circle: Record<string, unknown> = {};
    circle[SECRET] = circle;
    const session = { patient: { name: SECRET, ...circle } };
    const codes = { coding_system: "SNOMED-CT", more: circle } as never;
    const resume = { version: 1, wait: "clinical codes", subject: "0", polls: 0, elapsedMs: 0 } as const;
    for (const run of [
      () => clinician.consult({ audio: new Uint8Array(3), session: session as never }).result(),
      () => clinician.clinicalCoding.waitForCodes("1", codes, { resume }),
    ]) {
      const error = await refusalOf(run);
      expect(error.message).not.toContain(SECRET);
    }
    expect(sent).toEqual([]);
  });

  it.each([
    ["null", null],
    ["text", "{}"],
    ["a list", []],
    ["a number", 1],
    ["nothing", undefined],
  ])("must be in an object, not %s [G10]", async (_, body) => {
    const { clinician, sent } = clinicianOn();
    expect((await refusalOf(() => clinician.sessions.update("1", body as object))).argument).toBe("body");
    expect(sent).toEqual([]);
  });

  it("of a query may be text, finite numbers, booleans, big integers and dates [G10]", async () => {
    const { clinician, sent } = clinicianOn();
    const query = {
      a: "x y",
      b: 1.5,
      c: true,
      d: 2n ** 64n,
      e: new Date(0),
      f: undefined,
      g: null,
      h: ["1", "2"],
    };
    await clinician.request("GET", "/x", { query });
    expect(sent[0]?.url).toBe(
      `${BASE_URL}/x?a=x%20y&b=1.5&c=true&d=18446744073709551616&e=1970-01-01T00%3A00%3A00.000Z&h=1&h=2`,
    );
  });

  it.each([
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [{}],
    [() => 1],
    [Symbol("a")],
    [new Date(Number.NaN)],
    ["\udc00"],
    [[["a"]]],
  ])("of a query are refused when they are none of these (%#) [G10]", async (value) => {
    const { clinician, sent } = clinicianOn();
    await refusalOf(() => clinician.request("GET", "/x", { query: { name: value } }));
    expect(sent).toEqual([]);
  });
});
