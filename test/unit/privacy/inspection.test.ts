import { inspect } from "node:util";
import {
  ApiPromise,
  Heidi,
  HeidiAbortError,
  HeidiApiError,
  HeidiPollError,
  HeidiStreamError,
  JsonStream,
} from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { Token } from "../../../src/auth/token.ts";
import { BASE_URL, clinicianOn } from "../arguments/support.ts";

const SECRET = "canary-4711";
const ask = { ai_command_text: SECRET, content: SECRET, content_type: "MARKDOWN" } as const;

/** As a REPL, a logger, a test runner or a crash reporter would show it. */
function shown(value: unknown): string {
  const wide = { depth: Infinity, maxArrayLength: null, maxStringLength: null } as const;
  const views = [
    inspect(value),
    inspect(value, { ...wide, showProxy: true, colors: true, sorted: true }),
    inspect(value, { ...wide, showHidden: true }),
    inspect(value, { ...wide, getters: true }),
    inspect([{ value }], { ...wide, showHidden: true, getters: "get" }),
    JSON.stringify(value) ?? "",
    JSON.stringify({ ...(value as object) }),
  ];
  try {
    views.push(inspect(structuredClone(value), wide));
  } catch (error) {
    views.push(String(error)); // functions cannot be cloned
  }
  return views.join("\n");
}

const jwt = { token: `jwt-${SECRET}`, expiration_time: "2099-01-01T00:00:00Z" };
const fetch = (url: string): Promise<Response> =>
  Promise.resolve(Response.json(url.includes("/jwt") ? jwt : { session_id: SECRET }));

describe("what is printed of", () => {
  it("a client, its users and their groups shows no key, token or identity, also after calls [I2]", async () => {
    const heidi = new Heidi({ apiKey: SECRET, baseUrl: BASE_URL, fetch, headers: { "x-trace": SECRET } });
    const user = heidi.forUser({ email: `${SECRET}@clinic.example`, thirdPartyInternalId: SECRET });
    const browser = Heidi.withToken(jwt.token, { baseUrl: BASE_URL, fetch });
    const provided = Heidi.withToken(() => jwt, { baseUrl: BASE_URL, fetch });
    const all = { heidi, user, browser, provided };
    expect(shown(all)).not.toContain(SECRET);
    await user.sessions.get(SECRET);
    await browser.sessions.get(SECRET);
    await provided.sessions.get(SECRET);
    expect(shown(all)).not.toContain(SECRET);
    expect(shown(heidi)).not.toContain(SECRET);
    await heidi.close();
    expect(shown(all)).not.toContain(SECRET);
  });

  it("a wait that has ended shows no word of what it brought [I2]", async () => {
    const { clinician } = clinicianOn(() => Response.json({ session_id: SECRET, transcript: SECRET }));
    const wait = clinician.transcription.waitForTranscript(SECRET);
    expect((await wait).transcript).toBe(SECRET);
    expect(shown(wait)).not.toContain(SECRET);
  });

  it("a call, under way and answered, shows neither its arguments nor its answer [I2]", async () => {
    const { clinician } = clinicianOn(() => Response.json({ session_id: SECRET }));
    const call = clinician.sessions.update(SECRET, { patient: { name: SECRET } });
    expect(call).toBeInstanceOf(ApiPromise);
    expect(shown(call)).not.toContain(SECRET);
    await expect(call).resolves.toEqual({ session_id: SECRET });
    expect(shown(call)).not.toContain(SECRET);
  });

  it("a stream, unused, under way and read, shows none of it [I2]", async () => {
    const { clinician } = clinicianOn(() => new Response(`{"data":"${SECRET}"}\n{"data":"${SECRET}"}\n`));
    const stream = clinician.askHeidi.ask(SECRET, ask);
    expect(stream).toBeInstanceOf(JsonStream);
    expect(shown(stream)).not.toContain(SECRET);
    const chunks = stream[Symbol.asyncIterator]();
    expect(await chunks.next()).toEqual({ done: false, value: { data: SECRET } });
    expect(shown([stream, chunks])).not.toContain(SECRET);
    await chunks.return?.();
    expect(shown(stream)).not.toContain(SECRET);
  });

  it("a token of the cache shows its end only [I2]", () => {
    const text = shown(new Token(SECRET, "2099-01-01T00:00:00Z"));
    expect(text).not.toContain(SECRET);
    expect(text).toContain("2099-01-01");
  });
});

describe("what the server said", () => {
  const parts = {
    status: 404,
    headers: new Headers({ "x-patient": SECRET }),
    type: SECRET,
    detail: SECRET,
    body: SECRET,
  };

  it("is there when it is asked for by name, and in no view of the error [I5]", () => {
    const error = new HeidiApiError("sessions.get failed with status 404.", parts, {
      operation: "getSession",
    });
    expect(error.body()).toBe(SECRET);
    expect([error.detail, error.type, error.headers.get("x-patient")]).toEqual([SECRET, SECRET, SECRET]);
    expect(shown(error)).not.toContain(SECRET);
    expect(inspect(error, { depth: Infinity, showHidden: true, getters: true })).not.toContain(SECRET);
    expect(Object.keys(error)).not.toEqual(expect.arrayContaining(["body", "detail", "headers", "type"]));
    const keys: string[] = [];
    for (const key in error) keys.push(key);
    expect(keys).not.toEqual(expect.arrayContaining(["detail"]));
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      name: "HeidiApiError",
      status: 404,
      operation: "getSession",
    });
  });

  it("is in no view of an error that has it as its cause, or in a list of errors [I5]", () => {
    const cause = new HeidiApiError("sessions.get failed with status 404.", parts);
    const wrapped = new Error("the patient's page cannot be shown", { cause });
    for (const error of [wrapped, new AggregateError([cause, wrapped])]) {
      expect(inspect(error, { depth: Infinity, showHidden: true, getters: true })).not.toContain(SECRET);
      expect(shown(error)).not.toContain(SECRET);
    }
  });

  it("in a stream or while waiting is kept out of sight alike [I5]", () => {
    const stream = new HeidiStreamError("error-object", "The stream carries an error.", { detail: SECRET });
    const poll = new HeidiPollError("failed", "Waiting ended.", { lastState: { text: SECRET } });
    HeidiStreamError.keepPartialText(stream, SECRET);
    expect([stream.detail, stream.partialText]).toEqual([SECRET, SECRET]);
    expect(poll.lastState).toEqual({ text: SECRET });
    for (const error of [stream, poll]) {
      expect(inspect(error, { depth: Infinity, showHidden: true, getters: true })).not.toContain(SECRET);
      expect(shown(error)).not.toContain(SECRET);
    }
  });

  it("leaves what the caller redacts in an error's cause redacted [I5]", () => {
    const reason = { name: SECRET, [inspect.custom]: () => "[redacted]" };
    const error = new HeidiAbortError("The call was aborted by its caller.", { cause: reason });
    const view = inspect(error, { depth: Infinity, showHidden: true, getters: true });
    expect(view).toContain("[redacted]");
    expect(view).not.toContain(SECRET);
  });

  it("does not change how an error looks otherwise [I5]", () => {
    const error = new HeidiApiError("sessions.get failed with status 404.", parts, { attempts: 2 });
    expect(inspect(error)).toMatch(
      /^HeidiApiError: sessions.get failed with status 404\. \[docs\/errors\.md#heidiapierror\]\n {4}at /,
    );
    expect(inspect(error, { showHidden: true, getters: true })).toContain("attempts: 2");
  });
});
