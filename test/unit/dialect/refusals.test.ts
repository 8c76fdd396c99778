import { Heidi, HeidiArgumentError } from "heidi-health-sdk";
import { afterEach, describe, expect, it, vi } from "vitest";
import { clinicianOn, fault, HEIDI, link, missing, refusal, type Sent, takes } from "./support.ts";

const bytes = new TextEncoder().encode("%PDF-1.4 a letter");
const once = () => ({ data: new Blob([bytes]).stream(), filename: "a.pdf" });
const template = { template: "The plan", questions: [] };
const document = { generation_method: "TEMPLATE", template_id: "t", brain: "LEFT" } as const;

/** What a call was refused with. */
const errorOf = (call: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(call).then(
    () => undefined,
    (error: unknown) => error,
  );

afterEach(() => {
  vi.useRealTimers();
});

describe("a refused value", () => {
  it.each([
    ["a date", [fault("date_of_birth", "date_from_datetime_parsing", "Input should be a valid date")]],
    ["a date, under the other name", [fault("birth_date", "value_error.date", "invalid date format")]],
    ["a date, in prose", "birth_date must not be in the future"],
    ["a date, in the API's own prose", { msg: "Invalid date_of_birth", type: "X" }],
    ["a date, which is required to be one", "birth_date is required to be a date"],
    ["a date of which the format is unknown", "date_of_birth has an unknown format"],
    ["a name that was sent", [fault("birth_date")]],
  ])("is no reason to send the other form: %s", async (_, detail) => {
    const stored: unknown[] = [];
    const { sent, user } = clinicianOn((body) => {
      if (body["first_name"] === "K") return refusal(detail);
      stored.push(body["date_of_birth"]); // a service that ignores `birth_date`
      return Response.json({ id: "p" });
    });
    const first = errorOf(user.patientProfiles.create({ first_name: "K", date_of_birth: "2099-12-31" }));
    expect(await first).toMatchObject({ status: 422, attempts: 1 });
    expect(sent).toHaveLength(1);
    await user.patientProfiles.create({ first_name: "L", date_of_birth: "1958-03-02" });
    expect(stored).toEqual(["1958-03-02"]);
  });

  it("of a question inside a template is none either", async () => {
    const detail = [fault(["template", "questions", 0, "questionId"])];
    const { sent, user } = clinicianOn(() => refusal(detail));
    const error = await errorOf(user.consultNotes.generateFromTemplate("1", { template }));
    expect(error).toMatchObject({ status: 422, attempts: 1 });
    expect(String(error)).toMatch(/`template` is invalid/);
    expect(sent).toHaveLength(1);
  });

  it.each([
    ["session_ids is required"],
    [{ msg: "Missing session_ids", type: "X" }],
    ["Extra field session_id is not permitted"],
    ["Unknown field: session_id"],
  ])("is not what %j is about", async (detail) => {
    const { user } = clinicianOn((body) => ("session_ids" in body ? Response.json({}) : refusal(detail)));
    await link(user);
  });

  it.each([
    ["type_error.str", "str type expected"],
    ["string_type", "Input should be a valid string"],
  ])("that is the body's own is: a service that takes templates bare says %s", async (type, msg) => {
    const { sent, user } = clinicianOn((body) =>
      typeof body["template"] === "string"
        ? Response.json({ content: "x" })
        : refusal([fault("template", type, msg)]),
    );
    await user.consultNotes.generateFromTemplate("1", { template });
    expect(sent.map(({ body }) => body)).toEqual([{ template }, template]);
  });
});

describe("a form", () => {
  it("is not learned from a request that both forms send alike", async () => {
    const { sent, user } = clinicianOn(() => Response.json({}));
    await user.clinicalCoding.getCodes("1", { coding_system: "ICD-10" });
    await user.clinicalCoding.getCodes("1");
    expect(sent.map(({ query }) => query)).toEqual(["?coding_system=ICD-10", ""]);
  });

  it("is learned from the refusal of such a request", async () => {
    const strict = (body: Record<string, unknown>) =>
      "voice_style" in body ? Response.json({ id: "d" }) : missing("voice_style");
    const { sent, user } = clinicianOn(strict, { baseUrl: HEIDI });
    await user.documents.generate("1", { ...document, voice_style: "BRIEF" });
    for (const _ of "12") await user.documents.generate("1", document);
    expect(sent.map(({ body }) => (body as Record<string, unknown>)["voice_style"])).toEqual([
      "BRIEF",
      undefined,
      "GOLDILOCKS",
      "GOLDILOCKS",
    ]);
  });

  it("is learned from the refusal of a file that cannot be sent twice", async () => {
    const log: unknown[] = [];
    const { sent, user } = clinicianOn(
      (_, { body }) =>
        Object.hasOwn(body as object, "context_documents")
          ? Response.json({ id: "d" })
          : missing("context_documents"),
      { log },
    );
    const error = await errorOf(user.sessionContext.uploadDocument("1", { file: once() }));
    expect(error).toMatchObject({ status: 422, outcome: "rejected", attempts: 1 });
    expect(String(error)).toMatch(/`dialect` to "documented"/);
    expect(await user.sessionContext.uploadDocument("1", { file: once() })).toEqual({ id: "d" });
    expect(sent).toHaveLength(2);
    expect(log).toContainEqual(["heidi: dialect", expect.objectContaining({ dialect: "documented" })]);
  });

  it("is not advised when both were tried: the error has the attempts of both", async () => {
    const { user } = clinicianOn((body) => missing("session_id" in body ? "session_ids" : "session_id"));
    const error = await errorOf(link(user));
    expect(error).toMatchObject({ status: 422, outcome: "rejected", attempts: 2 });
    expect(String(error)).toMatch(/`session_ids` is missing/);
    expect(String(error)).not.toMatch(/`dialect`/);
  });

  it("counts its attempts on, for middleware as well", async () => {
    const seen: number[] = [];
    const fetch = async (_: string, { body }: RequestInit) => takes("session_ids")(JSON.parse(String(body)));
    const user = Heidi.withToken("token", {
      fetch,
      baseUrl: "https://api.example",
      middleware: [
        (request, next, { attempt }) => {
          seen.push(attempt);
          return next(request);
        },
      ],
    });
    await link(user);
    expect(seen).toEqual([1, 2]);
  });
});

describe("the log", () => {
  it("tells a refusal that the other form makes good for at debug only", async () => {
    const log: unknown[] = [];
    await link(clinicianOn(takes("session_ids"), { log, logLevel: "warn" }).user);
    expect(log).toEqual([]);
    await link(clinicianOn(takes("session_ids"), { log, logLevel: "debug" }).user);
    expect(log).toContainEqual(["heidi: failed", expect.objectContaining({ status: 422 })]);
  });

  it("warns of a call that fails in both forms, or in the only one", async () => {
    const log: unknown[] = [];
    await errorOf(link(clinicianOn(() => missing("first_name"), { log, logLevel: "warn" }).user));
    expect(log).toEqual([["heidi: failed", expect.objectContaining({ status: 422, attempt: 1 })]]);
    log.length = 0;
    const neither = (body: Record<string, unknown>) =>
      missing("session_id" in body ? "session_ids" : "session_id");
    await errorOf(link(clinicianOn(neither, { log, logLevel: "warn" }).user));
    expect(log).toEqual([["heidi: failed", expect.objectContaining({ status: 422, attempt: 2 })]]);
  });

  it("names a field that the documented form has no place for, and no value", async () => {
    const log: unknown[] = [];
    const { sent, user } = clinicianOn(() => Response.json({}), {
      dialect: "documented",
      log,
      logLevel: "warn",
    });
    const body = { template, content_type: "HTML", "Ada Byron": 1 } as const;
    await user.consultNotes.generateFromTemplate("1", body);
    expect(sent.map((one) => one.body)).toEqual([template]);
    const fields = { operation: "generateCustomTemplateConsultNote", dialect: "documented" };
    expect(log).toEqual([
      ["heidi: field not sent", { ...fields, field: "content_type" }],
      ["heidi: field not sent", { ...fields, field: undefined }],
    ]);
  });
});

describe("the total deadline of a call in two forms", () => {
  const hangs = (body: Record<string, unknown>) =>
    "session_ids" in body ? new Promise<Response>(() => undefined) : missing("session_ids");

  it("is one, and the error names it as it was given", async () => {
    vi.useFakeTimers();
    const { user } = clinicianOn(async (body) => {
      if (!("session_ids" in body)) await new Promise((resolve) => setTimeout(resolve, 300));
      return hangs(body);
    });
    const call = errorOf(user.patientProfiles.linkSession("p", { session_id: "7" }, { totalTimeoutMs: 500 }));
    await vi.advanceTimersByTimeAsync(501);
    const error = await call;
    expect(error).toMatchObject({ name: "HeidiTimeoutError", outcome: "unknown", attempts: 2 });
    expect(String(error)).toMatch(/totalTimeoutMs \(500 ms\)/);
  });

  it("leaves no listener and no timer behind", async () => {
    vi.useFakeTimers();
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    const { user } = clinicianOn(takes("session_ids"));
    await user.patientProfiles.linkSession("p", { session_id: "7" }, { signal, totalTimeoutMs: 500 });
    expect(add.mock.calls.length).toBe(remove.mock.calls.length);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ["its caller", "HeidiAbortError"],
    ["close()", "HeidiAbortError"],
  ])("is not needed to end the second form: %s does", async (who, name) => {
    const controller = new AbortController();
    let heidi: Heidi | undefined;
    const fetch = async (url: string, { body }: RequestInit): Promise<Response> => {
      if (url.includes("/jwt")) return Response.json({ token: "t", expiration_time: "2999-01-01T00:00:00Z" });
      if (!String(body).includes("session_ids")) return missing("session_ids");
      setTimeout(() => (who === "close()" ? void heidi?.close() : controller.abort()));
      return new Promise<Response>(() => undefined);
    };
    heidi = new Heidi({ apiKey: "key", baseUrl: "https://api.example", fetch });
    const user = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });
    const { signal } = controller;
    const error = await errorOf(user.patientProfiles.linkSession("p", { session_id: "7" }, { signal }));
    expect(error).toMatchObject({ name, outcome: "unknown", attempts: 2 });
  });

  it("that passes, or a caller who leaves, between the forms keeps the second one back", async () => {
    const controller = new AbortController();
    const sent: string[] = [];
    const user = Heidi.withToken("token", {
      baseUrl: "https://api.example",
      fetch: async (_: string, { body }: RequestInit) => {
        sent.push(String(body));
        return missing("session_ids");
      },
      logLevel: "debug",
      // The last that is told of the first form, before the second one begins.
      logger: { debug: (line: string) => void (line === "heidi: failed" && controller.abort()) },
    });
    const { signal } = controller;
    const error = await errorOf(user.patientProfiles.linkSession("p", { session_id: "7" }, { signal }));
    expect(error).toMatchObject({ name: "HeidiAbortError", outcome: "rejected", attempts: 1 });
    expect(sent).toHaveLength(1);
  });
});

describe("calls that wait for the first one", () => {
  const file = () => ({ data: bytes, filename: "a.pdf" });
  const arrives = (_: unknown, { body }: Sent) =>
    Object.hasOwn(body as object, "context_documents")
      ? Response.json({ id: "d" })
      : missing("context_documents");
  const later = async (delayMs: number, answer: () => Response): Promise<Response> => {
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    return answer();
  };

  it("wait longer where the server takes its time: an upload that is under way is refused once", async () => {
    vi.useFakeTimers();
    const { sent, user } = clinicianOn((body, one) => later(6_000, () => arrives(body, one)));
    const calls = Promise.all(
      Array.from({ length: 5 }, () => user.sessionContext.uploadDocument("1", { file: file() })),
    );
    await vi.advanceTimersByTimeAsync(60_000);
    await calls;
    expect(sent).toHaveLength(6);
  });

  it("follow it also when they were sent before it knew", async () => {
    vi.useFakeTimers();
    // Slower than the wait for it: the others go out in the form that it then finds out to be refused.
    const { user } = clinicianOn((body, one) => later(9_000, () => arrives(body, one)));
    const call = () => user.sessionContext.uploadDocument("1", { file: file() });
    const calls = Promise.all([call(), call(), call()]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await calls).toEqual([{ id: "d" }, { id: "d" }, { id: "d" }]);
  });

  it.each([
    ["a 404", () => Response.json({ detail: "no" }, { status: 404 })],
    ["a 500", () => Response.json({}, { status: 500 })],
    ["no answer", () => Promise.reject(new TypeError("fetch failed"))],
  ])("do not wait in turn when that one learned nothing: %s", async (_, answer) => {
    vi.useFakeTimers();
    let most = 0;
    let now = 0;
    const { user } = clinicianOn(async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 400));
      now -= 1;
      return answer();
    });
    const call = () => errorOf(user.patientProfiles.linkSession("p", { session_id: "7" }, { maxRetries: 0 }));
    const calls = Promise.all(Array.from({ length: 5 }, call));
    await vi.advanceTimersByTimeAsync(801);
    await calls;
    expect(most).toBe(4);
  });

  it("still learn the form from a later refusal", async () => {
    let answered = 0;
    const { sent, user } = clinicianOn((body) => {
      answered += 1;
      return answered === 1 ? Response.json({ detail: "no" }, { status: 404 }) : takes("session_ids")(body);
    });
    await errorOf(link(user));
    for (const id of ["8", "9"]) await link(user, id);
    expect(sent.map(({ body }) => "session_ids" in (body as object))).toEqual([false, false, true, true]);
  });
});

describe("an argument that cannot be read", () => {
  const throws = () => {
    throw new Error("Karen Millard");
  };
  const both = ["spec", "documented", "auto"] as const;

  it.each(both)("is refused as such, with nothing of what it threw, in the dialect %s", async (dialect) => {
    const { sent, user } = clinicianOn(() => Response.json({}), { dialect });
    const calls = [
      () => user.patientProfiles.create({ first_name: "a", toJSON: throws } as object),
      () => user.patientProfiles.create(Object.defineProperty({}, "x", { get: throws, enumerable: true })),
      () =>
        user.consultNotes.generateFromTemplate("1", {
          template: Object.defineProperty({}, "x", { get: throws, enumerable: true }),
        }),
    ];
    for (const call of calls) {
      const error = await errorOf(call());
      expect(error).toBeInstanceOf(HeidiArgumentError);
      expect(error).toMatchObject({ argument: "body" });
      expect(String(error)).not.toMatch(/Karen/);
    }
    const query = Object.defineProperty({}, "x", { get: throws, enumerable: true });
    expect(await errorOf(user.patientProfiles.list(query))).toMatchObject({ argument: "query" });
    expect(sent).toEqual([]);
  });

  it.each(both)(
    "is written as what its toJSON says, whatever that is, in the dialect %s",
    async (dialect) => {
      const { sent, user } = clinicianOn(() => Response.json({}), { dialect });
      for (const said of ["text", ["list"], null, 7])
        await user.patientProfiles.create({ first_name: "a", toJSON: () => said } as object);
      expect(sent.map(({ body }) => body)).toEqual(["text", ["list"], null, 7]);
    },
  );
});
