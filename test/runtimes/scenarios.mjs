// The table: what every cell does. Each scenario asserts what the server received, not what the client believes.
import { uploadScenarios } from "./uploads.mjs";
import { check, openWorld, recording, refusalOf, same, sha256, USER, until } from "./world.mjs";

const NOTE = {
  generation_method: "TEMPLATE",
  addition: "",
  voice_style: "GOLDILOCKS",
  brain: "LEFT",
};

/** A session with a recording, and what a note of it needs. */
async function prepareNote(clinician) {
  const { session_id } = await clinician.sessions.create({});
  await clinician.transcription.uploadAudio(session_id, {
    file: { data: recording(), filename: "visit.mp3" },
  });
  const { data } = await clinician.templates.list();
  return { session_id, body: { ...NOTE, template_id: data[0].id } };
}

const noteRequest = async (world) =>
  (await world.requests()).findLast(({ method, path }) => method === "POST" && /consult-note/.test(path));

const scenarios = [
  {
    name: "exchanges one token for any number of callers",
    on: ({ page }) => !page,
    run: async (t) => {
      const world = await openWorld(t);
      const clinician = await world.clinician();
      const tokens = await Promise.all([clinician.token(), clinician.token(), clinician.templates.list()]);
      check(new Date(tokens[0].expiration_time).getTime() > Date.now(), "a time in the future");
      same(tokens[0], tokens[1], "both tokens");
      const requests = await world.requests();
      same(requests.filter(({ path }) => path.endsWith("/jwt")).length, 1, "the number of exchanges");
      same(
        requests.find(({ path }) => path.endsWith("/document-templates")).authorization,
        `Bearer ${tokens[0].token}`,
        "the header",
      );
      await world.close();
    },
  },
  {
    name: "asks a token provider once for any number of callers",
    run: async (t) => {
      const world = await openWorld(t);
      let asked = 0;
      const provide = async () => {
        asked += 1;
        return world.token();
      };
      const user = t.sdk.Heidi.withToken(provide, { baseUrl: world.baseUrl, ...t.options });
      await Promise.all([user.templates.list(), user.templates.list(), user.sessions.create({})]);
      same(asked, 1, "the number of times that it was asked");
      const requests = await world.requests();
      same(new Set(requests.map(({ authorization }) => authorization)).size, 1, "the number of tokens");
      check(
        requests.every(({ authorization }) => /^Bearer \S+$/.test(authorization)),
        "a token in each request",
      );
      await world.close();
    },
  },
  {
    name: "refuses an API key in a page",
    on: ({ page }) => page,
    run: async (t) => {
      const world = await openWorld(t);
      const options = { apiKey: world.apiKey, baseUrl: world.baseUrl };
      let error;
      try {
        new t.sdk.Heidi(options);
      } catch (thrown) {
        error = thrown;
      }
      check(error instanceof t.sdk.HeidiConfigurationError, `a HeidiConfigurationError, not ${error}`);
      check(/dangerouslyAllowBrowser/.test(error.message), "a message that names the option");
      check(!error.message.includes(world.apiKey), "a message without the key");
      const heidi = new t.sdk.Heidi({ ...options, dangerouslyAllowBrowser: true });
      await heidi.forUser({ email: USER.email, thirdPartyInternalId: "ehr-42" }).templates.list();
      await world.close();
    },
  },
  {
    name: "creates once, and sends what it was given",
    run: async (t) => {
      const world = await openWorld(t);
      const clinician = await world.clinician();
      const { data, response, requestId } = await clinician.sessions
        .create({ ehr_appointment_id: "Termin-ü-1" })
        .withResponse();
      check(/^\d+$/.test(data.session_id), "a session id");
      same(requestId, response.headers.get("x-request-id"), "the request's id");
      const [request] = (await world.requests()).filter(({ method }) => method === "POST");
      same(request.json, { ehr_appointment_id: "Termin-ü-1" }, "the body");
      same((await world.state()).users[0].sessions.length, 1, "the number of sessions");
      await world.close();
    },
  },
  {
    name: "reads anew each time, from no cache",
    run: async (t) => {
      const world = await openWorld(t);
      const clinician = await world.clinician();
      const { session_id } = await clinician.sessions.create({});
      await clinician.sessions.get(session_id);
      await clinician.sessions.update(session_id, { language_code: "de" });
      const { language_code } = await clinician.sessions.get(session_id);
      same(language_code, "de", "what was read");
      const reads = (await world.requests()).filter(
        ({ method, path }) => method === "GET" && path.endsWith(`/${session_id}`),
      );
      same(reads.length, 2, "the number of reads");
      await world.close();
    },
  },
  {
    name: "tells 404 and 422 by class, with their detail",
    run: async (t) => {
      const { HeidiApiError, HeidiError, HeidiNotFoundError, HeidiUnprocessableError, isHeidiError } = t.sdk;
      const world = await openWorld(t);
      const clinician = await world.clinician();
      const missing = await refusalOf(clinician.sessions.get("0"));
      for (const type of [HeidiNotFoundError, HeidiApiError, HeidiError, Error])
        check(missing instanceof type, `an instance of ${type.name}`);
      check(isHeidiError(missing), "isHeidiError to say so");
      same(
        [missing.status, missing.outcome, missing.attempts],
        [404, "rejected", 1],
        "status, outcome, attempts",
      );
      check(missing.detail.length > 5, "a detail");
      check(typeof missing.requestId === "string", "the request's id");
      const refused = await refusalOf(
        clinician.request("POST", "/patient-profiles", { body: { first_name: 7 } }),
      );
      check(refused instanceof HeidiUnprocessableError, `a HeidiUnprocessableError, not ${refused}`);
      check(/first_name/.test(refused.detail), `a detail with the field, not ${refused.detail}`);
      same([refused.status, refused.outcome], [422, "rejected"], "status and outcome");
      await world.close();
    },
  },
  {
    name: "repeats a read that failed, and no create whose answer was lost",
    run: async (t) => {
      const world = await openWorld(t);
      const clinician = await world.clinician();
      await world.fault("templates.list", { kind: "status", status: 503 });
      check((await clinician.templates.list()).data.length > 0, "templates");
      const lists = async () =>
        (await world.requests()).filter(({ path }) => path.endsWith("/document-templates"));
      same(
        (await lists()).map(({ status }) => status),
        [503, 200],
        "the attempts",
      );
      // A browser sends a request again by itself when a connection that it had used before is reset, creates included.
      const lost = { kind: "status", status: 500, processed: true };
      await world.fault("sessions.create", t.traits.page ? lost : { kind: "reset", when: "after" });
      const error = await refusalOf(clinician.sessions.create({}));
      const type = t.traits.page ? t.sdk.HeidiServerError : t.sdk.HeidiConnectionError;
      check(error instanceof type, `a ${type.name}, not ${error}`);
      same(error.outcome, "unknown", "the outcome");
      same((await world.state()).users[0].sessions.length, 1, "the number of sessions");
      await world.close();
    },
  },
  {
    name: "says that nothing was sent where nobody listens",
    run: async (t) => {
      const world = await openWorld(t);
      const clinician = await world.clinician({ maxRetries: 0 });
      await clinician.templates.list();
      await world.close();
      const error = await refusalOf(clinician.sessions.create({}));
      check(error instanceof t.sdk.HeidiConnectionError, `a HeidiConnectionError, not ${error}`);
      // A page is not told why, so it cannot know.
      same(error.outcome, t.traits.tellsRefusal ? "not-sent" : "unknown", "the outcome");
    },
  },
  {
    name: "gives up after `timeoutMs`, on both sides",
    run: async (t) => {
      const world = await openWorld(t);
      const clinician = await world.clinician();
      await clinician.templates.list();
      await world.fault("templates.list", { kind: "latency", latencyMs: 120_000 });
      const error = await refusalOf(clinician.templates.list({ timeoutMs: 1_500, maxRetries: 0 }));
      check(error instanceof t.sdk.HeidiTimeoutError, `a HeidiTimeoutError, not ${error}`);
      await until(async () => (await world.requests()).at(-1).left, "the server to notice");
      await world.close();
    },
  },
  {
    name: "reads a note as it is written, as chunks and as text",
    run: async (t) => {
      const world = await openWorld(t);
      const clinician = await world.clinician();
      const { session_id, body } = await prepareNote(clinician);
      const pieces = [];
      for await (const chunk of clinician.consultNotes.generate(session_id, body))
        pieces.push(chunk.data ?? "");
      check(pieces.length > 5, "a note in pieces");
      const text = pieces.join("");
      same(await clinician.consultNotes.generate(session_id, body).text(), text, "the whole text");
      let read = "";
      for await (const piece of clinician.consultNotes.generate(session_id, body).textStream()) read += piece;
      same(read, text, "the text in pieces");
      same((await clinician.sessions.get(session_id)).consult_note.result, text, "the session's note");
      await world.close();
    },
  },
  {
    name: "reads a note of server-sent events",
    run: async (t) => {
      const world = await openWorld(t, { deployment: "documented" });
      const clinician = await world.clinician();
      const { session_id, body } = await prepareNote(clinician);
      const text = await clinician.consultNotes.generate(session_id, body).text();
      check(text.includes("\n"), "a note of several lines");
      same((await clinician.sessions.get(session_id)).consult_note.result, text, "the session's note");
      await world.close();
    },
  },
  {
    name: "closes the connection of a note at `break`",
    on: ({ streams }) => streams,
    run: async (t) => {
      const world = await openWorld(t, { streamDelayMs: 50 });
      const clinician = await world.clinician();
      const { session_id, body } = await prepareNote(clinician);
      let pieces = 0;
      for await (const _ of clinician.consultNotes.generate(session_id, body)) {
        pieces += 1;
        if (pieces === 2) break;
      }
      const request = await until(async () => {
        const noted = await noteRequest(world);
        return noted.left && noted;
      }, "the server to notice");
      check(request.responseBytes > 0, "an answer that had begun");
      await world.close();
    },
  },
  {
    name: "keeps the text of a note that is cut",
    on: ({ streams }) => streams,
    run: async (t) => {
      const world = await openWorld(t);
      const clinician = await world.clinician();
      const { session_id, body } = await prepareNote(clinician);
      await world.fault("consultNotes.generate", { kind: "truncate", afterPieces: 4 });
      let text = "";
      const reading = async () => {
        for await (const chunk of clinician.consultNotes.generate(session_id, body)) text += chunk.data ?? "";
      };
      const error = await refusalOf(reading());
      check(error instanceof t.sdk.HeidiStreamError, `a HeidiStreamError, not ${error}`);
      same(error.fault, "truncated", "the fault");
      check(text.length > 0, "some text");
      same(error.partialText, text, "partialText");
      same((await noteRequest(world)).status, 200, "the status");
      await world.close();
    },
  },
  {
    name: "keeps the text of a note that arrives together with its cut",
    // Where the SDK has connections of its own. A platform's stream that fails drops what was not read of it yet.
    on: ({ page, sizesStreams, streams }) => sizesStreams && streams && !page,
    run: async (t) => {
      const world = await openWorld(t, { streamDelayMs: 0 });
      const clinician = await world.clinician();
      const { session_id, body } = await prepareNote(clinician);
      await world.fault("consultNotes.generate", { kind: "truncate", afterPieces: 4 });
      const error = await refusalOf(clinician.consultNotes.generate(session_id, body).text());
      check(error instanceof t.sdk.HeidiStreamError, `a HeidiStreamError, not ${error}`);
      same(error.fault, "truncated", "the fault");
      check(error.partialText.length > 10, `four pieces of text, not ${error.partialText.length} characters`);
      await world.close();
    },
  },
  {
    name: "waits for a transcript",
    run: async (t) => {
      const world = await openWorld(t, { timings: { transcriptionMs: 400, parsingMs: 300, codingMs: 0 } });
      const clinician = await world.clinician();
      const { session_id } = await clinician.sessions.create({});
      await clinician.transcription.uploadAudio(session_id, { file: recording() });
      let polls = 0;
      const { transcript } = await clinician.transcription.waitForTranscript(session_id, {
        intervalMs: 50,
        onPoll: () => {
          polls += 1;
        },
      });
      check(transcript.length > 100, "a transcript");
      check(polls > 0, "onPoll to be called");
      await world.close();
    },
  },
  {
    name: "records live, in chunks that arrive whole and in order",
    run: async (t) => {
      const world = await openWorld(t);
      const clinician = await world.clinician();
      const { session_id } = await clinician.sessions.create({});
      const file = await t.controlFetch(`${t.control}/opus.ogg`);
      const live = new Uint8Array(await file.arrayBuffer());
      const recorded = await clinician.transcription.startRecording(session_id);
      const hashes = [];
      for await (const chunk of t.sdk.segmentRecording(new Blob([live]), { chunkMs: 1_000 })) {
        hashes.push(await sha256(chunk.data));
        await recorded.append(chunk);
      }
      const { chunks, uncertain } = await recorded.finish();
      check(hashes.length > 1, "more than one chunk");
      same([chunks, uncertain], [hashes.length, []], "the summary");
      const [kept] = (await world.state()).users[0].sessions[0].recordings;
      same(kept.finished, true, "finished");
      same(
        kept.chunks.map(({ index, sha256: hash }) => [index, hash]),
        hashes.map((hash, index) => [kept.chunks[0].index + index, hash]),
        "the chunks that arrived",
      );
      await world.close();
    },
  },
  {
    name: "runs a whole consult",
    run: async (t) => {
      const world = await openWorld(t);
      const clinician = await world.clinician();
      const { data } = await clinician.templates.list();
      const bytes = recording();
      const events = [];
      for await (const { type } of clinician.consult({
        session: { ehr_appointment_id: "apt-9" },
        audio: { data: bytes, filename: "visit.mp3" },
        template_id: data[0].id,
        coding_system: "SNOMED-CT",
      }))
        events.push(type);
      same(events.at(-1), "done", "the last event");
      const { sessions } = (await world.state()).users[0];
      same(sessions.length, 1, "the number of sessions");
      same(
        sessions[0].audio.map(({ sha256: hash }) => hash),
        [await sha256(bytes)],
        "the audio",
      );
      await world.close();
    },
  },
  {
    name: "speaks to a sandbox in the same program",
    run: async (t) => {
      for (const deployment of ["spec", "documented"]) {
        const sandbox = await t.createSandbox({
          port: false,
          deployment,
          streamDelayMs: 0,
          timings: { transcriptionMs: 0 },
        });
        const { apiKey, baseUrl, fetch } = sandbox;
        // It is a test's client: in a page, too, it may hold the sandbox's key.
        const heidi = new t.sdk.Heidi({ apiKey, baseUrl, fetch, dangerouslyAllowBrowser: true });
        const clinician = heidi.forUser({ email: USER.email, thirdPartyInternalId: "ehr-42" });
        const { session_id, body } = await prepareNote(clinician);
        const text = await clinician.consultNotes.generate(session_id, body).text();
        check(text.length > 100, "a note");
        const [session] = sandbox.state().users[0].sessions;
        same(session.audio[0].sha256, await sha256(recording()), "the upload's hash");
        same(session.consult_note.result, text, "the session's note");
        await sandbox.close();
      }
    },
  },
];

/** What a cell with these traits does. */
export const scenariosFor = (traits) => [
  ...scenarios.filter(({ on }) => on === undefined || on(traits)),
  ...uploadScenarios(traits),
];
