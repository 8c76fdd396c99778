// What a scenario is given. Plain JavaScript that every cell can run; it imports nothing, so that each cell brings the
// installed package as its platform loads it.

export const USER = { email: "dr@clinic.example", third_party_internal_id: "ehr-42" };

export function check(condition, what) {
  if (!condition) throw new Error(`expected ${what}`);
}

export function same(actual, expected, what) {
  const [one, other] = [actual, expected].map((value) => JSON.stringify(value));
  if (one !== other) throw new Error(`expected ${what} to be ${other}, but it is ${one}`);
}

/** What a promise is rejected with. */
export async function refusalOf(promise) {
  const value = await promise.then(
    (value) => ({ value }),
    (error) => ({ error }),
  );
  if (!("error" in value))
    throw new Error(`expected an error, but it resolved with ${JSON.stringify(value.value)}`);
  return value.error;
}

/** Asks again until the answer is yes: for what another process notices a moment later. */
export async function until(ask, what, patienceMs = 40_000) {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Bytes that begin like an MP3 file, and of which none can be lost or moved unnoticed. */
export function recording(sizeBytes = 200_000, seed = 1) {
  const bytes = new Uint8Array(sizeBytes);
  let state = seed * 0x9e3779b1;
  for (let index = 0; index < sizeBytes; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state;
  }
  bytes.set([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 0]);
  return bytes;
}

export async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A sandbox of the scenario's own behind the recording server, and a clinician who speaks to it. */
export async function openWorld(t, sandboxOptions = {}) {
  const ask = async (method, path, body) => {
    const init = { method, cache: "no-store", ...(body && { body: JSON.stringify(body) }) };
    if (t.noCacheOption) delete init.cache;
    const response = await t.controlFetch(`${t.control}/control/${path}`, init);
    if (!response.ok) throw new Error(`control: ${await response.text()}`);
    return response.json();
  };
  const options = { streamDelayMs: 1, timings: { transcriptionMs: 0, parsingMs: 0, codingMs: 0 } };
  const { id, origin, baseUrl, apiKey } = await ask("POST", "worlds", { ...options, ...sandboxOptions });
  const world = {
    origin,
    baseUrl,
    apiKey,
    /** Everything that has arrived so far: each request with what its body held. */
    requests: async () => (await ask("GET", `worlds/${id}`)).requests,
    state: async () => (await ask("GET", `worlds/${id}`)).state,
    fault: (operation, rule) => ask("POST", `worlds/${id}/faults`, { operation, rule }),
    token: () => ask("POST", `worlds/${id}/tokens`, USER),
    /** A client as this cell's users make it: servers with the key, pages with a token. */
    clinician: async (more = {}) => {
      const settings = { baseUrl, ...t.options, ...more };
      if (t.traits.page) return t.sdk.Heidi.withToken((await world.token()).token, settings);
      const heidi = new t.sdk.Heidi({ apiKey, ...settings });
      return heidi.forUser({ email: USER.email, thirdPartyInternalId: USER.third_party_internal_id });
    },
    close: () => ask("DELETE", `worlds/${id}`),
  };
  return world;
}

/** Runs the table, one scenario after the other, and reports each. */
export async function runScenarios(scenarios, t) {
  const report = (result) =>
    t.controlFetch(`${t.control}/control/reports/${encodeURIComponent(t.cell)}`, {
      method: "POST",
      body: JSON.stringify(result),
    });
  for (const { name, run } of scenarios) {
    let error;
    let limit;
    const late = new Promise((_, reject) => {
      limit = setTimeout(() => reject(new Error("it did not come to an end within 100 s")), 100_000);
    });
    try {
      await Promise.race([run(t), late]);
    } catch (thrown) {
      error = describe(thrown);
    }
    clearTimeout(limit);
    await report({ name, error });
  }
  await report({ done: true });
}

/** An error as text: what a page throws cannot be sent as it is. */
export function describe(error) {
  const causes = [];
  for (let cause = error; cause !== undefined && cause !== null && causes.length < 4; cause = cause.cause)
    causes.push(`${cause.name ?? typeof cause}: ${cause.message ?? String(cause)}`);
  const stack = /\n +at [^\n]*|@[^\n]*/.exec(String(error?.stack ?? ""))?.[0] ?? "";
  return causes.join("\n  because ") + stack;
}
