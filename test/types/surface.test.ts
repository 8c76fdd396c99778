import type ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { compile, errorsIn } from "./compiler.ts";
import { unexportedTypes } from "./reachable.ts";

/** A body that is right. */
const NOTE = `{ generation_method: "TEMPLATE", addition: "", voice_style: "BRIEF", brain: "LEFT" }`;

/** What users write and expect to compile. */
const accepted = {
  "a session is created without a body": `clinician.sessions.create();`,
  "an answer's enum may hold a value that is newer than this version": `
    const document: ContextDocument = { status: "QUARANTINED" };
    const live: LiveTranscript = { active_source: "SATELLITE", chunks: [{ status: "NEW" }] };
    const codes: ClinicalCodesResponse = { status: "WAITING_FOR_REVIEW" };`,
  "an answer's enum still offers the values that are known": `
    const closed: Same<ContextDocument["status"], string | undefined> = false;
    type Offers<T, V> = Extract<T, V> extends never ? never : true;
    const offered: Offers<ContextDocument["status"], "PARSING"> = true;`,
  "a call is a promise of its data, with the response on request": `
    const call: Promise<Session> = clinician.sessions.get(id);
    const both: Promise<WithResponse<Session>> = clinician.sessions.get(id).withResponse();
    const raw: Promise<Response> = clinician.sessions.get(id).asResponse();
    const all: [Session, Transcript] = await Promise.all([clinician.sessions.get(id), clinician.transcription.get(id)]);
    const own = clinician.sessions.get(id);
    const kind: Same<typeof own, ApiPromise<Session>> = true;
    const data: Same<Awaited<typeof own>, Session> = true;`,
  "a note is a stream of chunks, and of their text": `
    const note = clinician.consultNotes.generate(id, ${NOTE});
    const stream: Same<typeof note, JsonStream<StreamChunk>> = true;
    for await (const chunk of note) { const data: string | undefined = chunk.data; }
    for await (const text of note.textStream()) { const piece: string = text; }
    const whole: string = await note.text();`,
  "an answer of Heidi is a stream of chunks": `
    const answer = clinician.askHeidi.ask(id, { ai_command_text: "", content: "", content_type: "HTML" });
    const stream: Same<typeof answer, JsonStream<StreamChunk>> = true;`,
  "a file is anything that has bytes": `
    const files: FileInput[] = [
      fileFromPath("visit.mp3"), new Blob(), new File([], "visit.mp3"), new Uint8Array(1), new ArrayBuffer(1),
      new Blob().stream(), createReadStream("visit.mp3"), () => createReadStream("visit.mp3"),
      { data: new Uint8Array(1), filename: "visit.ogg", contentType: "audio/ogg", sizeBytes: 1 },
      (async function* () { yield new Uint8Array(1); })(),
    ];
    for (const file of files) await clinician.transcription.uploadAudio(id, { file });`,
  "options may be undefined, as a caller's own options are": `
    declare const mine: { signal?: AbortSignal | undefined; timeoutMs?: number | undefined };
    await clinician.sessions.get(id, { signal: mine.signal, timeoutMs: mine.timeoutMs, headers: { "x-a": undefined } });
    new Heidi({ apiKey: process.env.HEIDI_API_KEY, region: undefined });`,
  "a Keyv is a token store, and console a logger": `
    new Heidi({ tokenStore: new Keyv(), logger: console, logLevel: "debug" });`,
  "an error tells its kind apart by its class": `
    try { await clinician.sessions.get(id); } catch (error) {
      if (error instanceof HeidiRateLimitError) { const wait: number | undefined = error.retryAfterMs; }
      else if (error instanceof HeidiApiError) { const status: number = error.status; }
      else if (isHeidiError(error)) { const outcome: "not-sent" | "rejected" | "processed" | "unknown" = error.outcome; }
    }`,
  "an unknown endpoint has the type that the caller gives it": `
    const { ok } = await clinician.request<{ ok: boolean }>("GET", "/health");
    const sure: boolean = ok;`,
} satisfies Readonly<Record<string, string>>;

/** What users write by mistake: the code, and what the compiler says about it, before anything is sent. */
const refused: Readonly<Record<string, readonly [string, RegExp]>> = {
  "a request's enum with a value that the API does not know": [
    `clinician.consultNotes.generate(id, { ...${NOTE}, voice_style: "SHORT" });`,
    /^TS2322, line 2: Type '"SHORT"' is not assignable/,
  ],
  "a query's enum with a value that the API does not know": [
    `clinician.clinicalCoding.getCodes(id, { coding_system: "READ-2" });`,
    /^TS2322, line 2: Type '"READ-2"' is not assignable/,
  ],
  "a region that there is none of": [`new Heidi({ region: "mars" });`, /^TS2322, line 2: Type '"mars"'/],
  "a path as a file": [
    `clinician.transcription.uploadAudio(id, { file: "visit.mp3" });`,
    /^TS2322, line 2: Type 'string' is not assignable to type 'FileInput'/,
  ],
  "a path as a document": [
    `clinician.sessionContext.uploadDocument(id, { file: "letter.pdf" });`,
    /^TS2322, line 2: Type 'string' is not assignable to type 'FileInput'/,
  ],
  "an option that a call does not have": [
    `clinician.sessions.get(id, { timeout: 5 });`,
    /^TS2561, line 2: .*'timeout' does not exist in type 'RequestOptions'. Did you mean to write 'timeoutMs'/,
  ],
  "an option that a client does not have": [
    `new Heidi({ api_key: "" });`,
    /^TS2\d{3}, line 2: .*'api_key' does not exist in type 'HeidiOptions'/,
  ],
  "progress of a call that uploads nothing": [
    `clinician.sessions.get(id, { onProgress: () => {} });`,
    /^TS2353, line 2: .*'onProgress' does not exist in type 'RequestOptions'/,
  ],
  "a field that a body does not have": [
    `clinician.sessions.create({ ehr_appointment: "apt-1" });`,
    /^TS2\d{3}, line 2: .*'ehr_appointment' does not exist in type/,
  ],
  "a body that lacks what the API requires": [
    `clinician.documents.generate(id, { generation_method: "TEMPLATE" });`,
    /^TS2345, line 2: .* missing the following properties/,
  ],
  "an id that is a number": [
    `clinician.sessions.get(42);`,
    /^TS2345, line 2: Argument of type 'number' is not assignable to parameter of type 'string'/,
  ],
  "an identity with half of its parts": [
    `heidi.forUser({ email: "dr@clinic.example" });`,
    /^TS2345, line 2: .*'thirdPartyInternalId' is missing/,
  ],
  "an answer as if it were never without the field": [
    `const text: string = (await clinician.transcription.get(id)).transcript;`,
    /^TS2322, line 2: Type 'string \| undefined' is not assignable to type 'string'/,
  ],
  "a token's user who asks for another's token": [
    `Heidi.withToken("jwt").forUser({ email: "", thirdPartyInternalId: "" });`,
    /^TS2339, line 2: Property 'forUser' does not exist/,
  ],
};

/** One line, so that an error's line is the code's own plus one. */
const PRELUDE = [
  `import { Heidi, HeidiApiError, HeidiRateLimitError, isHeidiError } from "heidi-health-sdk";`,
  `import type { ApiPromise, ClinicalCodesResponse, ContextDocument, FileInput, HeidiUser, JsonStream, LiveTranscript } from "heidi-health-sdk";`,
  `import type { Session, StreamChunk, Transcript, WithResponse } from "heidi-health-sdk";`,
  `import { fileFromPath } from "heidi-health-sdk/node";`,
  `import { createReadStream } from "node:fs";`,
  `import { Keyv } from "keyv";`,
  `type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;`,
  `declare const heidi: Heidi; declare const clinician: HeidiUser; declare const id: string;`,
].join(" ");

let program: ts.Program;
beforeAll(() => {
  const codes = [
    ...Object.entries(accepted),
    ...Object.entries(refused).map(([name, [code]]) => [name, code]),
  ];
  // Every entry belongs to the program.
  codes.push([
    "every entry",
    `import "heidi-health-sdk/sandbox"; import "heidi-health-sdk/server"; import "heidi-health-sdk/opentelemetry";`,
  ]);
  program = compile(new Map(codes.map(([name = "", code]) => [name, `${PRELUDE}\n${code}`])));
});

describe("the compiler accepts that", () => {
  it.each(Object.keys(accepted))("%s", (name) => {
    expect(errorsIn(program, name)).toEqual([]);
  });
});

describe("the compiler refuses", () => {
  it.each(Object.entries(refused))("%s", (name, [, message]) => {
    expect(errorsIn(program, name)).toEqual([expect.stringMatching(message)]);
  });
});

it("exports every type that a public signature names, so that users can write down what they export [R52]", () => {
  expect(unexportedTypes(program)).toEqual([]);
});
