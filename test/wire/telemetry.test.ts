import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { HeidiAbortError, type HeidiOptions, type HeidiUser } from "heidi-health-sdk";
import { openTelemetry } from "heidi-health-sdk/opentelemetry";
import { createSandbox } from "heidi-health-sdk/sandbox";
import { describe, expect, it } from "vitest";
import { fixture } from "../unit/workflows/segment-support.ts";
import { useFaultServer } from "./each.ts";
import type { FaultServer, Rule } from "./harness.ts";
import { useOpenTelemetry } from "./recorded.ts";
import { answer, ID, inTurn } from "./script.ts";
import { clientOf, failureOf, readyUserOf, userOf } from "./sdk.ts";

const recorded = useOpenTelemetry();
let server: FaultServer;
useFaultServer((started) => {
  server = started;
});

const options: Omit<HeidiOptions, "apiKey"> = { telemetry: openTelemetry() };
const SESSION = `/sessions/${ID}`;
const NOTE = `${SESSION}/ask-ai`;
const body = { ai_command_text: "x", content: "y", content_type: "MARKDOWN" } as const;
const lines = (text: string): Rule => ({
  path: NOTE,
  steps: [{ do: "respond", headers: { "content-type": "application/x-ndjson" }, body: text }],
});

/** Runs work in a span of the caller's program. */
function inSpan<T>(name: string, work: () => Promise<T>): Promise<T> {
  return trace.getTracer("test").startActiveSpan(name, async (span) => {
    try {
      return await work();
    } finally {
      span.end();
    }
  });
}

describe("the spans of a call", () => {
  it("are the call and its attempts, with the exchange of a token, under the caller's span", async () => {
    await server.script(
      ...inTurn(
        SESSION,
        [answer({ detail: "busy" }, { status: 503 })],
        [answer({ detail: "who?" }, { status: 401 })],
        [answer({ session_id: ID })],
      ),
    );
    const clinician = userOf(server.url, options);
    await inSpan("visit", async () => clinician.sessions.get(ID));
    expect(recorded.tree()).toEqual([
      "visit",
      "  sessions.get",
      "    authentication.getJwt",
      "      CLIENT GET /jwt 200",
      "    CLIENT GET /sessions/{session_id} 503 ERROR 503",
      "    CLIENT GET /sessions/{session_id} 401 ERROR 401",
      "    authentication.getJwt",
      "      CLIENT GET /jwt 200",
      "    CLIENT GET /sessions/{session_id} 200",
    ]);
    const attempts = recorded.spans().filter(({ name }) => name.startsWith("GET /sessions"));
    expect(attempts.map(({ attributes }) => attributes["http.request.resend_count"])).toEqual([
      undefined,
      1,
      2,
    ]);
    expect(attempts.at(-1)?.attributes).toEqual({
      "http.request.method": "GET",
      "http.request.resend_count": 2,
      "http.response.status_code": 200,
      "url.template": "/sessions/{session_id}",
      "server.address": "127.0.0.1",
      "server.port": server.port,
      "heidi.operation": "getSession",
      "heidi.outcome": "processed",
      "heidi.received_bytes": JSON.stringify({ session_id: ID }).length,
    });
    const call = recorded.spans().find(({ name }) => name === "sessions.get");
    expect(call?.attributes).toEqual({
      "heidi.operation": "getSession",
      "heidi.outcome": "processed",
      "heidi.attempts": 3,
    });
    expect(recorded.spans().flatMap(({ events }) => events)).toEqual([]);
  });

  it("have the class and the outcome of an error, and no message", async () => {
    await server.script({ steps: [answer({ detail: { msg: "x", type: "y" } }, { status: 404 })] });
    const error = await failureOf(readyUserOf(server.url, options).sessions.get(ID));
    expect(recorded.tree()).toEqual([
      "sessions.get ERROR HeidiNotFoundError",
      "  CLIENT GET /sessions/{session_id} 404 ERROR 404",
    ]);
    const [, call] = recorded.spans();
    expect(call?.attributes).toMatchObject({ "heidi.outcome": error.outcome });
    expect(recorded.spans().map(({ status }) => status)).toEqual([
      { code: SpanStatusCode.ERROR },
      { code: SpanStatusCode.ERROR },
    ]);
  });

  it("of a broken connection have the error's class", async () => {
    await server.script({ steps: [{ do: "rst" }] });
    await failureOf(readyUserOf(server.url, { ...options, maxRetries: 0 }).sessions.get(ID));
    expect(recorded.tree()).toEqual([
      "sessions.get ERROR HeidiConnectionError",
      "  CLIENT GET /sessions/{session_id} ERROR HeidiConnectionError",
    ]);
  });

  it("that its caller aborts are no errors", async () => {
    await server.script({ steps: [{ do: "stall" }] });
    const stop = new AbortController();
    const call = readyUserOf(server.url, options).sessions.get(ID, { signal: stop.signal });
    await server.untilRequest({ path: SESSION });
    stop.abort();
    expect(await failureOf(call)).toBeInstanceOf(HeidiAbortError);
    expect(recorded.tree()).toEqual(["sessions.get aborted", "  CLIENT GET /sessions/{session_id} aborted"]);
  });

  it("of a call that needs the other request format are one call, whose first attempt failed", async () => {
    const path = `/patient-profiles/${ID}/sessions`;
    const detail = [{ loc: ["body", "session_ids"], msg: "Field required", type: "missing" }];
    await server.script(...inTurn(path, [answer({ detail }, { status: 422 })], [answer({})]));
    await readyUserOf(server.url, options).patientProfiles.linkSession(ID, { session_id: ID });
    expect(recorded.tree()).toEqual([
      "patientProfiles.linkSession",
      expect.stringMatching(/^ {2}CLIENT POST .* 422 ERROR 422$/),
      expect.stringMatching(/^ {2}CLIENT POST .* 200$/),
    ]);
    expect(recorded.spans().at(-1)?.attributes["heidi.attempts"]).toBe(2);
  });

  it("of a call that is never sent is one", async () => {
    await failureOf(readyUserOf(server.url, options).sessions.get(""));
    expect(recorded.tree()).toEqual(["sessions.get ERROR HeidiArgumentError"]);
  });

  it("of an endpoint without a method have no path", async () => {
    const clinician = readyUserOf(server.url, options);
    await clinician.request("DELETE", `/anything/${ID}`, { query: { email: "a@b.example" } });
    expect(recorded.tree()).toEqual(["request", "  CLIENT DELETE 200"]);
  });

  it("of an upload have the size of what was sent", async () => {
    const file = new File([new Uint8Array(100_000)], "visit.mp3", { type: "audio/mpeg" });
    await readyUserOf(server.url, options).transcription.uploadAudio(ID, { file });
    const [attempt, call] = recorded.spans();
    const [request] = await server.requests({ method: "POST" });
    expect(attempt?.attributes["heidi.sent_bytes"]).toBe(request?.bodyBytes);
    expect(call?.name).toBe("transcription.uploadAudio");
  });

  it("of a create have the size of its JSON", async () => {
    await readyUserOf(server.url, options).sessions.create({ ehr_appointment_id: "Zoë" });
    const [request] = await server.requests({ method: "POST" });
    expect(recorded.spans()[0]?.attributes["heidi.sent_bytes"]).toBe(request?.bodyBytes);
  });

  it("of users side by side stay apart", async () => {
    const heidi = clientOf(server.url, { ...options, maxConnections: 2 });
    const names = Array.from({ length: 40 }, (_, index) => `request-${index}`);
    await Promise.all(
      names.map((name) =>
        inSpan(name, async () => {
          const user = heidi.forUser({ email: `${name}@clinic.example`, thirdPartyInternalId: name });
          await user.templates.list();
          await user.sessions.create();
        }),
      ),
    );
    const tree = recorded.tree();
    const own = [
      "  templates.list",
      "    authentication.getJwt",
      "      CLIENT GET /jwt 200",
      "    CLIENT GET /templates/document-templates 200",
      "  sessions.create",
      "    CLIENT POST /sessions 200",
    ];
    for (const name of names) {
      const start = tree.indexOf(name);
      expect(tree.slice(start + 1, start + 1 + own.length)).toEqual(own);
    }
  });
});

describe("the spans of a stream", () => {
  it("are its call until the last byte, and its attempt until the headers", async () => {
    await server.script({
      path: NOTE,
      steps: [
        {
          do: "respond",
          headers: { "content-type": "application/x-ndjson", "content-length": "26" },
          framing: "none",
        },
        { do: "write", data: '{"data":"a"}\n' },
        { do: "gate", name: "rest" },
        { do: "write", data: '{"data":"b"}\n' },
      ],
    });
    const stream = readyUserOf(server.url, options).askHeidi.ask(ID, body);
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    expect(recorded.tree()).toEqual(["CLIENT POST /sessions/{session_id}/ask-ai 200"]);
    await server.open("rest");
    await iterator.next();
    await iterator.next();
    expect(recorded.tree()).toEqual(["askHeidi.ask", "  CLIENT POST /sessions/{session_id}/ask-ai 200"]);
    const call = recorded.spans().find(({ name }) => name === "askHeidi.ask");
    expect(call?.attributes).toMatchObject({ "heidi.received_bytes": 26, "heidi.outcome": "processed" });
  });

  it.each([
    ["is cut", '{"data":"a"}\n{"data', "truncated"],
    ["is malformed", '{"data":"a"}\n{]\n', "malformed"],
    ["carries an error", '{"error":{"msg":"x"}}\n', "error-object"],
  ])("that %s report the fault, although the attempt succeeded", async (_, text, fault) => {
    await server.script(lines(text));
    await failureOf(readyUserOf(server.url, options).askHeidi.ask(ID, body).text());
    expect(recorded.tree()).toEqual([
      "askHeidi.ask ERROR HeidiStreamError",
      "  CLIENT POST /sessions/{session_id}/ask-ai 200",
    ]);
    const call = recorded.spans().find(({ name }) => name === "askHeidi.ask");
    expect(call?.attributes).toMatchObject({ "heidi.fault": fault, "heidi.outcome": "processed" });
  });

  it("that its reader leaves end without an error", async () => {
    await server.script(lines('{"data":"a"}\n'.repeat(5_000)));
    for await (const chunk of readyUserOf(server.url, options).askHeidi.ask(ID, body)) {
      expect(chunk).toEqual({ data: "a" });
      break;
    }
    expect(recorded.tree()).toEqual(["askHeidi.ask", "  CLIENT POST /sessions/{session_id}/ask-ai 200"]);
  });

  it("whose request fails are errors, also with `withResponse`", async () => {
    await server.script({ steps: [answer({ detail: "x" }, { status: 404 })] });
    await failureOf(readyUserOf(server.url, options).askHeidi.ask(ID, body).withResponse());
    expect(recorded.tree()).toEqual([
      "askHeidi.ask ERROR HeidiNotFoundError",
      "  CLIENT POST /sessions/{session_id}/ask-ai 404 ERROR 404",
    ]);
  });
});

describe("the spans of a workflow", () => {
  const clinicianOf = async (): Promise<{ clinician: HeidiUser; [Symbol.asyncDispose](): Promise<void> }> => {
    const timings = { parsingMs: 0, transcriptionMs: 0, codingMs: 5 };
    const sandbox = await createSandbox({ timings, streamDelayMs: 0 });
    const heidi = clientOf(sandbox.baseUrl, { ...options, apiKey: sandbox.apiKey });
    const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "1" });
    return { clinician, [Symbol.asyncDispose]: () => sandbox.close() };
  };

  it("are one for a wait, with its polls", async () => {
    const codes = (status: string) => [answer({ status, coding_system: "SNOMED-CT", entities: [] })];
    await server.script(
      ...inTurn(`${SESSION}/clinical-codes`, codes("PROCESSING"), codes("PROCESSING"), codes("READY")),
    );
    const clinician = readyUserOf(server.url, options);
    const wait = await inSpan("visit", async () => ({
      poller: clinician.clinicalCoding.waitForCodes(ID, { coding_system: "SNOMED-CT" }, { intervalMs: 1 }),
    }));
    await inSpan("another", async () => wait.poller);
    const poll = [
      "    clinicalCoding.getCodes",
      "      CLIENT GET /sessions/{session_id}/clinical-codes 200",
    ];
    expect(recorded.tree()).toEqual([
      "visit",
      "  clinicalCoding.waitForCodes",
      ...[...poll, ...poll, ...poll],
      "another",
    ]);
    const span = recorded.spans().find(({ name }) => name === "clinicalCoding.waitForCodes");
    expect(span?.attributes).toEqual({ "heidi.outcome": "processed", "heidi.polls": 3 });
  });

  it("of a wait that fails have its fault", async () => {
    await server.script({ steps: [answer({ status: "FAILED", coding_system: "SNOMED-CT" })] });
    const clinician = readyUserOf(server.url, options);
    await failureOf(clinician.clinicalCoding.waitForCodes(ID, { coding_system: "SNOMED-CT" }));
    expect(recorded.tree()[0]).toBe("clinicalCoding.waitForCodes ERROR HeidiPollError");
    const span = recorded.spans().find(({ name }) => name === "clinicalCoding.waitForCodes");
    expect(span?.attributes).toMatchObject({ "heidi.fault": "failed" });
  });

  it("are one for a recording, also when another part of the program finishes it", async () => {
    await using world = await clinicianOf();
    const { clinician } = world;
    const { session_id = "" } = await clinician.sessions.create();
    const chunk = fixture("opus.webm");
    const recording = await inSpan("start", async () => clinician.transcription.startRecording(session_id));
    await inSpan("append", async () => {
      await recording.append(chunk);
      await recording.append(chunk);
    });
    await inSpan("finish", async () => recording.finish());
    const tree = recorded.tree();
    const sent = [
      "    transcription.transcribeSegment",
      "      CLIENT POST /sessions/{session_id}/restful-segment-transcription/{recording_id}:transcribe 200",
    ];
    expect(tree.slice(tree.indexOf("start"))).toEqual([
      "start",
      "  transcription.startRecording",
      "    transcription.createRecording",
      "      CLIENT POST /sessions/{session_id}/restful-segment-transcription 200",
      ...[...sent, ...sent],
      "    transcription.finishRecording",
      "      CLIENT POST /sessions/{session_id}/restful-segment-transcription/{recording_id}:finish 200",
      "append",
      "finish",
    ]);
    const span = recorded.spans().find(({ name }) => name === "transcription.startRecording");
    expect(span?.attributes).toEqual({ "heidi.outcome": "processed", "heidi.chunks": 2 });
  });

  it("of a recording that failed keep its error when it is aborted afterwards", async () => {
    const base = `${SESSION}/restful-segment-transcription`;
    await server.script(
      { path: base, steps: [answer({ recording_id: "r" })] },
      { path: `${base}/*`, steps: [answer({ detail: "x" }, { status: 403 })] },
    );
    const clinician = readyUserOf(server.url, options);
    const recording = await clinician.transcription.startRecording(ID);
    await recording.append(fixture("opus.webm"));
    await failureOf(recording.finish());
    await recording.abort();
    expect(recorded.tree()[0]).toBe("transcription.startRecording ERROR HeidiPermissionError");
  });

  it("are one for a consult, with all its calls and waits", async () => {
    await using world = await clinicianOf();
    const { clinician } = world;
    const template_id = (await clinician.templates.list()).data?.[0]?.id ?? "";
    const patient = {
      first_name: "Ada",
      last_name: "Byron",
      ehr_patient_id: "p-1",
      date_of_birth: "1990-01-01",
    };
    const audio = new File([new Uint8Array(2_000)], "visit.mp3", { type: "audio/mpeg" });
    const input = {
      ...{ patient, audio, template_id, coding_system: "SNOMED-CT" as const },
      session: { ehr_appointment_id: "apt-1" },
    };
    await inSpan("visit", async () => {
      for await (const event of clinician.consult(input, { intervalMs: 5 })) expect(event.type).toBeTruthy();
    });
    const tree = recorded.tree();
    const own = tree.slice(tree.indexOf("visit") + 1);
    expect(own[0]).toBe("  consult");
    expect(own.slice(1).filter((line) => !line.startsWith("    "))).toEqual([]);
    expect(own.filter((line) => /^ {4}\w/.test(line)).map((line) => line.trim())).toEqual(
      expect.arrayContaining([
        "sessions.create",
        "transcription.uploadAudio",
        "transcription.waitForTranscript",
        "consultNotes.generate",
        "clinicalCoding.waitForCodes",
      ]),
    );
    const span = recorded.spans().find(({ name }) => name === "consult");
    expect(span?.attributes).toEqual({ "heidi.outcome": "processed", "heidi.result": "done" });
  });

  it("of a consult that is left end there", async () => {
    await using world = await clinicianOf();
    const audio = new File([new Uint8Array(2_000)], "visit.mp3", { type: "audio/mpeg" });
    const patient = {
      first_name: "Ada",
      last_name: "Byron",
      ehr_patient_id: "p-1",
      date_of_birth: "1990-01-01",
    };
    const input = { patient, audio, template_id: "t", session: { ehr_appointment_id: "apt-2" } } as const;
    for await (const { type } of world.clinician.consult(input)) if (type === "session-created") break;
    expect(recorded.tree()[0]).toBe("consult");
  });
});

describe("the metrics of a client", () => {
  it("are durations, retries, exchanged tokens and bytes", async () => {
    await server.script(
      ...inTurn(SESSION, [answer({ detail: "busy" }, { status: 503 })], [answer({ session_id: ID })]),
    );
    await userOf(server.url, options).sessions.get(ID);
    const request = {
      "http.request.method": "GET",
      "server.address": "127.0.0.1",
      "server.port": server.port,
      "url.template": "/sessions/{session_id}",
    };
    const all = await recorded.metrics();
    expect(all["http.client.request.duration"]).toEqual(
      expect.arrayContaining([
        [{ ...request, "url.template": "/jwt", "http.response.status_code": 200 }, 1],
        [{ ...request, "http.response.status_code": 503, "error.type": "503" }, 1],
        [{ ...request, "http.response.status_code": 200 }, 1],
      ]),
    );
    expect(all["heidi.client.call.duration"]).toEqual(
      expect.arrayContaining([
        [{ "heidi.operation": "getJwt", "heidi.outcome": "processed" }, 1],
        [{ "heidi.operation": "getSession", "heidi.outcome": "processed" }, 1],
      ]),
    );
    expect(all["heidi.client.retries"]).toEqual([[{ "heidi.operation": "getSession" }, 1]]);
    expect(all["heidi.client.token.exchanges"]).toEqual([[{}, 1]]);
    expect(all["heidi.client.body.received"]).toContainEqual([
      { "heidi.operation": "getSession" },
      JSON.stringify({ session_id: ID }).length,
    ]);
  });
});

describe("the header `traceparent`", () => {
  const sent = async (): Promise<(string | undefined)[]> =>
    (await server.requests()).map(({ headers }) => headers["traceparent"]);

  it("is not sent unless it is asked for", async () => {
    await inSpan("visit", async () => userOf(server.url, options).templates.list());
    expect(await sent()).toEqual([undefined, undefined]);
  });

  it("names the attempt that sends it, and nothing else is sent", async () => {
    const telemetry = openTelemetry({ propagateTraceContext: true });
    const maxRetries = 1;
    await server.script(...inTurn(SESSION, [answer({}, { status: 503 })], [answer({})]));
    await readyUserOf(server.url, { telemetry, maxRetries }).sessions.get(ID);
    const attempts = recorded.spans().filter(({ name }) => name.startsWith("GET "));
    expect(await sent()).toEqual(
      attempts.map((span) => `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`),
    );
    for (const { headers } of await server.requests()) {
      expect(headers["tracestate"]).toBeUndefined();
      expect(headers["baggage"]).toBeUndefined();
    }
  });

  it("is the caller's own where the call has one", async () => {
    const telemetry = openTelemetry({ propagateTraceContext: true });
    const traceparent = "00-11111111111111111111111111111111-2222222222222222-01";
    await readyUserOf(server.url, { telemetry }).sessions.get(ID, { headers: { traceparent } });
    expect(await sent()).toEqual([traceparent]);
  });

  it("never follows a redirect", async () => {
    const telemetry = openTelemetry({ propagateTraceContext: true });
    await server.script({
      path: SESSION,
      steps: [{ do: "respond", status: 302, headers: { location: `${server.url}/elsewhere` } }],
    });
    await failureOf(readyUserOf(server.url, { telemetry, maxRetries: 0 }).sessions.get(ID));
    expect((await server.requests()).map(({ target }) => target)).toEqual([SESSION]);
  });
});

describe("telemetry that fails", () => {
  it("never breaks a call", async () => {
    const fail = (): never => {
      throw new Error("telemetry is broken");
    };
    const telemetry = openTelemetry({
      tracer: { startSpan: fail, startActiveSpan: fail },
      meter: { ...recorded.meterProvider.getMeter("x"), createHistogram: fail },
    });
    const clinician = readyUserOf(server.url, { telemetry });
    expect(await clinician.sessions.get(ID)).toEqual({});
    expect(context.active()).toBeDefined();
  });
});
