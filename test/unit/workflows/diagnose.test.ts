import {
  type Diagnosis,
  Heidi,
  HeidiAbortError,
  HeidiArgumentError,
  type HeidiOptions,
} from "heidi-health-sdk";
import { createSandbox } from "heidi-health-sdk/sandbox";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { skewOf } from "../../../src/workflows/diagnose/clock.ts";

const NOW = Date.parse("2026-03-01T10:00:00Z");
const identity = { email: "dr.canary@clinic.example", thirdPartyInternalId: "ehr-canary" };
const key = "key-canary-4711";
const token = "token-canary";

interface Api {
  /** Per path's end: an answer, a failure to throw, or a delay before an empty answer. */
  readonly jwt?: () => Response | Promise<Response>;
  readonly access?: () => Response | Promise<Response>;
  /** The answer to the list of templates. */
  readonly templates?: () => Response | Promise<Response>;
}

const dated = (body: unknown, init: ResponseInit & { readonly atMs?: number } = {}): Response =>
  Response.json(body, {
    ...init,
    headers: { date: new Date(init.atMs ?? NOW).toUTCString(), ...init.headers },
  });

const goodToken = (atMs?: number): Response =>
  dated({ token, expiration_time: "2026-03-01T11:00:00Z" }, atMs === undefined ? {} : { atMs });

const listed = {
  documented: () => dated({ templates: [] }),
  spec: () => dated({ data: [] }),
} as const;

function heidiOver(
  { jwt = goodToken, access, templates = listed.documented }: Api,
  options: HeidiOptions = {},
): Heidi {
  const fetch = async (input: string): Promise<Response> => {
    if (new URL(input).pathname.endsWith("/jwt")) return jwt();
    if (new URL(input).pathname.endsWith("/templates/document-templates")) return templates();
    return access?.() ?? dated({ is_valid: true, is_linked: true, account: {} });
  };
  return new Heidi({ apiKey: key, region: "au", fetch, ...options });
}

function brokenBody(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: (controller) => controller.error(new TypeError("terminated")),
  });
}

async function diagnosisOf(api: Api, options?: HeidiOptions): Promise<Diagnosis> {
  const diagnosis = await heidiOver(api, options).diagnose(identity);
  const shown = JSON.stringify(diagnosis);
  for (const secret of [key, token, identity.email, identity.thirdPartyInternalId, "gateway.internal"])
    expect(shown).not.toContain(secret);
  expect(diagnosis.checks.map(({ name }) => name)).toEqual([
    "address",
    "key",
    "clock",
    "link",
    "dialect",
    "latency",
  ]);
  for (const { status, advice } of diagnosis.checks) {
    if (status === "failed" || status === "warning") expect(advice).toBeTruthy();
    if (status === "ok") expect(advice).toBeUndefined();
  }
  return diagnosis;
}

const statusesOf = ({ checks }: Diagnosis): Record<string, string> =>
  Object.fromEntries(checks.map(({ name, status }) => [name, status]));
const checkOf = ({ checks }: Diagnosis, wanted: string): string => {
  const { finding = "", advice = "" } = checks.find(({ name }) => name === wanted) ?? {};
  return `${finding} ${advice}`;
};

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ["Date"] });
  vi.stubEnv("HEIDI_BASE_URL", "");
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

describe("a diagnosis", () => {
  it("finds nothing where all is well", async () => {
    const diagnosis = await diagnosisOf({});
    expect(diagnosis).toMatchObject({ ok: true, deployment: "au", skewMs: 0, linked: true });
    expect(diagnosis.latencyMs).toBeGreaterThanOrEqual(0);
    expect(new Set(Object.values(statusesOf(diagnosis)))).toEqual(new Set(["ok"]));
  });

  it.each([401, 403])("tells a refused key, by status %s, and speaks of regions", async (status) => {
    const diagnosis = await diagnosisOf({ jwt: () => dated({ detail: key }, { status }) });
    expect(diagnosis.ok).toBe(false);
    expect(statusesOf(diagnosis)).toMatchObject({
      address: "ok",
      key: "failed",
      clock: "ok",
      link: "unknown",
    });
    expect(checkOf(diagnosis, "key")).toContain("region");
  });

  it.each([400, 422])("tells a refused clinician from a refused key, by status %s", async (status) => {
    const diagnosis = await diagnosisOf({
      jwt: () => dated({ detail: "value is not an email" }, { status }),
    });
    expect(statusesOf(diagnosis)).toMatchObject({ address: "ok", key: "unknown" });
    expect(checkOf(diagnosis, "key")).toContain("e-mail");
  });

  it.each([
    ["nothing listens", () => Promise.reject(new TypeError("fetch failed"))],
    ["a web page answers", () => new Response("<html>", { headers: { "content-type": "text/html" } })],
    ["another service answers", () => dated({}, { status: 404 })],
  ])("tells a wrong address when %s", async (_, jwt) => {
    const diagnosis = await diagnosisOf({ jwt });
    expect(diagnosis.ok).toBe(false);
    expect(statusesOf(diagnosis)).toMatchObject({ address: "failed", key: "unknown", latency: "unknown" });
    expect(checkOf(diagnosis, "address")).toContain("baseUrl");
  });

  it("does not blame the key for a server that fails", async () => {
    const diagnosis = await diagnosisOf({ jwt: () => dated({}, { status: 503 }) });
    expect(statusesOf(diagnosis)).toMatchObject({ address: "ok", key: "unknown" });
    expect(diagnosis.ok).toBe(true);
  });

  it.each([
    ["no token", { ok: true }],
    ["a token that is over", { token, expiration_time: "2026-03-01T09:00:00Z" }],
  ])("tells an exchange that brings %s", async (_, body) => {
    const diagnosis = await diagnosisOf({ jwt: () => dated(body) });
    expect(statusesOf(diagnosis)).toMatchObject({ key: "failed", link: "unknown" });
  });

  it.each([
    [90 * 60_000, "behind"],
    [-90 * 60_000, "ahead of"],
  ])("tells how far this machine's clock is from the server's (%i ms)", async (skewMs, word) => {
    const body = { token, expiration_time: new Date(NOW + skewMs + 3_600_000).toISOString() };
    const diagnosis = await diagnosisOf({ jwt: () => dated(body, { atMs: NOW + skewMs }) });
    expect(Math.abs((diagnosis.skewMs ?? 0) - skewMs)).toBeLessThanOrEqual(1000);
    expect(statusesOf(diagnosis)).toMatchObject({ key: "ok", clock: "warning" });
    expect(checkOf(diagnosis, "clock")).toMatch(new RegExp(`540[01] s ${word}|5399 s ${word}`));
  });

  it.each([
    ["is not linked", () => dated({ is_valid: false, is_linked: false, account: null }), "warning", false],
    [
      "must be linked first",
      () => dated({ detail: "Linked Account is required" }, { status: 400 }),
      "warning",
      false,
    ],
    ["has a link that is not valid", () => dated({ is_valid: false, is_linked: true }), "warning", true],
    ["cannot be asked about", () => dated({ detail: "Not Found" }, { status: 404 }), "unknown", undefined],
    ["gets another answer", () => dated([]), "unknown", undefined],
    ["has a token that calls refuse", () => dated({}, { status: 401 }), "failed", undefined],
  ] as const)("tells a clinician who %s", async (_, access, status, linked) => {
    const diagnosis = await diagnosisOf({ access });
    expect(statusesOf(diagnosis)).toMatchObject({ key: "ok", link: status });
    expect(diagnosis.linked).toBe(linked);
    if (status === "warning") expect(checkOf(diagnosis, "link")).toContain("account.link(");
  });

  it.each([
    ["staging", {}, { region: undefined }, "warning", "region"],
    ["eu", {}, { region: "eu" }, "ok", "region eu"],
    ["local", {}, { region: undefined, baseUrl: "http://127.0.0.1:4010/api" }, "ok", "this machine"],
    ["other", {}, { region: undefined, baseUrl: "https://gateway.internal/heidi" }, "ok", "gateway"],
    [
      "us",
      {},
      { region: "au", baseUrl: "https://us.api.heidihealth.com/api/v2/ml-scribe/open-api" },
      "warning",
      "HEIDI_REGION",
    ],
    [
      "us",
      {},
      { region: undefined, baseUrl: "https://us.api.heidihealth.com" },
      "warning",
      "/api/v2/ml-scribe/open-api",
    ],
  ] as const)("knows where requests go: %s", async (deployment, api, options, status, word) => {
    const diagnosis = await diagnosisOf(api, options);
    expect(diagnosis.deployment).toBe(deployment);
    expect(statusesOf(diagnosis)["address"]).toBe(status);
    expect(checkOf(diagnosis, "address")).toContain(word);
  });

  it("looks at the address alone when no clinician is given, and sends nothing", async () => {
    const jwt = vi.fn(goodToken);
    const diagnosis = await heidiOver({ jwt }).diagnose();
    expect(statusesOf(diagnosis)).toEqual({
      address: "ok",
      key: "unknown",
      clock: "unknown",
      link: "unknown",
      dialect: "unknown",
      latency: "unknown",
    });
    expect(checkOf(diagnosis, "key")).toContain("Pass a clinician");
    expect(jwt).not.toHaveBeenCalled();
  });

  it.each(["documented", "spec"] as const)(
    "tells that a deployment takes the form %s, and warns where another is fixed",
    async (form) => {
      const other = form === "spec" ? "documented" : "spec";
      const templates = listed[form];
      for (const dialect of ["auto", form] as const) {
        const diagnosis = await diagnosisOf({ templates }, { dialect });
        expect(diagnosis.dialect).toBe(form);
        expect(statusesOf(diagnosis)).toMatchObject({ dialect: "ok" });
      }
      const diagnosis = await diagnosisOf({ templates }, { dialect: other });
      expect(statusesOf(diagnosis)).toMatchObject({ dialect: "warning" });
      expect(checkOf(diagnosis, "dialect")).toMatch(new RegExp(`"${form}".*"${other}".*HEIDI_DIALECT`));
    },
  );

  it.each<[string, () => Response]>([
    ["another 200", () => dated({})],
    ["both lists", () => dated({ templates: [], data: [] })],
    ["a bare list", () => dated([])],
    ["null", () => dated(null)],
    ["text", () => new Response("templates data")],
    [
      "a body that breaks off",
      () => new Response(brokenBody(), { headers: { date: new Date().toUTCString() } }),
    ],
    ["an unknown path", () => dated({ detail: "Not Found" }, { status: 404 })],
    ["a gateway's 404", () => new Response("<h1>Not Found</h1>", { status: 404 })],
    ["a refusal", () => dated({ detail: [{ loc: ["query", "coding_system"] }] }, { status: 422 })],
    ["a failure", () => dated({}, { status: 500 })],
  ])("does not guess the form of requests from %s", async (_, templates) => {
    const diagnosis = await diagnosisOf({ templates });
    expect([diagnosis.dialect, statusesOf(diagnosis)["dialect"]]).toEqual([undefined, "unknown"]);
    expect(diagnosis.ok).toBe(true);
  });

  it("does not wait for a list of templates that never ends, and heeds an abort meanwhile", async () => {
    const heidi = heidiOver({ templates: () => new Response(new ReadableStream()) });
    expect((await heidi.diagnose(identity, { timeoutMs: 50 })).dialect).toBeUndefined();
    const stop = new AbortController();
    const stopping = heidiOver({
      templates: () => {
        setTimeout(() => stop.abort(), 20);
        return new Response(new ReadableStream());
      },
    });
    await expect(stopping.diagnose(identity, { signal: stop.signal })).rejects.toBeInstanceOf(
      HeidiAbortError,
    );
  });

  it.each(["documented", "spec"] as const)("tells the form of the sandbox's %s deployment", async (form) => {
    const { apiKey, baseUrl, fetch, close } = await createSandbox({ deployment: form, port: false });
    const heidi = new Heidi({ apiKey, baseUrl, fetch });
    expect((await heidi.diagnose(identity)).dialect).toBe(form);
    await close();
  });

  it("asks once and does not retry", async () => {
    const jwt = vi.fn(() => dated({}, { status: 503 }));
    await diagnosisOf({ jwt });
    expect(jwt).toHaveBeenCalledTimes(1);
  });

  it("ends with the caller's abort, and with an option that cannot be", async () => {
    const heidi = heidiOver({});
    await expect(heidi.diagnose(identity, { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(
      HeidiAbortError,
    );
    await expect(heidi.diagnose(identity, { timeoutMs: -1 })).rejects.toBeInstanceOf(HeidiArgumentError);
    await expect(heidi.diagnose({ email: "" } as never)).rejects.toThrow("thirdPartyInternalId");
  });
});

describe("the skew of a clock", () => {
  const at = (date: string, more: Record<string, string> = {}): Headers => new Headers({ date, ...more });
  const noon = "Sun, 01 Mar 2026 10:00:00 GMT";

  it.each([
    ["within the time that the answer took", at(noon), NOW - 3_000, NOW + 4_000, 0],
    ["to the second", at(noon), NOW - 10_000, NOW - 9_000, 10_000],
    ["of an answer from a cache", at(noon, { age: "7" }), NOW, NOW, undefined],
    ["without a date", new Headers(), NOW, NOW, undefined],
    ["with a date that is none", at("yesterday"), NOW, NOW, undefined],
    ["when the clock was set meanwhile", at(noon), NOW, NOW - 1, undefined],
  ])("is told %s", (_, headers, startedMs, endedMs, skewMs) => {
    expect(skewOf(headers, startedMs, endedMs)).toBe(skewMs);
  });
});
