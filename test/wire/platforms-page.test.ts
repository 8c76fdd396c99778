import * as path from "node:path";
import * as sdk from "heidi-health-sdk";
import * as browser from "heidi-health-sdk/browser";
import { toNodeHandler } from "heidi-health-sdk/node";
import { createSandbox, type Sandbox } from "heidi-health-sdk/sandbox";
import { tokenHandler } from "heidi-health-sdk/server";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { FakeRecorder, FakeTrack, fakeBrowser } from "../unit/workflows/capture-support.ts";
import { fixture } from "../unit/workflows/segment-support.ts";
import { runSample, samplesOf } from "./page-samples.ts";
import { clientOf, closeAll } from "./sdk.ts";
import { listen, useServers } from "./servers.ts";

const samples = samplesOf("platforms.md");
// The one for React Native runs in a test of its own.
const [MAIN, PRELOAD, RENDERER, , WIDGET, ...MORE] = samples;

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox();
});
afterAll(() => sandbox.close());
useServers();
afterEach(async () => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  await closeAll();
});

it("the page about platforms has the samples that are run here", () => {
  expect([samples.length, MORE]).toEqual([5, []]);
});

/** The address of a server's `tokenHandler()` for a user who sends their session with it. */
function startTokens(): Promise<string> {
  const heidi = clientOf(sandbox.baseUrl, { apiKey: sandbox.apiKey });
  const identify = async ({ headers }: Request): Promise<sdk.HeidiIdentity | undefined> =>
    headers.get("authorization") === "Bearer ada"
      ? { email: "ada@clinic.example", thirdPartyInternalId: "ehr-1" }
      : undefined;
  return listen(toNodeHandler(tokenHandler(heidi, identify)));
}

describe("the samples for Electron", () => {
  type Handler = (event: { senderFrame: { url: string } | null }) => unknown;
  type PermissionHandler = (
    contents: object,
    permission: string,
    decide: (isGranted: boolean) => void,
    details: object,
  ) => void;

  /** What Electron's modules do between the processes: values are cloned, and of an error only the message arrives. */
  class Stand {
    readonly handlers = new Map<string, Handler>();
    readonly exposed: Record<string, (...given: unknown[]) => Promise<unknown>> = {};
    readonly windows: { readonly options: object; url?: string }[] = [];
    decide: PermissionHandler = () => undefined;
    frame: { url: string } | null = { url: "app://clinic/index.html" };

    readonly main = {
      app: { whenReady: async () => undefined, getAppPath: () => "/app" },
      ipcMain: { handle: (channel: string, handler: Handler) => this.handlers.set(channel, handler) },
      session: {
        defaultSession: {
          setPermissionRequestHandler: (handler: PermissionHandler) => {
            this.decide = handler;
          },
        },
      },
      BrowserWindow: this.#windowClass(),
    };

    readonly preload = {
      contextBridge: {
        exposeInMainWorld: (name: string, api: (...given: unknown[]) => Promise<unknown>) => {
          this.exposed[name] = api;
        },
      },
      ipcRenderer: {
        invoke: async (channel: string) => {
          try {
            return structuredClone(await this.handlers.get(channel)?.({ senderFrame: this.frame }));
          } catch (error) {
            throw new Error(`Error invoking remote method '${channel}': ${String(error)}`);
          }
        },
      },
    };

    #windowClass(): unknown {
      const { windows } = this;
      return class {
        readonly #window: { readonly options: object; url?: string };
        constructor(options: object) {
          this.#window = { options };
          windows.push(this.#window);
        }
        async loadURL(url: string): Promise<void> {
          this.#window.url = url;
        }
      };
    }

    /** True when the app grants it. */
    grants(permission: string, details: object): boolean {
      let isGranted = false;
      const decide = (granted: boolean): void => {
        isGranted = granted;
      };
      this.decide({}, permission, decide, details);
      return isGranted;
    }
  }

  async function startApp(session = "ada"): Promise<Stand> {
    const stand = new Stand();
    const tokenUrl = await startTokens();
    const names = {
      appUrl: "app://clinic/",
      tokenUrl,
      userSession: async () => session,
      report: expect.unreachable,
    };
    await runSample(MAIN, names, { "node:path": path, electron: stand.main });
    await runSample(PRELOAD, {}, { electron: stand.preload });
    await expect.poll(() => stand.windows[0]?.url).toBeDefined();
    return stand;
  }

  it("record in a window with a token of the main process", async () => {
    const stand = await startApp();
    expect(stand.windows).toEqual([
      {
        options: {
          webPreferences: {
            preload: path.join("/app", "preload.cjs"),
            contextIsolation: true,
            nodeIntegration: false,
          },
        },
        url: "app://clinic/index.html",
      },
    ]);
    const own = sdk.Heidi.withToken(stand.exposed["heidiToken"] as sdk.TokenProvider, {
      baseUrl: sandbox.baseUrl,
    });
    const { session_id } = await own.sessions.create();
    await own.close();
    fakeBrowser();
    const track = new FakeTrack();
    const getUserMedia = async (): Promise<object> => ({
      getTracks: () => [track],
      getAudioTracks: () => [track],
    });
    vi.stubGlobal("navigator", { mediaDevices: { getUserMedia } });
    const stopButton: { onclick?: () => Promise<sdk.RecordingSummary> } = {};
    await runSample(
      RENDERER,
      { window: stand.exposed, baseUrl: sandbox.baseUrl, session_id, stopButton },
      { "heidi-health-sdk": sdk, "heidi-health-sdk/browser": browser },
    );
    const recording = new Uint8Array(fixture("opus.ogg"));
    FakeRecorder.made[0]?.give(new Blob([recording]));
    expect(await stopButton.onclick?.()).toMatchObject({ chunks: 1, uncertain: [] });
    const ada = sandbox.state().users.find(({ identity }) => identity.email === "ada@clinic.example");
    const session = ada?.sessions.find((each) => each.session_id === session_id);
    expect(session?.recordings).toMatchObject([{ finished: true, chunks: [{ index: 0 }] }]);
    expect(track.readyState).toBe("ended");
  });

  it("give a token and the microphone to the app's own page only", async () => {
    const stand = await startApp();
    const getToken = (): Promise<unknown> | undefined => stand.exposed["heidiToken"]?.();
    expect(await getToken()).toEqual({ token: expect.any(String), expiration_time: expect.any(String) });
    const microphone = { mediaTypes: ["audio"], requestingUrl: "app://clinic/index.html" };
    expect(stand.grants("media", microphone)).toBe(true);
    for (const url of ["https://evil.example/", "app://clinic.evil.example/", "about:blank", ""]) {
      stand.frame = { url };
      await expect(getToken()).rejects.toThrow("Only a page of the app gets a token.");
      expect(stand.grants("media", { ...microphone, requestingUrl: url })).toBe(false);
    }
    stand.frame = null;
    await expect(getToken()).rejects.toThrow("Only a page of the app gets a token.");
    expect(stand.grants("media", { ...microphone, mediaTypes: ["audio", "video"] })).toBe(false);
    expect(stand.grants("media", { requestingUrl: microphone.requestingUrl })).toBe(false);
    expect(stand.grants("geolocation", microphone)).toBe(false);
  });

  it("fail in the page when the server has no token", async () => {
    const stand = await startApp("expired");
    const user = sdk.Heidi.withToken(stand.exposed["heidiToken"] as sdk.TokenProvider, {
      baseUrl: sandbox.baseUrl,
    });
    const failure: unknown = await user.templates.list().catch((error: unknown) => error);
    await user.close();
    expect(sdk.isHeidiError(failure) && failure.outcome).toBe("not-sent");
    expect(String(Reflect.get(Object(failure), "cause"))).toContain("The token failed with status 401.");
  });
});

describe("the sample for Heidi's widget", () => {
  const HOUR_MS = 3_600_000;

  it("hands over the token of a real endpoint, which Heidi accepts", async () => {
    const url = await startTokens();
    const stop = new AbortController();
    const used: string[] = [];
    const headers = { authorization: "Bearer ada" };
    const own = (_: string, init: RequestInit): Promise<Response> => fetch(url, { ...init, headers });
    vi.useFakeTimers({ toFake: ["setTimeout"], shouldAdvanceTime: false });
    const { keepToken } = await loadWidget({ fetch: own, report: expect.unreachable });
    const done = keepToken((token) => used.push(token), stop.signal);
    await expect.poll(() => used.length).toBe(1);
    stop.abort();
    vi.runAllTimers();
    await done;
    vi.useRealTimers();
    const user = sdk.Heidi.withToken(used[0] ?? "", { baseUrl: sandbox.baseUrl });
    expect((await user.templates.list()).data?.length).toBeGreaterThan(0);
    await user.close();
  });

  interface Widget {
    keepToken(use: (token: string) => unknown, signal: AbortSignal): Promise<void>;
  }
  const loadWidget = (names: Readonly<Record<string, unknown>>): Promise<Widget> =>
    runSample<Widget>(WIDGET, names, { "heidi-health-sdk": sdk });

  /** A server that keeps a token until shortly before its end, as `tokenHandler()` does, in virtual time. */
  class Tokens {
    readonly requestsAtMs: number[] = [];
    isDown = false;
    /** By how much the page's clock is ahead. */
    aheadMs = 0;
    #token = { token: "0", expiresAtMs: 0 };
    readonly #lifetimeMs: number;

    constructor(lifetimeMs: number) {
      this.#lifetimeMs = lifetimeMs;
    }

    /** The server's time. */
    get nowMs(): number {
      return Date.now() - this.aheadMs;
    }

    /** The time that the token has left; negative when it has expired. */
    leftMs(token: string): number {
      return Number(token) + this.#lifetimeMs - this.nowMs;
    }

    readonly fetch = async (): Promise<Response> => {
      this.requestsAtMs.push(this.nowMs);
      if (this.isDown) throw new TypeError("Failed to fetch");
      const windowMs = Math.min(30_000, this.#lifetimeMs / 20);
      if (this.#token.expiresAtMs - this.nowMs <= windowMs)
        this.#token = { token: String(this.nowMs), expiresAtMs: this.nowMs + this.#lifetimeMs };
      const { token, expiresAtMs } = this.#token;
      const body = { token, expiration_time: new Date(expiresAtMs).toISOString().replace("Z", "") };
      return Response.json(body, { headers: { date: new Date(this.nowMs).toUTCString() } });
    };
  }

  it.each([
    ["an hour", HOUR_MS, 0],
    ["an hour, with a page's clock that is 20 minutes late", HOUR_MS, -20 * 60_000],
    ["an hour, with a page's clock that is 20 minutes fast", HOUR_MS, 20 * 60_000],
    ["a day", 24 * HOUR_MS, 0],
    ["two minutes", 120_000, 0],
  ])("never lets a token expire in the widget, with a lifetime of %s", async (_, lifetimeMs, aheadMs) => {
    vi.useFakeTimers({ now: Date.parse("2026-03-01T08:00:00Z") });
    const tokens = new Tokens(lifetimeMs);
    tokens.aheadMs = aheadMs;
    const used: string[] = [];
    const stop = new AbortController();
    const { keepToken } = await loadWidget({ fetch: tokens.fetch, report: expect.unreachable });
    const done = keepToken((token) => used.push(token), stop.signal);
    const hours = 30;
    for (let atMs = 0; atMs < hours * HOUR_MS; atMs += 1_000) {
      await vi.advanceTimersByTimeAsync(1_000);
      const leftMs = tokens.leftMs(used.at(-1) ?? "0");
      if (leftMs <= 0) expect.unreachable(`the token has ${leftMs} ms left`);
    }
    const renewals = Math.ceil((hours * HOUR_MS) / lifetimeMs);
    expect(used.length).toBeGreaterThanOrEqual(renewals);
    expect(new Set(used).size).toBe(used.length);
    // Each renewal takes some requests in the last minute, and a long lifetime one in each hour.
    expect(tokens.requestsAtMs.length).toBeLessThan(renewals * 20 + hours * 2);
    stop.abort();
    await vi.runAllTimersAsync();
    await done;
  });

  it("reports a failure and tries again, and stops when it is aborted", async () => {
    vi.useFakeTimers({ now: Date.parse("2026-03-01T08:00:00Z") });
    const tokens = new Tokens(HOUR_MS);
    const [used, reported]: [string[], unknown[]] = [[], []];
    const stop = new AbortController();
    const report = (error: unknown): void => void reported.push(error);
    const answers = [
      new Response('{"error":{"name":"NotSignedIn"}}', { status: 401 }),
      new Response("<html>", { status: 200 }),
    ];
    const { keepToken } = await loadWidget({ fetch: async () => answers.shift() ?? tokens.fetch(), report });
    const done = keepToken((token) => used.push(token), stop.signal);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([used, reported.map(String)]).toEqual([[], ["Error: The token failed with status 401."]]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(reported).toHaveLength(2);
    tokens.isDown = true;
    await vi.advanceTimersByTimeAsync(60_000);
    expect([used.length, reported.length]).toEqual([0, 14]);
    tokens.isDown = false;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(used).toHaveLength(1);
    stop.abort();
    await vi.runAllTimersAsync();
    await done;
    expect([used.length, reported.length, vi.getTimerCount()]).toEqual([1, 14, 0]);
  });
});
