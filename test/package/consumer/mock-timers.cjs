// Tells what works while a test has replaced the timers: a word for each column of the table in the testing guide.
const { Heidi } = require("heidi-health-sdk");
const { createSandbox } = require("heidi-health-sdk/sandbox");

const realTimer = setTimeout;
const turn = () => new Promise((resolve) => realTimer(resolve, 1));
const audio = Uint8Array.of(0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 0);
const TOKEN_MS = 3_600_000;
const silent = () => new Promise(() => undefined);
const connections = {
  sandbox: ({ fetch }) => ({ fetch }),
  platform: () => ({ fetch: (input, init) => fetch(input, init) }),
  own: () => ({}),
};

const userOf = ({ apiKey, baseUrl }, options) =>
  new Heidi({ apiKey, baseUrl, maxRetries: 0, ...options }).forUser({
    email: "dr@clinic.example",
    thirdPartyInternalId: "ehr-42",
  });

/** JSON, uploads of a Blob and of a stream, and a streamed answer: no call of it needs any time to pass. */
async function calls(user) {
  const { session_id } = await user.sessions.create({});
  await user.transcription.uploadAudio(session_id, { file: new Blob([audio]) });
  const data = (async function* () {
    yield audio;
  })();
  await user.transcription.uploadAudio(session_id, { file: { data, contentType: "audio/mpeg" } });
  const question = { ai_command_text: "Shorten", content: "A text", content_type: "MARKDOWN" };
  await user.askHeidi.ask(session_id, question).text();
}

/** Waits for what takes the sandbox a minute. */
async function wait(user) {
  const { session_id } = await user.sessions.create({});
  await user.transcription.uploadAudio(session_id, { file: new Blob([audio]) });
  await user.transcription.waitForTranscript(session_id);
}

/**
 * @param timers `install` and `restore` replace the timers and put them back, `advance` moves the time.
 * @param expected What the guide says. Nothing is waited for longer than it takes there, but for what is said to work.
 */
exports.measure = async ({ install, restore, advance }, expected) => {
  const seen = {};
  /** True once the work is done; false if nothing came of it in many turns of the event loop. */
  const settles = async (work, stepMs, maxTurns = Number.POSITIVE_INFINITY) => {
    let end;
    work.then(
      () => {
        end = {};
      },
      (error) => {
        end = { error };
      },
    );
    let turns = 0;
    for (; end === undefined && turns < maxTurns; turns++) {
      if (stepMs > 0) await advance(stepMs);
      await turn();
    }
    if (end?.error !== undefined) throw end.error;
    return { isDone: end !== undefined, turns };
  };
  const cell = async (transcriptionMs, run) => {
    const sandbox = await createSandbox({ streamDelayMs: 0, timings: { transcriptionMs } });
    install();
    try {
      return await run(sandbox);
    } finally {
      restore();
    }
  };
  const fails = (error) => `fails: ${error.name}`;
  /** What is awaited without a step of the time is done, or is done once steps follow. */
  const awaited = (door, word) =>
    cell(0, async (sandbox) => {
      const control = await createSandbox({ streamDelayMs: 0, timings: { transcriptionMs: 0 } });
      restore();
      const { turns } = await settles(calls(userOf(control, connections[door](control))), 0);
      install();
      const work = calls(userOf(sandbox, connections[door](sandbox)));
      const bound = word === "work" ? undefined : 1000 + 20 * turns;
      if ((await settles(work, 0, bound)).isDone) return "work";
      await settles(work, 20);
      return "hang until the time is advanced";
    }).catch(fails);
  const advanced = async (transcriptionMs, run) => {
    const words = new Set();
    for (const open of Object.values(connections))
      words.add(
        await cell(transcriptionMs, (sandbox) => run(sandbox, userOf(sandbox, open(sandbox)))).catch(fails),
      );
    return [...words].join(" or ");
  };

  seen["sandbox.fetch"] = await awaited("sandbox", expected["sandbox.fetch"]);
  seen.fetch = await awaited("platform", expected.fetch);
  seen.own = await awaited("own", expected.own);
  seen.wait = await advanced(60_000, async (_, user) => {
    await settles(wait(user), 200);
    return "works";
  });
  seen.renewal = await advanced(0, async ({ requests }, user) => {
    const exchanges = () => requests.filter(({ operation }) => operation === "getJwt").length;
    await settles(user.sessions.create({}), 20);
    await advance(2 * TOKEN_MS);
    await settles(user.sessions.create({}), 20);
    return ["fails", "does not happen", "works"][exchanges()];
  });
  for (const limit of ["timeoutMs", "totalTimeoutMs"]) {
    seen[limit] = await cell(0, async (sandbox) => {
      const work = userOf(sandbox, { fetch: silent }).sessions.create({}, { [limit]: 5000 });
      const caught = work.catch((error) => {
        if (error.name !== "HeidiTimeoutError") throw error;
      });
      return (await settles(caught, 200, 500)).isDone ? "ends the call" : "does not end it";
    }).catch(fails);
  }
  return seen;
};
