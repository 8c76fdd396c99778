import { audioForm, type Send } from "./listener.ts";

/**
 * A request that is refused: with which status, and with which `type` of the documented envelope or which list of
 * `loc: type` of a validation error; or which text, where the detail is one.
 */
export type RefusalCase = readonly [
  title: string,
  status: number,
  detail: string | readonly string[] | RegExp,
  request: string,
  init?: Send,
];

const note = { generation_method: "TEMPLATE", addition: "", voice_style: "BRIEF", brain: "LEFT" };
const multipart = (body: string, boundary = "B"): Send => ({
  body,
  headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
});
const part = 'Content-Disposition: form-data; name="file"; filename="a.ogg"\r\nContent-Type: audio/ogg';
const refused = (token: string | undefined): Send =>
  token === undefined ? { as: undefined } : { as: undefined, headers: { authorization: token } };

// `:id` stands for an existing session.
export const refusalCases: readonly RefusalCase[] = [
  ["no token", 401, "UnauthorizedError", "GET /sessions/:id", refused(undefined)],
  ["another scheme", 401, "UnauthorizedError", "GET /sessions/:id", refused("Basic eDp5")],
  ["a token of no shape", 401, "UnauthorizedError", "GET /sessions/:id", refused("Bearer nonsense")],
  [
    "a token without signature",
    401,
    "UnauthorizedError",
    "GET /sessions/:id",
    refused("Bearer eyJhbGciOiJub25lIn0.e30."),
  ],
  [
    "no API key",
    401,
    "UnauthorizedError",
    "GET /jwt?email=a@b.c&third_party_internal_id=1",
    { as: undefined },
  ],
  [
    "a wrong API key",
    401,
    "UnauthorizedError",
    "GET /jwt?email=a@b.c&third_party_internal_id=1",
    { as: undefined, headers: { "heidi-api-key": "wrong" } },
  ],
  ["an unknown path", 404, /^Not Found$/, "GET /nothing"],
  ["a wrong method", 405, /^Method Not Allowed$/, "PUT /sessions/:id"],
  ["a path that is not percent-encoded", 400, "BadRequestError", "GET /sessions/%E0%A4%A"],
  ["an unknown session", 404, "SessionNotFoundError", "GET /sessions/1"],
  ["a prototype's name as session", 404, "SessionNotFoundError", "GET /sessions/__proto__"],
  ["an unknown profile", 404, "PatientProfileNotFoundError", "GET /patient-profiles/1"],
  [
    "an unknown template",
    404,
    "TemplateNotFoundError",
    "POST /sessions/:id/consult-note",
    { body: { ...note, template_id: "x" } },
  ],
  ["a missing query value", 422, ["query.coding_system: missing"], "GET /sessions/:id/clinical-codes"],
  [
    "a query value outside its list",
    422,
    ["query.coding_system: enum"],
    "GET /sessions/:id/clinical-codes?coding_system=ICD-12",
  ],
  [
    "a page size that is no number",
    422,
    ["query.page_size: integer_type"],
    "GET /sessions/linked-user?page_size=many",
  ],
  [
    "a page size out of range",
    422,
    ["query.page_size: less_than_equal"],
    "GET /sessions/linked-user?page_size=201",
  ],
  ["a page that does not exist", 422, ["query.page: greater_than_equal"], "GET /sessions/linked-user?page=0"],
  ["no ids", 422, ["query.ids: missing"], "DELETE /sessions/:id/context-documents"],
  ["no body", 422, ["body: missing"], "POST /patient-profiles"],
  ["a body that is not JSON", 422, ["body: json_invalid"], "POST /patient-profiles", { body: "{" }],
  ["a body that is no object", 422, ["body: object_type"], "POST /patient-profiles", { body: "[]" }],
  [
    "a body of another type",
    422,
    ["body: content_type"],
    "POST /patient-profiles",
    { body: "{}", headers: { "content-type": "text/plain" } },
  ],
  [
    "JSON nested without end",
    422,
    ["body: json_invalid"],
    "POST /patient-profiles",
    { body: "[".repeat(50_000) + "]".repeat(50_000) },
  ],
  [
    "a date that does not exist",
    422,
    ["body.date_of_birth: date_parsing", "body.gender: string_type"],
    "POST /patient-profiles",
    { body: { date_of_birth: "2026-02-30", gender: 1 } },
  ],
  [
    "missing and unknown values of a note",
    422,
    ["body.voice_style: missing", "body.generation_method: enum"],
    "POST /sessions/:id/consult-note",
    { body: { generation_method: "X", addition: "", brain: "LEFT" } },
  ],
  [
    "an item of the wrong type",
    422,
    ["body.clinician_notes.1: string_type"],
    "PATCH /sessions/:id",
    { body: { clinician_notes: ["a", 1] } },
  ],
  [
    "an upload without a form",
    422,
    ["body.file: missing"],
    "POST /sessions/:id/upload-audio",
    { body: "{}" },
  ],
  [
    "an upload without its file",
    422,
    ["body.file: missing"],
    "POST /sessions/:id/upload-audio",
    multipart('--B\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--B--'),
  ],
  [
    "a text where the file belongs",
    422,
    ["body.file: value_error"],
    "POST /sessions/:id/upload-audio",
    multipart('--B\r\nContent-Disposition: form-data; name="file"\r\n\r\n1\r\n--B--'),
  ],
  [
    "an empty file",
    422,
    ["body.file: value_error"],
    "POST /sessions/:id/upload-audio",
    { form: audioForm("") },
  ],
  [
    "audio that says it is none",
    400,
    "UnsupportedAudioError",
    "POST /sessions/:id/upload-audio",
    { form: audioForm("x", "text/html") },
  ],
  [
    "a form cut off",
    400,
    /^There was an error parsing the body: ./,
    "POST /sessions/:id/upload-audio",
    multipart(`--B\r\n${part}\r\n\r\ncut`),
  ],
  [
    "a form with another boundary",
    400,
    /^There was an error parsing the body: ./,
    "POST /sessions/:id/upload-audio",
    multipart(`--B\r\n${part}\r\n\r\nx\r\n--B--`, "C"),
  ],
  [
    "a form without boundary",
    400,
    /^There was an error parsing the body: ./,
    "POST /sessions/:id/upload-audio",
    { body: "x", headers: { "content-type": "multipart/form-data" } },
  ],
  [
    "a flag that is none",
    422,
    ["body.unstructured: boolean_type"],
    "POST /sessions/:id/context-documents",
    multipart(
      `--B\r\n${part}\r\n\r\nx\r\n--B\r\nContent-Disposition: form-data; name="unstructured"\r\n\r\nperhaps\r\n--B--`,
    ),
  ],
];
