import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Heidi, type HeidiOptions, type HeidiUser } from "heidi-health-sdk";
import { fileFromPath } from "heidi-health-sdk/node";
import { canary } from "./canaries.ts";
import type { Rule, Step } from "./harness.ts";

/** What a case may use; every client logs everything. */
export interface Stage {
  readonly url: string;
  readonly refusingUrl: string;
  readonly options: Omit<HeidiOptions, "apiKey">;
  readonly heidi: Heidi;
  /** A clinician whose token has to be exchanged first. */
  readonly user: HeidiUser;
  /** A clinician with a ready token. */
  readonly clinician: HeidiUser;
}

/** One way for a call to fail. */
export interface LeakCase {
  readonly name: string;
  readonly rules?: readonly Rule[];
  readonly run: (stage: Stage) => unknown;
  /** The caller's own exception, which is kept as it was thrown, as `cause`. */
  readonly own?: Error;
}

const folder = mkdtempSync(join(tmpdir(), "heidi-privacy-"));
export const removeFiles = (): void => rmSync(folder, { recursive: true, force: true });
const { sessionId } = canary;
const JSON_TYPE = { "content-type": "application/json" };
const errorBody = JSON.stringify({
  detail: { msg: canary.serverBody, type: canary.serverBody },
  patient: canary.patient,
});
const success = JSON.stringify({ session_id: canary.sessionId, text: canary.transcript });
const ask = {
  ai_command_text: canary.patient,
  content: canary.transcript,
  content_type: "MARKDOWN",
} as const;

function fileNamed(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
const audio = (): File => new File([`ID3${canary.transcript}`], canary.fileName, { type: "audio/mpeg" });

/** The four kinds of calls: a create, a read, a stream and an upload. */
const calls: Readonly<Record<string, (clinician: HeidiUser) => PromiseLike<unknown>>> = {
  "a create": (clinician) => clinician.sessions.create({ ehr_appointment_id: canary.patient }),
  "a read": (clinician) =>
    clinician.request("GET", `/sessions/${sessionId}`, { query: { name: canary.query } }),
  "a stream": (clinician) => clinician.askHeidi.ask(sessionId, ask).text(),
  "an upload": (clinician) => clinician.transcription.uploadAudio(sessionId, { file: audio() }),
};

const status = (code: number): Step => ({
  do: "respond",
  status: code,
  headers: {
    ...JSON_TYPE,
    location: `https://elsewhere.example/?q=${canary.query}`,
    "www-authenticate": `Bearer realm="${canary.serverBody}"`,
    "set-cookie": canary.serverBody,
    "x-request-id": `${canary.serverBody} is no id`,
  },
  body: errorBody,
});
const pause: Step = { do: "wait", ms: 10 };
const raw = (data: string): Step => ({ do: "write", data });
const ok = (more: object): Step => ({ do: "respond", headers: JSON_TYPE, body: success, ...more });

const faults: Readonly<Record<string, readonly Step[]>> = {
  "is reset": [{ do: "rst" }],
  "is closed": [{ do: "fin" }],
  "is cut in its status line": [raw("HTTP/1.1 2"), pause, { do: "rst" }],
  "is cut in its headers": [raw(`HTTP/1.1 200 OK\r\nx-a: ${canary.serverBody}`), pause, { do: "fin" }],
  "is not HTTP": [raw(`${canary.serverBody} ESMTP\r\n\r\n`), { do: "stall" }],
  "has two lengths": [
    raw(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n${success}`),
    { do: "stall" },
  ],
  "has a broken header": [raw(`HTTP/1.1 200 OK\r\n${canary.serverBody}\u0001: 1\r\n\r\n`), { do: "stall" }],
  "has headers of 40 KB": [
    raw(`HTTP/1.1 200 OK\r\nx-a: ${canary.serverBody.repeat(2_500)}\r\n\r\n`),
    { do: "stall" },
  ],
  "has a broken chunk": [
    ok({ framing: "chunked", sendOnly: 40 }),
    pause,
    raw(`${canary.serverBody}\r\n`),
    { do: "stall" },
  ],
  "is cut in its body": [ok({ sendOnly: 40 }), pause, { do: "rst" }],
  "never comes": [{ do: "stall" }],
  "stops in its body": [ok({ sendOnly: 40 }), { do: "stall" }],
  "is a web page": [ok({ headers: { "content-type": "text/html" }, body: `<h1>${canary.serverBody}</h1>` })],
  "is half a JSON value": [ok({ body: `{"data":"${canary.serverBody}` })],
  "is damaged gzip": [ok({ headers: { ...JSON_TYPE, "content-encoding": "gzip" } })],
  "has an unknown encoding": [ok({ headers: { ...JSON_TYPE, "content-encoding": canary.serverBody } })],
};

const wire: LeakCase[] = Object.entries(calls).flatMap(([what, call]) => {
  const answers: [string, readonly Step[]][] = [
    ...Object.entries(faults),
    ...[302, 400, 401, 403, 404, 409, 413, 418, 422, 429, 500, 503].map((code): [string, Step[]] => [
      `is status ${code}`,
      [status(code)],
    ]),
  ];
  // What an upload is answered with success is not read as JSON.
  const fitting = answers.filter(([how]) => !(what === "an upload" && how === "is half a JSON value"));
  return fitting.map(([how, steps]) => ({
    name: `${what} whose answer ${how}`,
    rules: [{ steps }],
    run: ({ clinician }: Stage) => call(clinician),
  }));
});

const streams: LeakCase[] = Object.entries({
  "is malformed": `{"data":"${canary.transcript}"}\n{"data":${canary.transcript}}\n`,
  "is truncated": `{"data":"${canary.transcript}"}\n{"data":"${canary.transcript}`,
  "carries an error": `{"data":"${canary.transcript}"}\n{"error":{"msg":"${canary.serverBody}"}}\n`,
  "carries a detail": `{"data":"a"}\n{"detail":{"msg":"${canary.serverBody}","type":"${canary.serverBody}"}}\n`,
  "carries an event of error": `event: error\ndata: {"detail":"${canary.serverBody}"}\n\n`,
  "is a list": `["${canary.transcript}"]\n`,
  "is text": canary.transcript,
  "has a line that is too long": `{"data":"${canary.transcript.repeat(500_000)}"}\n`,
}).map(([how, body]) => ({
  name: `a stream that ${how}`,
  rules: [{ steps: [ok({ headers: { "content-type": "application/x-ndjson" }, body })] }],
  run: ({ clinician }) =>
    clinician.consultNotes
      .generate(sessionId, {
        generation_method: "TEMPLATE",
        template_id: canary.template,
        addition: canary.patient,
        voice_style: "BRIEF",
        brain: "LEFT",
      })
      .toArray(),
}));

const jwt = (body: string): Rule[] => [{ path: "/jwt", steps: [ok({ body })] }];
const tokens: LeakCase[] = [
  ...[400, 401, 403, 404, 429, 500, 302].map((code) => ({
    name: `an exchange whose answer is status ${code}`,
    rules: [{ path: "/jwt", steps: [status(code)] }],
    run: ({ user }: Stage) => user.templates.list(),
  })),
  ...Object.entries({
    nothing: "",
    "a web page": `<h1>${canary.serverBody}</h1>`,
    "a list": `["${canary.jwt}"]`,
    "a wrapped token": `{"data":{"token":"${canary.jwt}"}}`,
    "a token with a line break": JSON.stringify({
      token: `${canary.jwt}\r\n`,
      expiration_time: "2099-01-01",
    }),
    "a token without an end": JSON.stringify({ token: canary.jwt }),
    "an end that is none": JSON.stringify({ token: canary.jwt, expiration_time: canary.serverBody }),
    "an expired token": JSON.stringify({ token: canary.jwt, expiration_time: "2001-01-01T00:00:00Z" }),
  }).map(([what, body]) => ({
    name: `an exchange that answers ${what}`,
    rules: jwt(body),
    run: ({ user }: Stage) => user.token(),
  })),
  ...Object.entries({
    "a string": canary.jwt,
    nothing: undefined,
    "an empty token": { token: "", a: canary.jwt },
    "a broken token": { token: `${canary.jwt} a`, expiration_time: "2099-01-01" },
    "a broken end": { token: canary.jwt, expiration_time: canary.jwt },
  }).map(([what, answer]) => ({
    name: `a provider that brings ${what}`,
    run: ({ options }: Stage) => Heidi.withToken(() => answer as never, options).templates.list(),
  })),
  {
    name: "a fixed JWT that was refused before",
    rules: [{ steps: [status(401)] }],
    run: async ({ clinician }) => {
      await clinician.templates.list().catch(() => undefined);
      await clinician.templates.list();
    },
  },
];

const own = Object.assign(new Error("the caller's own exception"), { kept: true });
const throwing = (): never => {
  throw own;
};
const callersOwn: LeakCase[] = [
  {
    name: "a provider that throws",
    own,
    run: ({ options }) => Heidi.withToken(throwing, options).sessions.get(sessionId),
  },
  {
    name: "a middleware that throws",
    own,
    run: ({ options }) =>
      Heidi.withToken(canary.jwt, { ...options, middleware: [throwing] }).sessions.get(sessionId),
  },
  {
    name: "a getter that throws",
    own,
    run: ({ clinician }) =>
      clinician.sessions.update(
        sessionId,
        Object.defineProperty({ patient: { name: canary.patient } }, "duration", { get: throwing }),
      ),
  },
  {
    name: "a stream that throws",
    own,
    run: ({ clinician }) =>
      clinician.transcription.uploadAudio(sessionId, {
        file: {
          data: (async function* () {
            yield Buffer.from(`ID3${canary.transcript}`);
            throwing();
          })(),
          filename: canary.fileName,
        },
      }),
  },
  {
    name: "a factory that throws",
    own,
    run: ({ clinician }) =>
      clinician.transcription.uploadAudio(sessionId, { file: { data: throwing, filename: canary.fileName } }),
  },
  {
    name: "an abort",
    own,
    rules: [{ steps: [{ do: "stall" }] }],
    run: ({ clinician }) => {
      const abort = new AbortController();
      setTimeout(() => abort.abort(own), 20);
      return clinician.sessions.create({ ehr_appointment_id: canary.patient }, { signal: abort.signal });
    },
  },
];

const withFetch =
  (answer: () => unknown) =>
  ({ options }: Stage) =>
    Heidi.withToken(canary.jwt, { ...options, fetch: answer as typeof fetch }).sessions.create({
      ehr_appointment_id: canary.patient,
    });
const leaky = new Error(`${canary.header} ${canary.query}`, { cause: { body: canary.patient } });
const connections: LeakCase[] = [
  {
    name: "a fetch that throws",
    run: withFetch(() => {
      throw leaky;
    }),
  },
  {
    name: "a fetch that rejects",
    run: withFetch(() => Promise.reject(new TypeError(canary.query, { cause: leaky }))),
  },
  {
    name: "a fetch that rejects with a list",
    run: withFetch(() => Promise.reject(new AggregateError([leaky, leaky], canary.query))),
  },
  { name: "a fetch that rejects with text", run: withFetch(() => Promise.reject(canary.header)) },
  {
    name: "a fetch without a response",
    run: withFetch(() => Promise.resolve({ ok: true, body: canary.serverBody })),
  },
  {
    name: "a fetch whose body fails",
    run: withFetch(() =>
      Promise.resolve(
        new Response(
          new ReadableStream({
            pull() {
              throw leaky;
            },
          }),
        ),
      ),
    ),
  },
  {
    name: "a refused connection",
    run: ({ options, refusingUrl }) =>
      Heidi.withToken(canary.jwt, { ...options, baseUrl: refusingUrl }).sessions.get(sessionId),
  },
  {
    name: "TLS with a server without it",
    run: ({ options, url }) =>
      Heidi.withToken(canary.jwt, { ...options, baseUrl: url.replace("http:", "https:") }).sessions.get(
        sessionId,
      ),
  },
  {
    name: "a total deadline",
    rules: [{ steps: [{ do: "stall" }] }],
    run: ({ clinician }) => clinician.sessions.get(sessionId, { totalTimeoutMs: 30 }),
  },
  {
    name: "a closed client",
    run: async ({ heidi, user }) => {
      await heidi.close();
      await user.sessions.get(sessionId);
    },
  },
];

const configuration: LeakCase[] = Object.entries({
  apiKey: `${canary.key}\r\nx`,
  baseUrl: `https://a:${canary.key}@api.example`,
  region: canary.key,
  timeoutMs: canary.key,
  maxRetries: canary.key,
  headers: { "x-trace": `${canary.header}\r\n` },
  logger: canary.key,
  logLevel: canary.key,
  fetch: canary.key,
  middleware: [canary.key],
  tokenStore: canary.key,
  maxConnections: canary.key,
}).map(([name, value]) => ({
  name: `the option ${name}`,
  run: () => new Heidi({ apiKey: canary.key, [name]: value } as HeidiOptions),
}));

const circular: Record<string, unknown> = { name: canary.patient };
circular["self"] = circular;
const update =
  (body: object) =>
  ({ clinician }: Stage): unknown =>
    clinician.sessions.update(sessionId, body);
const upload =
  (file: unknown) =>
  ({ clinician }: Stage): unknown =>
    clinician.transcription.uploadAudio(sessionId, { file: file as File });
const inputs: LeakCase[] = [
  { name: "an unusable JWT", run: ({ options }) => Heidi.withToken(`${canary.jwt}\n`, options) },
  { name: "half an identity", run: ({ heidi }) => heidi.forUser({ email: canary.email } as never) },
  { name: "an id with a line break", run: ({ clinician }) => clinician.sessions.get(`${sessionId}\n`) },
  {
    name: "a path of one's own",
    run: ({ clinician }) => clinician.request("GET", `/${sessionId}?q=${canary.query}`),
  },
  { name: "a method that is none", run: ({ clinician }) => clinician.request(canary.query as "GET", "/") },
  {
    name: "a query value",
    run: ({ clinician }) => clinician.request("GET", "/a", { query: { name: { a: canary.query } } }),
  },
  {
    name: "a page size",
    run: ({ clinician }) => clinician.sessions.listLinkedUser({ page_size: canary.query as never }),
  },
  {
    name: "a choice",
    run: ({ clinician }) =>
      clinician.clinicalCoding.getCodes(sessionId, { coding_system: canary.query as never }),
  },
  {
    name: "a header of a call",
    run: ({ clinician }) => clinician.templates.list({ headers: { "x-trace": `${canary.header}\0` } }),
  },
  {
    name: "a header's name",
    run: ({ clinician }) => clinician.templates.list({ headers: { [`${canary.header} a`]: "1" } }),
  },
  {
    name: "a body that is text",
    run: ({ clinician }) => clinician.sessions.update(sessionId, canary.patient as never),
  },
  { name: "a body with a circle", run: update({ patient: circular }) },
  { name: "a body with a bigint", run: update({ patient: { name: canary.patient, size: 1n } }) },
  { name: "a field of the wrong kind", run: update({ clinician_notes: canary.patient }) },
  {
    name: "a stream read twice",
    run: ({ clinician }) => {
      const s = clinician.askHeidi.ask(sessionId, ask);
      s.abort();
      s.textStream();
      return s.text();
    },
  },
  {
    name: "a body handed out",
    rules: [{ steps: [ok({})] }],
    run: async ({ clinician }) => {
      const call = clinician.sessions.get(sessionId);
      await call.asResponse();
      await call;
    },
  },
  { name: "a path instead of a file", run: upload(join(folder, canary.fileName)) },
  { name: "a missing file", run: upload(fileFromPath(join(folder, canary.fileName))) },
  {
    name: "a file that vanished",
    run: (stage) => {
      const path = fileNamed(`gone-${canary.fileName}`, "ID3");
      const file = fileFromPath(path);
      unlinkSync(path);
      return upload(file)(stage);
    },
  },
  { name: "a directory named like a recording", run: upload(fileFromPath(folder)) },
  {
    name: "an empty file",
    run: (stage) => upload(fileFromPath(fileNamed(`empty-${canary.fileName}`, "")))(stage),
  },
  { name: "a media type that is none", run: upload({ data: audio(), contentType: `${canary.header}\r\n` }) },
  {
    name: "a stream of text",
    run: upload({
      data: (async function* () {
        yield canary.transcript;
      })(),
      filename: canary.fileName,
    }),
  },
  {
    name: "a stream shorter than announced",
    run: upload({
      data: (async function* () {
        yield Buffer.from(`ID3${canary.transcript}`);
      })(),
      sizeBytes: 9_000,
      filename: canary.fileName,
      contentType: "audio/mpeg",
    }),
  },
];

const waiting = { timeoutMs: 1_500, intervalMs: 1_000 };
const waits: LeakCase[] = [
  {
    name: "waiting for codes that failed",
    rules: [
      {
        steps: [
          ok({
            body: JSON.stringify({ status: "FAILED", codes: [canary.patient], detail: canary.serverBody }),
          }),
        ],
      },
    ],
    run: ({ clinician }) =>
      clinician.clinicalCoding.waitForCodes(sessionId, { coding_system: "SNOMED-CT" }, waiting),
  },
  {
    name: "waiting for codes that never come",
    rules: [{ steps: [ok({ body: JSON.stringify({ status: canary.serverBody }) })] }],
    run: ({ clinician }) =>
      clinician.clinicalCoding.waitForCodes(sessionId, { coding_system: "SNOMED-CT" }, waiting),
  },
  {
    name: "waiting for a document that is not there",
    rules: [{ steps: [ok({ body: JSON.stringify([{ id: canary.sessionId, name: canary.fileName }]) })] }],
    run: ({ clinician }) => clinician.sessionContext.waitForDocument(sessionId, canary.sessionId, waiting),
  },
];

export const leakCases: readonly LeakCase[] = [
  ...wire,
  ...streams,
  ...tokens,
  ...callersOwn,
  ...connections,
  ...configuration,
  ...inputs,
  ...waits,
];
