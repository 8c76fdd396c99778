import fc from "fast-check";
import { HeidiArgumentError } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { operations } from "../../../generated/operations.ts";
import { checkArguments } from "../../../src/http/arguments.ts";
import { dialectAskedFor, refusedFields, writeForm } from "../../../src/http/dialect.ts";
import type { Dialect, Operation } from "../../../src/http/operation.ts";

function row(id: string): Operation {
  const found = operations[id];
  if (found === undefined) throw new Error(`no operation ${id}`);
  return found;
}

/** What is sent of checked input: the query and the body. */
function sent(id: string, input: { query?: object; body?: unknown }, dialect: Dialect, bothNames = false) {
  const operation = row(id);
  const path = operation.pathParameters.map(() => "1");
  checkArguments(operation, { path, ...input });
  const { query, body } = writeForm(operation, { path, ...input }, dialect, bothNames);
  return { ...(input.query ? { query } : {}), ...(input.body === undefined ? {} : { body }) };
}

const file = new Blob(["%PDF-"]);
const template = { template: "The plan", questions: [], summaryRequired: true };
const document = { generation_method: "TEMPLATE", template_id: "t", brain: "LEFT" };

const CASES: readonly {
  id: string;
  given: readonly { query?: object; body?: unknown }[];
  spec: { query?: object; body?: unknown };
  documented: { query?: object; body?: unknown };
}[] = [
  {
    id: "linkSessionToPatientProfile",
    given: [
      { body: { session_id: "7" } },
      { body: { session_ids: ["7"] } },
      { body: { session_id: "7", session_ids: ["7"] } },
    ],
    spec: { body: { session_id: "7" } },
    documented: { body: { session_ids: ["7"] } },
  },
  {
    id: "createPatientProfile",
    given: [
      { body: { first_name: "A", date_of_birth: "1980-01-01" } },
      { body: { first_name: "A", birth_date: "1980-01-01" } },
    ],
    spec: { body: { first_name: "A", date_of_birth: "1980-01-01" } },
    documented: { body: { first_name: "A", birth_date: "1980-01-01" } },
  },
  {
    id: "updatePatientProfile",
    given: [{ body: { date_of_birth: null } }, { body: { birth_date: null } }],
    spec: { body: { date_of_birth: null } },
    documented: { body: { birth_date: null } },
  },
  {
    id: "listPatientProfiles",
    given: [{ query: { provider: "p", page: 2 } }, { query: { ehr_provider: "p", page: 2 } }],
    spec: { query: { provider: "p", page: 2 } },
    documented: { query: { ehr_provider: "p", page: 2 } },
  },
  {
    id: "uploadContextDocument",
    given: [
      { body: { file, unstructured: true } },
      { body: { file, meta_data: { unstructured: true } } },
      { body: { context_documents: file, meta_data: { unstructured: true }, unstructured: true } },
    ],
    spec: { body: { file, unstructured: true } },
    documented: { body: { context_documents: file, meta_data: { unstructured: true } } },
  },
  {
    id: "uploadContextDocument",
    given: [{ body: { file, meta_data: { kind: "letter" } } }],
    spec: { body: { file, meta_data: { kind: "letter" } } },
    documented: { body: { context_documents: file, meta_data: { kind: "letter" } } },
  },
  {
    id: "uploadContextDocument",
    given: [{ body: { file } }],
    spec: { body: { file } },
    documented: { body: { context_documents: file, meta_data: {} } },
  },
  {
    id: "generateCustomTemplateConsultNote",
    given: [{ body: { template, content_type: "HTML" } }, { body: { ...template, content_type: "HTML" } }],
    spec: { body: { template, content_type: "HTML" } },
    documented: { body: template },
  },
  {
    id: "generateDocument",
    given: [{ body: document }],
    spec: { body: { ...document, voice_style: "GOLDILOCKS" } },
    documented: { body: { ...document, document_tab_type: "DOCUMENT" } },
  },
  {
    id: "generateDocument",
    given: [{ body: { ...document, voice_style: "BRIEF", document_tab_type: "OTHER" } }],
    spec: { body: { ...document, voice_style: "BRIEF", document_tab_type: "OTHER" } },
    documented: { body: { ...document, voice_style: "BRIEF", document_tab_type: "OTHER" } },
  },
  {
    id: "getSessionClinicalCodes",
    given: [{ query: { coding_system: "ICD-10" } }],
    spec: { query: { coding_system: "ICD-10" } },
    documented: { query: { coding_system: "ICD-10" } },
  },
  {
    id: "generateConsultNote",
    given: [
      {
        body: {
          generation_method: "THIRD_PARTY_TEMPLATE",
          third_party_template: { plan: "" },
          addition: "",
          voice_style: "BRIEF",
          brain: "LEFT",
        },
      },
    ],
    spec: { body: expect.objectContaining({ third_party_template: '{"plan":""}' }) },
    documented: { body: expect.objectContaining({ third_party_template: '{"plan":""}' }) },
  },
];

const rows = CASES.flatMap(({ id, given, spec, documented }) =>
  given.flatMap((input) => [
    { id, input, dialect: "spec" as const, wanted: spec },
    { id, input, dialect: "documented" as const, wanted: documented },
  ]),
);

describe("a request in the form of a dialect", () => {
  it.each(rows)("of $id in the $dialect form, from $input", ({ id, input, dialect, wanted }) => {
    const before = structuredClone({ ...input, body: undefined });
    expect(sent(id, input, dialect)).toEqual(wanted);
    expect({ ...input, body: undefined }).toEqual(before);
  });

  it("is the caller's own object for an operation with one form", () => {
    expect(row("createSession").forms).toBeUndefined();
  });

  it("has a field under both of its names where it is not known which one is read", () => {
    expect(sent("createPatientProfile", { body: { birth_date: "1980-01-01" } }, "spec", true)).toEqual({
      body: { birth_date: "1980-01-01", date_of_birth: "1980-01-01" },
    });
    expect(sent("listPatientProfiles", { query: { provider: "p" } }, "spec", true)).toEqual({
      query: { provider: "p", ehr_provider: "p" },
    });
    // A session would be linked twice, and a file cannot be sent twice.
    expect(sent("linkSessionToPatientProfile", { body: { session_id: "7" } }, "spec", true)).toEqual({
      body: { session_id: "7" },
    });
    expect(sent("uploadContextDocument", { body: { file } }, "spec", true)).toEqual({ body: { file } });
  });

  it.each([
    [
      "linkSessionToPatientProfile",
      { body: { session_id: "7", session_ids: ["8"] } },
      /two names of the same field/,
    ],
    [
      "linkSessionToPatientProfile",
      { body: { session_id: "7", session_ids: ["7", "8"] } },
      /two names of the same field/,
    ],
    [
      "createPatientProfile",
      { body: { date_of_birth: "1980-01-01", birth_date: "1980-01-02" } },
      /two names/,
    ],
    ["listPatientProfiles", { query: { provider: "a", ehr_provider: "b" } }, /two names of the same field/],
    [
      "uploadContextDocument",
      { body: { file, unstructured: true, meta_data: { unstructured: false } } },
      /two/,
    ],
    [
      "uploadContextDocument",
      { body: { file, context_documents: new Blob(["x"]) } },
      /two names of the same field/,
    ],
    ["uploadContextDocument", { body: { file, meta_data: "{}" } }, /must be an object, not a string/],
    ["uploadContextDocument", { body: { file, meta_data: ["x"] } }, /must be an object, not an array/],
    ["linkSessionToPatientProfile", { body: {} }, /`session_id` is missing/],
    ["linkSessionToPatientProfile", { body: { session_ids: [] } }, /at least 1 item/],
    ["generateCustomTemplateConsultNote", { body: {} }, /`template` is missing/],
  ])("of %s refuses %j in both forms", (id, input, message) => {
    for (const dialect of ["spec", "documented"] as const) {
      expect(() => sent(id, input, dialect)).toThrow(HeidiArgumentError);
      expect(() => sent(id, input, dialect)).toThrow(message);
    }
  });

  it("takes null for a spelling that is not given when the other one is", () => {
    const given = [
      { date_of_birth: null, birth_date: "1980-01-01" },
      { date_of_birth: "1980-01-01", birth_date: null },
    ];
    for (const body of given) {
      expect(sent("updatePatientProfile", { body }, "spec")).toEqual({
        body: { date_of_birth: "1980-01-01" },
      });
      expect(sent("updatePatientProfile", { body }, "documented")).toEqual({
        body: { birth_date: "1980-01-01" },
      });
    }
    const ids = { session_id: null, session_ids: ["7"] };
    expect(sent("linkSessionToPatientProfile", { body: ids }, "spec")).toEqual({ body: { session_id: "7" } });
    const facts = { file, unstructured: true, meta_data: { unstructured: null } };
    expect(sent("uploadContextDocument", { body: facts }, "spec")).toEqual({
      body: { file, unstructured: true },
    });
  });

  class Facts {
    get unstructured(): boolean {
      return true;
    }
  }
  class Template {
    readonly #text = "The plan";
    get template(): string {
      return this.#text;
    }
    get questions(): unknown[] {
      return [];
    }
  }
  const said = { toJSON: () => ({ unstructured: true, kind: "letter" }) };

  it("is written of all that an instance of a class says", () => {
    for (const dialect of ["spec", "documented"] as const) {
      const plain = sent(
        "uploadContextDocument",
        { body: { file, meta_data: { unstructured: true } } },
        dialect,
      );
      expect(sent("uploadContextDocument", { body: { file, meta_data: new Facts() } }, dialect)).toEqual(
        plain,
      );
      const more = sent("uploadContextDocument", { body: { file, meta_data: said.toJSON() } }, dialect);
      expect(sent("uploadContextDocument", { body: { file, meta_data: said } }, dialect)).toEqual(more);
      const bare = { template: "The plan", questions: [] };
      const wanted = { body: dialect === "spec" ? { template: bare } : bare };
      const id = "generateCustomTemplateConsultNote";
      expect(sent(id, { body: new Template() }, dialect)).toEqual(wanted);
      expect(sent(id, { body: { template: new Template() } }, dialect)).toEqual(wanted);
    }
  });

  const note = {
    generation_method: "THIRD_PARTY_TEMPLATE",
    addition: "",
    voice_style: "BRIEF",
    brain: "LEFT",
  };

  class Hidden {
    readonly #kind = "letter";
    get kind(): string {
      return this.#kind;
    }
  }
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;

  it.each([
    ["a Map", new Map([["kind", "letter"]])],
    ["a Map inside", { kind: new Map([["kind", "letter"]]) }],
    ["a Set inside", { kinds: new Set(["letter"]) }],
    ["a Date", new Date(0)],
    ["a URL", new URL("https://clinic.example")],
    ["an instance with getters only", new Hidden()],
    ["one inside", { kind: new Hidden() }],
    ["a form", new FormData()],
    ["bytes", new Uint8Array(4)],
    ["a circle", circular],
    ["a function inside", { kind: () => "letter" }],
    ["a BigInt inside", { kind: 1n }],
    [
      "a throwing getter",
      Object.defineProperty({}, "kind", {
        enumerable: true,
        get: () => {
          throw new Error("Karen");
        },
      }),
    ],
  ])("of JSON as text never loses anything silently: %s is refused", (_, value) => {
    const cases = [
      ["uploadContextDocument", "meta_data", { file }],
      ["generateConsultNote", "third_party_template", note],
    ] as const;
    for (const [id, argument, rest] of cases) {
      for (const dialect of ["spec", "documented"] as const) {
        const write = () => sent(id, { body: { ...rest, [argument]: value } }, dialect);
        expect(write).toThrow(HeidiArgumentError);
        expect(write).toThrow(
          expect.objectContaining({ argument, message: expect.not.stringMatching(/Karen|letter/) }),
        );
      }
    }
  });

  it("takes a list of objects, and text as it is, for a template of one's own", () => {
    for (const third_party_template of ['{"Plan": ""}', [{ Plan: "" }]]) {
      const body = { ...note, third_party_template };
      const text = typeof third_party_template === "string" ? third_party_template : '[{"Plan":""}]';
      const { body: written } = writeForm(row("generateConsultNote"), { body }, "spec");
      expect(written).toMatchObject({ third_party_template: text });
    }
  });

  it("is one of nothing for an object without a prototype, too", () => {
    expect(() => sent("linkSessionToPatientProfile", { body: Object.create(null) }, "spec")).toThrow(
      /`session_id` is missing/,
    );
  });

  it("says which form cannot say what was given", () => {
    expect(() => sent("linkSessionToPatientProfile", { body: { session_ids: ["7", "8"] } }, "spec")).toThrow(
      /2 items.*`dialect` to "documented"/,
    );
    expect(() => sent("getSessionClinicalCodes", { query: {} }, "spec")).toThrow(
      /`coding_system` is missing/,
    );
    expect(sent("getSessionClinicalCodes", { query: {} }, "documented")).toEqual({ query: {} });
  });

  it("says the same however it was given: a form of a form is that form", () => {
    const given = fc.record(
      {
        first_name: fc.string(),
        date_of_birth: fc.option(fc.string(), { nil: null }),
        provider: fc.string(),
        phone: fc.string(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(given, (body) => {
        for (const dialect of ["spec", "documented"] as const) {
          const once = sent("createPatientProfile", { body }, dialect);
          for (const between of ["spec", "documented"] as const) {
            const other = sent("createPatientProfile", { body }, between);
            expect(sent("createPatientProfile", { body: other.body }, dialect)).toEqual(once);
          }
        }
      }),
    );
  });
});

const missing = (...loc: string[]) => ({ loc, msg: "field required", type: "value_error.missing" });
const answer = (detail: unknown): string => JSON.stringify({ detail });

describe("a refusal", () => {
  it.each([
    ["linkSessionToPatientProfile", answer([missing("body", "session_ids")]), "spec", "documented"],
    ["linkSessionToPatientProfile", answer([missing("body", "session_id")]), "documented", "spec"],
    ["linkSessionToPatientProfile", answer("session_ids is required"), "spec", "documented"],
    ["linkSessionToPatientProfile", answer({ msg: "Missing session_ids", type: "X" }), "spec", "documented"],
    ["uploadContextDocument", answer([missing("body", "context_documents")]), "spec", "documented"],
    ["uploadContextDocument", answer([missing("body", "file")]), "documented", "spec"],
    ["getSessionClinicalCodes", answer([missing("query", "coding_system")]), "documented", "spec"],
    ["generateDocument", answer([missing("body", "voice_style")]), "documented", "spec"],
    [
      "generateCustomTemplateConsultNote",
      answer([{ loc: ["body", "template"], msg: "str type expected", type: "type_error.str" }]),
      "spec",
      "documented",
    ],
    ["generateCustomTemplateConsultNote", answer([missing("body", "questions")]), "spec", "documented"],
    [
      "createPatientProfile",
      answer([
        { loc: ["body", "date_of_birth"], msg: "extra fields not permitted", type: "value_error.extra" },
      ]),
      "spec",
      "documented",
    ],
  ] as const)("of %s that says %s in answer to %s asks for the form %s", (id, body, was, asked) => {
    expect(dialectAskedFor(row(id), body, was)).toBe(asked);
  });

  it.each([
    ["linkSessionToPatientProfile", answer([missing("body", "patient")])],
    ["linkSessionToPatientProfile", answer("not today")],
    ["linkSessionToPatientProfile", "<html>session_ids</html>"],
    ["createPatientProfile", answer([missing("body", "first_name")])],
    ["createSession", answer([missing("body", "session_ids")])],
  ])("of %s that says %s asks for none", (id, body) => {
    expect(dialectAskedFor(row(id), body, "spec")).toBeUndefined();
  });

  it.each([
    [
      "createPatientProfile",
      answer([{ loc: ["body", "birth_date"], msg: "invalid date", type: "value_error.date" }]),
    ],
    ["createPatientProfile", answer("birth_date must not be in the future")],
    ["linkSessionToPatientProfile", answer("session_ids: no such session")],
    ["linkSessionToPatientProfile", answer("Unknown session for session_ids")],
    ["uploadContextDocument", answer("context_documents is not a PDF")],
    ["uploadContextDocument", answer([missing("body", "meta_data", "kind")])],
    ["generateCustomTemplateConsultNote", answer("The template is too long")],
    [
      "generateCustomTemplateConsultNote",
      answer([missing("body", "template", "questions", "0", "questionId")]),
    ],
    [
      "generateCustomTemplateConsultNote",
      answer([{ loc: ["body", "template"], msg: "bad", type: "value_error" }]),
    ],
  ])("of a value of %s, %s, asks for none", (id, body) => {
    for (const dialect of ["spec", "documented"] as const)
      expect(dialectAskedFor(row(id), body, dialect)).toBeUndefined();
  });

  it("names the table's own fields only, and what is wrong with each [R18]", () => {
    const body = answer([
      missing("body", "session_ids"),
      missing("body", "patients", "secret"),
      { loc: ["body", "session_id"], msg: "extra fields not permitted", type: "value_error.extra" },
      { loc: ["body", "session_ids", 0], msg: "none is not an allowed value", type: "type_error.none" },
    ]);
    expect(refusedFields(row("linkSessionToPatientProfile"), body)).toEqual([
      { name: "session_ids", fault: "missing" },
      { name: "session_id", fault: "unknown" },
    ]);
  });
});
