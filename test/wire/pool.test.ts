import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Heidi, type HeidiUser, isHeidiError } from "heidi-health-sdk";
import { nodeHttpClient } from "heidi-health-sdk/node";
import { afterEach, describe, expect, it, vi } from "vitest";
import { hasOpenssl, makeCertificates } from "../fixtures/tls/certificates.ts";
import { freePort } from "../free-port.ts";
import { resultOf } from "./child.ts";
import { useFaultServer } from "./each.ts";
import { type FaultServer, type Rule, startFaultServer } from "./harness.ts";
import { failureOf, readyUserOf, SECRET, warmUp } from "./sdk.ts";

const MANY_CALLS = new URL("children/many-calls.ts", import.meta.url);
const ABORTED_CALLS = new URL("children/aborted-calls.ts", import.meta.url);
const PROXY = fileURLToPath(new URL("children/proxy.mjs", import.meta.url));
const OK = { do: "respond", headers: { "content-type": "application/json" }, body: "{}" } as const;
/** The one connection is taken until the gate opens. */
const HELD: Rule = { path: "/sessions/held", steps: [{ do: "gate", name: "go" }, OK] };

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});

const others: FaultServer[] = [];
const proxies: ChildProcess[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const proxy of proxies.splice(0)) proxy.kill();
  await Promise.all(others.splice(0).map((other) => other.close()));
});

async function startProxy(...credentials: string[]): Promise<string> {
  const child = fork(PROXY, credentials);
  proxies.push(child);
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return `http://127.0.0.1:${port}`;
}

async function startOther(
  options: Parameters<typeof startFaultServer>[0],
  ...rules: Rule[]
): Promise<FaultServer> {
  const other = await startFaultServer(options);
  others.push(other);
  await other.script(...rules);
  return other;
}

const FAILED = "HeidiConnectionError not-sent";
const ALL_FAIL = [{ [FAILED]: 4 }, { [FAILED]: 6 }, { [FAILED]: 100 }];

interface Place {
  readonly baseUrl: string;
  readonly proxy?: string;
  readonly connectTimeoutMs?: number;
}

describe("calls that wait for a connection that cannot be made", () => {
  const places: [string, () => Promise<Place>][] = [
    ["a closed port", async () => ({ baseUrl: `http://127.0.0.1:${await freePort()}` })],
    [
      "a closed port of a name with two addresses",
      async () => ({ baseUrl: `http://localhost:${await freePort()}` }),
    ],
    ["a name that does not exist", async () => ({ baseUrl: "https://api.invalid" })],
    [
      "a handshake that does not end in time",
      async () => {
        const { port } = await startOther({}, { when: "accept", steps: [{ do: "stall" }] });
        return { baseUrl: `https://127.0.0.1:${port}`, connectTimeoutMs: 200 };
      },
    ],
    [
      "a server that does not speak TLS",
      async () => {
        const plain = { do: "write", data: "HTTP/1.1 400 Bad Request\r\n\r\n" } as const;
        const { port } = await startOther({}, { when: "accept", steps: [plain, { do: "stall" }] });
        return { baseUrl: `https://127.0.0.1:${port}` };
      },
    ],
    [
      "a server that closes each connection in the handshake",
      async () => {
        const { port } = await startOther({}, { when: "accept", steps: [{ do: "fin" }] });
        return { baseUrl: `https://127.0.0.1:${port}` };
      },
    ],
    [
      "a proxy that refuses",
      async () => ({ baseUrl: "https://api.example.com", proxy: await startProxy("user:pass") }),
    ],
    [
      "a proxy that closes its connections",
      async () => {
        const { url } = await startOther({}, { when: "head", method: "CONNECT", steps: [{ do: "rst" }] });
        return { baseUrl: "https://api.example.com", proxy: url };
      },
    ],
    [
      "a proxy that is away",
      async () => ({ baseUrl: "https://api.example.com", proxy: `http://127.0.0.1:${await freePort()}` }),
    ],
    [
      "a closed port behind a proxy",
      async () => ({ baseUrl: `http://127.0.0.1:${await freePort()}`, proxy: await startProxy() }),
    ],
  ];

  it.each(places)("all fail with nothing sent, and the process lives on: %s [B45]", async (_, place) => {
    const { baseUrl, ...options } = await place();
    const ends = await resultOf(MANY_CALLS, [baseUrl, JSON.stringify(options)]);
    expect(ends).toEqual(ALL_FAIL);
  });

  it.skipIf(!hasOpenssl())(
    "all fail with nothing sent, and the process lives on: a certificate that is not trusted (needs openssl) [B45]",
    async () => {
      const certificates = makeCertificates();
      const untrusted = await startOther({ tls: certificates.selfSigned });
      const elsewhere = await startOther({ tls: certificates.wrongHost });
      for (const [{ url }, tls] of [
        [untrusted, {}],
        [elsewhere, { ca: certificates.ca }],
      ] as const) {
        const ends = await resultOf(MANY_CALLS, [url, JSON.stringify({ tls })]);
        expect(ends).toEqual(ALL_FAIL);
      }
    },
  );
});

describe("calls that wait for a connection", () => {
  it("are sent in their order, before those that are made later [B45]", async () => {
    await server.script(HELD);
    const clinician = readyUserOf(server.url, { maxConnections: 1 });
    await warmUp(clinician);
    const held = clinician.sessions.get("held");
    await server.untilRequest({ path: "/sessions/held" });
    const get = async (id: string): Promise<unknown> => {
      await clinician.sessions.get(id);
      return id.endsWith("b") ? undefined : get(`${id}b`);
    };
    const calls = ["1", "2", "3", "4"].map(get);
    await sleep(20);
    await server.open("go");
    await Promise.all([held, ...calls]);
    const targets = (await server.requests({ path: "/sessions/*" })).map(({ target }) => target.slice(10));
    expect(targets).toEqual(["held", "1", "2", "3", "4", "1b", "2b", "3b", "4b"]);
    expect(await server.totals()).toMatchObject({ connections: 1 });
  });

  it("and are aborted are never sent, and leave the connection to the others [B45]", async () => {
    await server.script(HELD);
    const clinician = readyUserOf(server.url, { maxConnections: 1 });
    await warmUp(clinician);
    const held = clinician.sessions.get("held");
    await server.untilRequest({ path: "/sessions/held" });
    const abort = new AbortController();
    const aborted = Array.from({ length: 20 }, () =>
      failureOf(clinician.sessions.create({}, { signal: abort.signal })),
    );
    const last = clinician.sessions.get("last");
    await sleep(20);
    abort.abort();
    for (const error of await Promise.all(aborted)) expect(error).toMatchObject({ outcome: "not-sent" });
    await server.open("go");
    await Promise.all([held, last]);
    expect(await server.requests({ method: "POST" })).toEqual([]);
    expect(await server.totals()).toMatchObject({ connections: 1 });
  });

  it("and are aborted are not kept in memory [B45]", async () => {
    await server.script({ path: "/sessions/endless", steps: [{ do: "stall" }] });
    const grownBytes = await resultOf<number>(ABORTED_CALLS, [server.url, "1500"], {
      nodeOptions: ["--expose-gc"],
    });
    expect(grownBytes).toBeLessThan(10_000_000); // of 30 MB of bodies
  });
});

describe("a connection that breaks under a request", () => {
  const broken: [string, Rule["steps"], number][] = [
    ["is reset on its first request", [{ do: "rst" }], 0],
    ["is closed on its first request", [{ do: "fin" }], 0],
    ["is reset on a later request", [{ do: "rst" }], 3],
    [
      "is closed in the middle of an answer",
      [{ ...OK, body: "x".repeat(20), sendOnly: 2 }, { do: "fin" }],
      0,
    ],
    ["is reset in an answer without a length", [{ ...OK, framing: "close", sendOnly: 1 }, { do: "rst" }], 0],
    ["is closed after an answer without a length", [{ ...OK, framing: "close" }, { do: "fin" }], 0],
    [
      "is reset after the answer that said so",
      [{ ...OK, headers: { connection: "close" } }, { do: "rst" }],
      0,
    ],
  ];

  it.each(broken)(
    "and %s does not keep later creates from using theirs again [R37]",
    async (_, steps, skip) => {
      await server.script({ path: "/sessions/broken", skip, steps });
      const clinician = readyUserOf(server.url, { maxRetries: 0 });
      for (let index = 0; index <= skip; index += 1) {
        await Promise.resolve(clinician.sessions.get("broken")).catch(() => undefined);
      }
      const before = (await server.totals()).connections;
      await sleep(50);
      for (let index = 0; index < 12; index += 1) {
        await clinician.sessions.create({});
        await sleep(10);
      }
      expect((await server.totals()).connections).toBe(before + 1);
    },
  );
});

describe("a wire that was closed", () => {
  it("sends nothing more, for other clients that share it either", async () => {
    const wire = nodeHttpClient();
    const first = Heidi.withToken("jwt", { baseUrl: server.url, httpClient: wire });
    const second = readyUserOf(server.url, { httpClient: wire });
    await Promise.all([first, second].map(warmUp));
    await first.close();
    const before = await server.totals();
    for (const call of [() => second.sessions.get("1"), () => second.sessions.create({})]) {
      expect(await failureOf(call())).toMatchObject({ name: "HeidiConnectionError", outcome: "not-sent" });
    }
    // An address that it had no connections to.
    const elsewhere = await startOther({});
    const third = readyUserOf(elsewhere.url, { httpClient: wire });
    expect(await failureOf(third.sessions.create({}))).toMatchObject({ outcome: "not-sent" });
    expect(await server.totals()).toMatchObject({
      connections: before.connections,
      requests: before.requests,
    });
    expect(await elsewhere.totals()).toMatchObject({ connections: 0 });
  });

  it("ends the calls that wait, and does not serve them by a connection that is free then", async () => {
    await server.script(HELD);
    const clinician = Heidi.withToken("jwt", { baseUrl: server.url, maxConnections: 1 });
    const calls = ["held", "1", "2"].map((id) => failureOf(clinician.sessions.get(id)));
    await server.untilRequest({ path: "/sessions/held" });
    await clinician.close();
    for (const error of await Promise.all(calls)) expect(error.name).toBe("HeidiAbortError");
    expect(await server.requests()).toHaveLength(1);
  });
});

describe("a pool of one connection", () => {
  it.skipIf(!hasOpenssl())(
    "fails each call at once while the certificate is for another host (needs openssl) [B19]",
    async () => {
      const certificates = makeCertificates();
      const { url } = await startOther({ tls: certificates.wrongHost });
      const wire = nodeHttpClient({ tls: { ca: certificates.ca }, maxConnections: 1 });
      const clinician = readyUserOf(url, { httpClient: wire, timeoutMs: 20_000 });
      for (let index = 0; index < 3; index += 1) {
        const error = await failureOf(clinician.sessions.create({}));
        expect(error).toMatchObject({ name: "HeidiConnectionError", outcome: "not-sent", attempts: 1 });
        expect(error.message).toContain("ERR_TLS_CERT_ALTNAME_INVALID");
      }
    },
  );

  it("serves others after a request that the proxy agent refused", async () => {
    const proxy = await startProxy();
    const wire = nodeHttpClient({ proxy, maxConnections: 1 });
    const clinician = readyUserOf(server.url, { httpClient: wire, maxRetries: 0, timeoutMs: 20_000 });
    const headers = { "proxy-authorization": `Basic ${SECRET}` };
    const ends = await Promise.all(
      [{}, { headers }, { headers }, {}].map((options) => endOf(clinician, options)),
    );
    expect(ends).toEqual(["done", "not-sent", "not-sent", "done"]);
    expect(await endOf(clinician, {})).toBe("done");
  });

  it("fails the call, and no more, when the environment's proxy has become unusable", async () => {
    await server.script({ steps: [{ ...OK, headers: { ...OK.headers, connection: "close" } }] });
    vi.stubEnv("NO_PROXY", "");
    vi.stubEnv("HTTP_PROXY", await startProxy());
    const clinician = readyUserOf(server.url, {
      httpClient: nodeHttpClient({ proxy: "env" }),
      maxRetries: 0,
    });
    await clinician.sessions.get("1");
    vi.stubEnv("HTTP_PROXY", `no url ${SECRET}`);
    await server.until((log) => log.every(({ closedAtMs }) => closedAtMs !== undefined));
    await sleep(50);
    const error = await failureOf(clinician.sessions.get("1"));
    expect(error).toMatchObject({ name: "HeidiConfigurationError", outcome: "not-sent" });
    vi.stubEnv("HTTP_PROXY", await startProxy());
    await clinician.sessions.get("1");
  });
});

async function endOf(clinician: HeidiUser, options: { headers?: Record<string, string> }): Promise<string> {
  try {
    await clinician.sessions.get("1", options);
    return "done";
  } catch (error) {
    return isHeidiError(error) ? error.outcome : String(error);
  }
}
