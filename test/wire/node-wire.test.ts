import { type ChildProcess, fork } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { HeidiConfigurationError } from "heidi-health-sdk";
import { ATTEMPT_CHANNEL, diagnostics, type NodeWireOptions, nodeWire } from "heidi-health-sdk/node";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { hasOpenssl, makeCertificates } from "../fixtures/tls/certificates.ts";
import { freePort } from "../free-port.ts";
import { type FaultServer, startFaultServer } from "./harness.ts";
import { closeAll, failureOf, readyUserOf, SECRET, withoutBackoff } from "./sdk.ts";

const PROXY = fileURLToPath(new URL("./children/proxy.mjs", import.meta.url));
const create = { ehr_appointment_id: SECRET };

let server: FaultServer | undefined;
let proxy: ChildProcess | undefined;
const asked: { connect: string; allowed: boolean }[] = [];

async function startProxy(...credentials: string[]): Promise<number> {
  const child = fork(PROXY, credentials);
  proxy = child;
  return new Promise((resolve) => {
    child.on("message", (message: { port?: number; connect?: string; allowed?: boolean }) => {
      if (message.port !== undefined) resolve(message.port);
      else asked.push({ connect: message.connect ?? "", allowed: message.allowed ?? false });
    });
  });
}

beforeEach(withoutBackoff);
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await closeAll();
  await server?.close();
  proxy?.kill();
  server = undefined;
  proxy = undefined;
  asked.length = 0;
});

describe("a client behind a proxy", () => {
  it("reaches the API through it, with the proxy's password", async () => {
    server = await startFaultServer();
    const port = await startProxy("user:pass");
    const wire = nodeWire({ proxy: `http://user:pass@127.0.0.1:${port}` });
    await fetch("data:,").then((response) => response.text()); // Node's own fetch has its dispatcher by now
    const shared = (): unknown => Reflect.get(globalThis, Symbol.for("undici.globalDispatcher.1"));
    const before = shared();
    await readyUserOf(server.url, { wire }).sessions.create(create);
    expect(asked).toEqual([{ connect: `127.0.0.1:${server.port}`, allowed: true }]);
    expect(await server.requests({ method: "POST" })).toHaveLength(1);
    expect(shared()).toBe(before);
  });

  it("may read slowly: the server is held back, and closing the connection meanwhile loses nothing [E19]", async () => {
    const line = `{"data":"${"x".repeat(1012)}"}\n`;
    const headers = { "content-type": "application/x-ndjson", connection: "close" };
    server = await startFaultServer();
    await server.script({
      path: "/sessions/*",
      steps: [{ do: "respond", headers, body: { repeat: line, times: 128 } }],
    });
    const port = await startProxy();
    for (const options of [{ proxy: `http://127.0.0.1:${port}` }, { proxy: "env" }]) {
      const reader = readyUserOf(server.url, { wire: nodeWire(options) });
      let items = 0;
      const ask = { ai_command_text: "x", content: "y", content_type: "MARKDOWN" } as const;
      for await (const _ of reader.askHeidi.ask("1", ask)) {
        items += 1;
        if (items === 1) await sleep(250);
      }
      expect(items).toBe(128);
    }
    expect(asked).toHaveLength(1);
  });

  it("takes the proxy of the environment only when it is told to [B20]", async () => {
    server = await startFaultServer();
    const port = await startProxy();
    vi.stubEnv("HTTP_PROXY", `http://127.0.0.1:${port}`);
    vi.stubEnv("NO_PROXY", "");
    await readyUserOf(server.url).sessions.create(create);
    expect(asked).toEqual([]);
    await readyUserOf(server.url, { wire: nodeWire({ proxy: "env" }) }).sessions.create(create);
    expect(asked).toHaveLength(1);
    vi.stubEnv("NO_PROXY", "127.0.0.1");
    await readyUserOf(server.url, { wire: nodeWire({ proxy: "env" }) }).sessions.create(create);
    expect(asked).toHaveLength(1);
  });

  it("is told that nothing was sent when the proxy refuses or is away, without its password", async () => {
    server = await startFaultServer();
    const port = await startProxy("user:pass");
    const wrong = nodeWire({ proxy: `http://user:${SECRET}@127.0.0.1:${port}` });
    const refused = await failureOf(readyUserOf(server.url, { wire: wrong }).sessions.create(create));
    expect(refused).toMatchObject({ name: "HeidiConnectionError", outcome: "not-sent" });
    const away = nodeWire({ proxy: `http://user:${SECRET}@127.0.0.1:${await freePort()}` });
    const failed = await failureOf(readyUserOf(server.url, { wire: away }).sessions.create(create));
    expect(failed).toMatchObject({ name: "HeidiConnectionError", outcome: "not-sent", attempts: 3 });
    expect(await server.requests({ method: "POST" })).toEqual([]);
  });

  it("sends an upload through it unharmed", async () => {
    server = await startFaultServer();
    const port = await startProxy();
    const wire = nodeWire({ proxy: `http://127.0.0.1:${port}` });
    const bytes = new Uint8Array(5_000_000).map((_, index) => (index * 31) % 251);
    const file = { data: bytes, filename: "visit.ogg" };
    await readyUserOf(server.url, { wire }).transcription.uploadAudio("1", { file });
    const [request] = await server.requests({ method: "POST" });
    expect(request?.bodyBytes).toBeGreaterThan(bytes.length);
  });
});

describe.skipIf(!hasOpenssl())("a client with own authorities (needs openssl)", () => {
  it("trusts them, and only in this client [B20]", async () => {
    const certificates = makeCertificates();
    server = await startFaultServer({ tls: certificates.good });
    const wire = nodeWire({ tls: { ca: certificates.ca } });
    await readyUserOf(server.url, { wire }).sessions.create(create);
    expect(await server.requests({ method: "POST" })).toHaveLength(1);
    const error = await failureOf(readyUserOf(server.url).sessions.create(create));
    expect(error).toMatchObject({ outcome: "not-sent", attempts: 1 });
  });
});

describe("unusable options of a Node wire", () => {
  it.each<[string, unknown]>([
    ["a proxy that is no address", { proxy: `${SECRET}` }],
    ["a proxy of another scheme", { proxy: `ftp://${SECRET}` }],
    ["a proxy with a password that is not encoded", { proxy: `http://us%er:${SECRET}%@127.0.0.1:1` }],
    ["a SOCKS proxy", { proxy: `socks5://user:${SECRET}@127.0.0.1:1` }],
    ["checking certificates turned off", { tls: { rejectUnauthorized: false } }],
    ["no connections", { maxConnections: 0 }],
    ["a time that is none", { keepAliveMs: Number.NaN }],
    ["no options", null],
  ])("are refused: %s [G9]", (_, options) => {
    const make = (): unknown => nodeWire(options as NodeWireOptions);
    expect(make).toThrow(HeidiConfigurationError);
    expect(make).not.toThrow(SECRET);
    expect(make).not.toThrow(/environment/);
  });
});

describe("the diagnostics channel", () => {
  it("tells of every attempt, and nothing that is secret [I3]", async () => {
    server = await startFaultServer();
    await server.script({ times: 1, steps: [{ do: "respond", status: 503 }] });
    const messages: unknown[] = [];
    const note = (message: unknown): void => void messages.push(message);
    subscribe(ATTEMPT_CHANNEL, note);
    try {
      await readyUserOf(server.url, { middleware: [diagnostics()] }).sessions.get(SECRET);
    } finally {
      unsubscribe(ATTEMPT_CHANNEL, note);
    }
    const common = {
      operation: "getSession",
      method: "GET",
      template: "/sessions/{session_id}",
      error: undefined,
    };
    expect(messages).toMatchObject([
      { ...common, attempt: 1, status: 503 },
      { ...common, attempt: 2, status: 200 },
    ]);
    expect(JSON.stringify(messages)).not.toContain(SECRET);
  });
});
