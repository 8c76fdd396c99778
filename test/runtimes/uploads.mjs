// Each form of file that `uploadAudio`, `uploadDocument` and `request` take, and what the server received of it.
import { check, openWorld, recording, refusalOf, same, sha256, until } from "./world.mjs";

const NAME = "visite à domicile.mp3";

const streamOf = (bytes, options = {}) => {
  let position = 0;
  return new ReadableStream({
    ...options,
    pull(controller) {
      if (position >= bytes.length) {
        controller.close();
        controller.byobRequest?.respond(0);
        return;
      }
      // Copied: a stream of bytes takes the buffer away.
      controller.enqueue(bytes.slice(position, position + 60_000));
      position += 60_000;
    },
  });
};

async function* piecesOf(bytes) {
  for (let position = 0; position < bytes.length; position += 60_000)
    yield bytes.subarray(position, position + 60_000);
}

const iterableOf = (bytes) => ({ [Symbol.asyncIterator]: () => piecesOf(bytes) });

const echoOf = async (bytes, t) => {
  const response = await t.controlFetch(`${t.control}/echo`, { method: "POST", body: bytes });
  return response.body;
};

/** Forms that exist everywhere. `sized`: the size is known without reading. `named`: the file brings its name. */
const forms = [
  { form: "a Uint8Array", sized: true, make: (bytes) => bytes },
  {
    form: "a view into a larger buffer",
    sized: true,
    make: (bytes) => {
      const larger = new Uint8Array(bytes.length + 999);
      larger.set(bytes, 500);
      return larger.subarray(500, 500 + bytes.length);
    },
  },
  { form: "an ArrayBuffer", sized: true, make: (bytes) => bytes.slice().buffer },
  { form: "a DataView", sized: true, make: (bytes) => new DataView(bytes.slice().buffer) },
  { form: "a Blob", sized: true, make: (bytes) => new Blob([bytes]) },
  { form: "a Blob of Blobs", sized: true, make: (b) => new Blob([new Blob([b.slice(0, 9)]), b.slice(9)]) },
  {
    form: "a slice of a Blob",
    sized: true,
    make: (bytes) => new Blob(["before", bytes, "after"]).slice(6, 6 + bytes.length),
  },
  { form: "a File", sized: true, named: "visit.mp3", make: (bytes) => new File([bytes], "visit.mp3") },
  { form: "a web stream", make: (bytes) => streamOf(bytes) },
  {
    form: "a web stream of bytes",
    on: ({ byteStreams }) => byteStreams,
    make: (bytes) => streamOf(bytes, { type: "bytes" }),
  },
  { form: "`blob.stream()`", make: (bytes) => new Blob([bytes]).stream() },
  { form: "the body of a fetched answer", on: ({ streams }) => streams, make: echoOf },
  {
    form: "a stream through a TransformStream",
    make: (bytes) => streamOf(bytes).pipeThrough(new TransformStream()),
  },
  { form: "an async generator", make: piecesOf },
  { form: "an async iterable", make: iterableOf },
  { form: "a function that gives a web stream", make: (bytes) => () => streamOf(bytes) },
  { form: "a function that promises a web stream", make: (bytes) => async () => streamOf(bytes) },
  { form: "a function that gives an async iterable", make: (bytes) => () => piecesOf(bytes) },
];

/** The forms that a platform has of its own; the cell makes them. */
const nativeForms = [
  { form: "a Buffer", sized: true },
  { form: "a Node stream", sized: false },
  { form: "`createReadStream`", sized: false, named: "visit.mp3" },
  { form: "`fileFromPath`", sized: true, named: "visit.mp3" },
  { form: "`openAsBlob`", sized: true },
  { form: "a File of `openAsBlob`", sized: true, named: "visit.mp3" },
  { form: "`Bun.file`", sized: true, named: "visit.mp3" },
  { form: "`Bun.file().stream()`", sized: false },
  { form: "a File of `Bun.file`", sized: true, named: "visit.mp3" },
  { form: "a slice of `openAsBlob`", sized: true },
  { form: "a Blob of `Bun.file`", sized: true },
  { form: "a slice of `Bun.file`", sized: true },
  { form: "`Deno.open().readable`", sized: false },
];

/** One part of a request as the server read it. */
async function received(world, expected) {
  const requests = (await world.requests()).filter(({ form }) => form !== undefined);
  const request = requests.at(-1);
  check(request?.complete && request.form.ended, "the whole form to have arrived");
  const file = request.form.parts.find(({ name }) => name === expected.name);
  check(file !== undefined, `a part called ${expected.name}`);
  same(file.sizeBytes, expected.bytes.length, "the size that arrived");
  same(file.sha256, await sha256(expected.bytes), "the hash of what arrived");
  same(request.status, expected.status ?? request.status, "the status");
  if (expected.length) same(request.contentLength, String(request.bytes), "Content-Length");
  return { request, file };
}

const uploadOf = ({ form, sized = false, named, on, make }) => ({
  name: `uploads ${form}`,
  on,
  run: async (t) => {
    const build = make ?? t.native[form];
    check(build !== undefined, `this cell to know ${form}`);
    const world = await openWorld(t);
    const clinician = await world.clinician();
    const { session_id } = await clinician.sessions.create({});
    const bytes = recording();

    const uploaded = await clinician.transcription.uploadAudio(session_id, { file: await build(bytes, t) });
    const bare = await received(world, { name: "file", bytes, length: sized || t.traits.collects });
    same(bare.file.contentType, "audio/mpeg", "the type of a bare file");
    if (named !== undefined) same(bare.file.filename, named, "the file's own name");
    check(bare.file.filename?.endsWith(".mp3"), "a name that fits the type");
    check(uploaded !== undefined, "what the API answered");

    const other = recording(70_001, 2);
    const facts = { filename: NAME, contentType: "audio/mpeg;codecs=mp3", sizeBytes: other.length };
    const file = { data: await build(other, t), ...facts };
    await clinician.transcription.uploadAudio(session_id, { file });
    const told = await received(world, {
      name: "file",
      bytes: other,
      length: sized || t.traits.sizesStreams,
    });
    same(told.file.filename, NAME, "the name that was given");
    same(told.file.contentType, facts.contentType, "the type that was given");

    const document = recording(1_500, 3);
    await clinician.sessionContext.uploadDocument(session_id, {
      file: { data: await build(document, t), filename: "letter.pdf", contentType: "application/pdf" },
      unstructured: true,
    });
    const kept = await received(world, { name: "file", bytes: document, length: sized });
    same(kept.file.contentType, "application/pdf", "the document's type");
    same(
      kept.request.form.parts.find(({ name }) => name === "unstructured")?.text,
      "true",
      "the other field",
    );

    const { users } = await world.state();
    same(
      users[0].sessions[0].audio.map(({ sha256: hash, size_bytes }) => [hash, size_bytes]),
      [
        [await sha256(bytes), bytes.length],
        [await sha256(other), other.length],
      ],
      "what the session keeps",
    );
    await world.close();
  },
});

const passOn = {
  name: "uploads the body of an incoming request",
  on: ({ serves }) => serves,
  run: async (t) => {
    const world = await openWorld(t);
    const { session_id } = await (await world.clinician()).sessions.create({});
    const bytes = recording(300_000, 4);
    const filename = "visit.mp3";
    const forms = [
      (data) => data,
      (data) => ({ data, filename }),
      (data) => ({ data, filename, sizeBytes: bytes.length }),
    ];
    for (const [index, form] of forms.entries()) {
      await t.passOn(bytes, async (body) => {
        const clinician = await world.clinician();
        await clinician.transcription.uploadAudio(session_id, { file: form(body) });
      });
      const { file } = await received(world, {
        name: "file",
        bytes,
        length: index === 2 && t.traits.sizesStreams,
      });
      if (index > 0) same(file.filename, filename, "the name");
    }
    same((await world.state()).users[0].sessions[0].audio.length, forms.length, "the number of uploads");
    await world.close();
  },
};

const multipart = {
  name: "uploads by `request()`, as in any upload",
  run: async (t) => {
    const world = await openWorld(t);
    const clinician = await world.clinician();
    const { session_id } = await clinician.sessions.create({});
    const bytes = recording(5_000, 5);
    await clinician
      .request("POST", `/sessions/${session_id}/context-documents`, {
        multipart: { file: { data: bytes, filename: "a.pdf" }, unstructured: false },
      })
      .catch(() => undefined);
    const { file } = await received(world, { name: "file", bytes, length: true });
    same(file.filename, "a.pdf", "the name");
    await world.close();
  },
};

const progress = {
  name: "tells an upload's progress",
  run: async (t) => {
    const world = await openWorld(t);
    const clinician = await world.clinician();
    const { session_id } = await clinician.sessions.create({});
    const bytes = recording(3_000_000, 6);
    const seen = [];
    const onProgress = (state) => seen.push(state);
    await clinician.transcription.uploadAudio(session_id, { file: { data: bytes } }, { onProgress });
    const { request } = await received(world, { name: "file", bytes, length: true });
    check(seen.length > 0, "progress");
    const sent = seen.map(({ sentBytes }) => sentBytes);
    check(
      sent.every((value, index) => index === 0 || value >= sent[index - 1]),
      "progress that never goes back",
    );
    same(sent.at(-1), request.bytes, "the last word on progress");
    check(
      seen.every(({ totalBytes }) => totalBytes === request.bytes),
      "the total to be known",
    );
    await world.close();
  },
};

const aborted = {
  name: "ends an upload in its middle, on both sides",
  run: async (t) => {
    const world = await openWorld(t);
    const clinician = await world.clinician();
    const { session_id } = await clinician.sessions.create({});
    await world.fault("transcription.uploadAudio", { kind: "slow-reader", chunkDelayMs: 20 });
    const stop = new AbortController();
    const reason = new Error("the clinician pressed stop");
    const upload = clinician.transcription.uploadAudio(
      session_id,
      { file: recording(32_000_000, 7) },
      { signal: stop.signal },
    );
    const refusal = refusalOf(upload);
    const inFlight = async () =>
      (await world.requests()).find(({ bytes, path }) => bytes > 0 && /audio/.test(path));
    await until(inFlight, "the upload to begin");
    stop.abort(reason);
    const error = await refusal;
    check(error instanceof t.sdk.HeidiAbortError, `a HeidiAbortError, not ${error}`);
    if (t.traits.reasons) check(error.cause === reason, "the caller's own reason as the cause");
    await until(async () => (await inFlight()).left, "the server to notice");
    check(!(await inFlight()).complete, "an upload that is not complete");
    same((await world.state()).users[0].sessions[0].audio, [], "what the session keeps");
    await world.close();
  },
};

const released = {
  name: "closes the source of an upload that is aborted",
  run: async (t) => {
    const world = await openWorld(t);
    const clinician = await world.clinician();
    const { session_id } = await clinician.sessions.create({});
    const stop = new AbortController();
    let given = 0;
    let closed = false;
    async function* endless() {
      try {
        for (;;) {
          yield recording(10_000, 8);
          given += 1;
          if (given === 5) stop.abort();
          if (given > 5) await new Promise((resolve) => setTimeout(resolve, 5));
        }
      } finally {
        closed = true;
      }
    }
    const upload = clinician.transcription.uploadAudio(
      session_id,
      { file: endless() },
      { signal: stop.signal },
    );
    const error = await refusalOf(upload);
    check(error instanceof t.sdk.HeidiAbortError, `a HeidiAbortError, not ${error}`);
    await until(() => closed, "the source to be closed");
    same((await world.state()).users[0].sessions[0].audio, [], "what the session keeps");
    await world.close();
  },
};

const failing = {
  name: "tells a source's own error, and saves no half of a file",
  run: async (t) => {
    const world = await openWorld(t);
    const clinician = await world.clinician();
    const { session_id } = await clinician.sessions.create({});
    const fault = new Error("the disk is gone");
    async function* broken() {
      yield* piecesOf(recording(150_000, 9));
      throw fault;
    }
    const error = await refusalOf(clinician.transcription.uploadAudio(session_id, { file: broken() }));
    check(t.sdk.isHeidiError(error), `a HeidiError, not ${error}`);
    const causes = [];
    for (let cause = error; cause !== undefined && cause !== null; cause = cause.cause) causes.push(cause);
    check(causes.includes(fault), `the source's own error among the causes, not ${causes.join(" < ")}`);
    same((await world.state()).users[0].sessions[0].audio, [], "what the session keeps");
    await world.close();
  },
};

/** The uploads of a cell with these traits. */
export const uploadScenarios = (traits) =>
  [
    ...forms.map(uploadOf),
    ...nativeForms.filter(({ form }) => traits.native.includes(form)).map(uploadOf),
    ...[passOn, multipart, progress, aborted, released, failing],
  ].filter(({ on }) => on === undefined || on(traits));
