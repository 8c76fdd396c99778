import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSandbox } from "../../../src/sandbox/index.ts";
import { audioForm, type Client, doors, manualClock, openClient, type Send } from "./door.ts";

interface Case {
  readonly title: string;
  readonly method: string;
  readonly path: string;
  readonly init?: Send;
  readonly status: number;
  /** The `type` of the documented envelope, or the list of `loc: type` of a validation error. */
  readonly detail: string | readonly string[];
}

const note = { generation_method: "TEMPLATE", addition: "", voice_style: "BRIEF", brain: "LEFT" };
const multipart = (body: string, boundary = "B"): Send => ({
  body,
  headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
});
const part = 'Content-Disposition: form-data; name="file"; filename="a.ogg"\r\nContent-Type: audio/ogg';
const refused = (token: string | undefined): Send =>
  token === undefined ? { as: undefined } : { as: undefined, headers: { authorization: token } };

// `:id` stands for an existing session.
const cases: readonly Case[] = [
  {
    title: "no token",
    method: "GET",
    path: "/sessions/:id",
    init: refused(undefined),
    status: 401,
    detail: "UnauthorizedError",
  },
  {
    title: "another scheme",
    method: "GET",
    path: "/sessions/:id",
    init: refused("Basic eDp5"),
    status: 401,
    detail: "UnauthorizedError",
  },
  {
    title: "a token of no shape",
    method: "GET",
    path: "/sessions/:id",
    init: refused("Bearer nonsense"),
    status: 401,
    detail: "UnauthorizedError",
  },
  {
    title: "a token without signature",
    method: "GET",
    path: "/sessions/:id",
    init: refused("Bearer eyJhbGciOiJub25lIn0.e30."),
    status: 401,
    detail: "UnauthorizedError",
  },
  {
    title: "no API key",
    method: "GET",
    path: "/jwt?email=a@b.c&third_party_internal_id=1",
    init: { as: undefined },
    status: 401,
    detail: "UnauthorizedError",
  },
  {
    title: "a wrong API key",
    method: "GET",
    path: "/jwt?email=a@b.c&third_party_internal_id=1",
    init: { as: undefined, headers: { "heidi-api-key": "wrong" } },
    status: 401,
    detail: "UnauthorizedError",
  },
  { title: "an unknown path", method: "GET", path: "/nothing", status: 404, detail: "NotFoundError" },
  {
    title: "a wrong method",
    method: "PUT",
    path: "/sessions/:id",
    status: 405,
    detail: "MethodNotAllowedError",
  },
  {
    title: "a path that is not percent-encoded",
    method: "GET",
    path: "/sessions/%E0%A4%A",
    status: 400,
    detail: "BadRequestError",
  },
  {
    title: "an unknown session",
    method: "GET",
    path: "/sessions/1",
    status: 404,
    detail: "SessionNotFoundError",
  },
  {
    title: "a prototype's name as session",
    method: "GET",
    path: "/sessions/__proto__",
    status: 404,
    detail: "SessionNotFoundError",
  },
  {
    title: "an unknown profile",
    method: "GET",
    path: "/patient-profiles/1",
    status: 404,
    detail: "PatientProfileNotFoundError",
  },
  {
    title: "an unknown template",
    method: "POST",
    path: "/sessions/:id/consult-note",
    init: { body: { ...note, template_id: "x" } },
    status: 404,
    detail: "TemplateNotFoundError",
  },
  {
    title: "a missing query value",
    method: "GET",
    path: "/sessions/:id/clinical-codes",
    status: 422,
    detail: ["query.coding_system: missing"],
  },
  {
    title: "a query value outside its list",
    method: "GET",
    path: "/sessions/:id/clinical-codes?coding_system=ICD-12",
    status: 422,
    detail: ["query.coding_system: enum"],
  },
  {
    title: "a page size that is no number",
    method: "GET",
    path: "/sessions/linked-user?page_size=many",
    status: 422,
    detail: ["query.page_size: integer_type"],
  },
  {
    title: "a page size out of range",
    method: "GET",
    path: "/sessions/linked-user?page_size=201",
    status: 422,
    detail: ["query.page_size: less_than_equal"],
  },
  {
    title: "a page that does not exist",
    method: "GET",
    path: "/sessions/linked-user?page=0",
    status: 422,
    detail: ["query.page: greater_than_equal"],
  },
  {
    title: "no ids",
    method: "DELETE",
    path: "/sessions/:id/context-documents",
    status: 422,
    detail: ["query.ids: missing"],
  },
  { title: "no body", method: "POST", path: "/patient-profiles", status: 422, detail: ["body: missing"] },
  {
    title: "a body that is not JSON",
    method: "POST",
    path: "/patient-profiles",
    init: { body: "{" },
    status: 422,
    detail: ["body: json_invalid"],
  },
  {
    title: "a body that is no object",
    method: "POST",
    path: "/patient-profiles",
    init: { body: "[]" },
    status: 422,
    detail: ["body: object_type"],
  },
  {
    title: "a body of another type",
    method: "POST",
    path: "/patient-profiles",
    init: { body: "{}", headers: { "content-type": "text/plain" } },
    status: 422,
    detail: ["header.content-type: content_type"],
  },
  {
    title: "JSON nested without end",
    method: "POST",
    path: "/patient-profiles",
    init: { body: "[".repeat(50_000) + "]".repeat(50_000) },
    status: 422,
    detail: ["body: json_invalid"],
  },
  {
    title: "a date that does not exist",
    method: "POST",
    path: "/patient-profiles",
    init: { body: { date_of_birth: "2026-02-30", gender: 1 } },
    status: 422,
    detail: ["body.date_of_birth: date_parsing", "body.gender: string_type"],
  },
  {
    title: "missing and unknown values of a note",
    method: "POST",
    path: "/sessions/:id/consult-note",
    init: { body: { generation_method: "X", addition: "", brain: "LEFT" } },
    status: 422,
    detail: ["body.voice_style: missing", "body.generation_method: enum"],
  },
  {
    title: "an item of the wrong type",
    method: "PATCH",
    path: "/sessions/:id",
    init: { body: { clinician_notes: ["a", 1] } },
    status: 422,
    detail: ["body.clinician_notes.1: string_type"],
  },
  {
    title: "an upload without a form",
    method: "POST",
    path: "/sessions/:id/upload-audio",
    init: { body: "{}" },
    status: 422,
    detail: ["header.content-type: content_type"],
  },
  {
    title: "an upload without its file",
    method: "POST",
    path: "/sessions/:id/upload-audio",
    init: multipart('--B\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--B--'),
    status: 422,
    detail: ["body.file: missing"],
  },
  {
    title: "a text where the file belongs",
    method: "POST",
    path: "/sessions/:id/upload-audio",
    init: multipart('--B\r\nContent-Disposition: form-data; name="file"\r\n\r\n1\r\n--B--'),
    status: 422,
    detail: ["body.file: value_error"],
  },
  {
    title: "an empty file",
    method: "POST",
    path: "/sessions/:id/upload-audio",
    init: { form: audioForm("") },
    status: 422,
    detail: ["body.file: value_error"],
  },
  {
    title: "audio that says it is none",
    method: "POST",
    path: "/sessions/:id/upload-audio",
    init: { form: audioForm("x", "text/html") },
    status: 400,
    detail: "UnsupportedAudioError",
  },
  {
    title: "a form cut off",
    method: "POST",
    path: "/sessions/:id/upload-audio",
    init: multipart(`--B\r\n${part}\r\n\r\ncut`),
    status: 400,
    detail: "MultipartParseError",
  },
  {
    title: "a form with another boundary",
    method: "POST",
    path: "/sessions/:id/upload-audio",
    init: multipart(`--B\r\n${part}\r\n\r\nx\r\n--B--`, "C"),
    status: 400,
    detail: "MultipartParseError",
  },
  {
    title: "a form without boundary",
    method: "POST",
    path: "/sessions/:id/upload-audio",
    init: { body: "x", headers: { "content-type": "multipart/form-data" } },
    status: 400,
    detail: "MultipartParseError",
  },
  {
    title: "a flag that is none",
    method: "POST",
    path: "/sessions/:id/context-documents",
    init: multipart(
      `--B\r\n${part}\r\n\r\nx\r\n--B\r\nContent-Disposition: form-data; name="unstructured"\r\n\r\nperhaps\r\n--B--`,
    ),
    status: 422,
    detail: ["body.unstructured: boolean_type"],
  },
];

describe.each(doors)("the %s door refuses", (door) => {
  let client: Client;
  let id: string;
  beforeAll(async () => {
    client = await openClient(door);
    id = await client.session();
  });
  afterAll(() => client.sandbox.close());

  it.each(cases)("$title with $status", async ({ method, path, init, status, detail }) => {
    const response = await client.send(method, path.replace(":id", id), init);
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/json");
    const body = (await response.json()) as { detail: unknown };
    if (typeof detail === "string") {
      expect(body.detail).toEqual({ msg: expect.stringMatching(/./), type: detail });
    } else {
      const list = body.detail as { loc: string[]; msg: string; type: string }[];
      expect(list.map(({ loc, type }) => `${loc.join(".")}: ${type}`)).toEqual(detail);
    }
    expect((await client.send("GET", `/sessions/${id}`)).status).toBe(200);
  });
});

describe.each(doors)("tokens through the %s door", (door) => {
  it("expire by the clock, exactly when they say", async () => {
    const clock = manualClock();
    const client = await openClient(door, { clock, tokenLifetimeMs: 1500 });
    await using _ = client.sandbox;
    const query = "email=dr@clinic.example&third_party_internal_id=1";
    const headers = { "heidi-api-key": client.sandbox.apiKey };
    const issued = await client.json("GET", `/jwt?${query}`, { as: undefined, headers });
    expect(issued.expiration_time).toBe("2026-03-02T09:00:01.500Z");
    const use = (): Promise<Response> =>
      client.send("GET", "/patient-profiles", {
        as: undefined,
        headers: { authorization: `Bearer ${issued.token}` },
      });
    clock.advance(1499);
    expect((await use()).status).toBe(200);
    clock.advance(1);
    expect((await use()).status).toBe(401);
  });

  it("are refused when forged, and when another tenant's", async () => {
    const client = await openClient(door);
    await using _ = client.sandbox;
    await using other = await createSandbox({ apiKey: "another-key" });
    const url = `${other.baseUrl}/jwt?email=dr@clinic.example&third_party_internal_id=1`;
    const foreign = (await (
      await other.fetch(url, { headers: { "heidi-api-key": "another-key" } })
    ).json()) as { token: string };
    const token = await client.token();
    const [head, , signature] = token.split(".");
    const claims = btoa(
      JSON.stringify({ email: "x@y.z", third_party_internal_id: "1", tenant: "t", exp: 9e9 }),
    );
    const reasons: string[] = [];
    for (const bad of [foreign.token, `${head}.${claims.replaceAll("=", "")}.${signature}`, `${token}.x`]) {
      const headers = { authorization: `Bearer ${bad}` };
      const response = await client.send("GET", "/patient-profiles", { as: undefined, headers });
      expect(response.status).toBe(401);
      reasons.push(((await response.json()) as { detail: { msg: string } }).detail.msg);
    }
    expect(reasons).toEqual([
      "The token belongs to another tenant",
      "The token's signature is invalid",
      "The token is malformed",
    ]);
  });
});
