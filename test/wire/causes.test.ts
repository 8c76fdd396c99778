import { createServer as createHttp2Server, createSecureServer } from "node:http2";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions as ServerTls } from "node:tls";
import { HeidiConnectionError } from "heidi-health-sdk";
import { nodeHttpClient, type TlsOptions } from "heidi-health-sdk/node";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Certificates, hasOpenssl, makeCertificates } from "../fixtures/tls/certificates.ts";
import { freePort } from "../free-port.ts";
import { closeAll, failureOf, readyUserOf, SECRET, withoutBackoff } from "./sdk.ts";

const create = { ehr_appointment_id: SECRET };
const servers: Server[] = [];
const sockets = new Set<Socket>();

/** A server of this process: what fails here is decided before, or without, a word of HTTP. */
function portOf(server: Server): Promise<number> {
  servers.push(server);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", () => {}).on("sessionError", () => {});
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    }),
  );
}

beforeEach(withoutBackoff);
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await closeAll();
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

describe.skipIf(!hasOpenssl())("a TLS connection that cannot be made (needs openssl)", () => {
  let certificates: Certificates;
  beforeAll(() => {
    certificates = makeCertificates();
  });

  const tlsServer = (options: ServerTls = {}): Server =>
    createTlsServer({ ...certificates.good, ...options }, (socket) => socket.end());
  const plainServer = (greeting: string): Server => createTcpServer((socket) => socket.write(greeting));

  it.each<[string, () => Server, TlsOptions, string, RegExp]>([
    [
      "HTTP/2 only",
      () => createSecureServer({ ...certificates.good, allowHTTP1: false }),
      {},
      "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL",
      /speaks HTTP\/2 only.*Allow HTTP\/1\.1/,
    ],
    [
      "older TLS versions than the client's",
      () => tlsServer({ maxVersion: "TLSv1.2" }),
      { minVersion: "TLSv1.3" },
      "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
      /no TLS version in common.*minVersion/,
    ],
    [
      "newer TLS versions than the client's",
      () => tlsServer({ minVersion: "TLSv1.3" }),
      { maxVersion: "TLSv1.2" },
      "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
      /no TLS version in common.*maxVersion/,
    ],
    [
      "client certificates that we do not have",
      () => tlsServer({ requestCert: true, rejectUnauthorized: true, maxVersion: "TLSv1.2" }),
      {},
      "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
      /client certificate.*`cert` and `key`/,
    ],
    [
      "no TLS, but speaks first",
      () => plainServer("SSH-2.0-OpenSSH_9.2\r\n"),
      {},
      "ERR_SSL_WRONG_VERSION_NUMBER",
      /does not speak TLS.*port of `baseUrl`/,
    ],
    [
      "no TLS, but mail",
      () => plainServer("220 mail ESMTP\r\n"),
      {},
      "ERR_SSL_WRONG_VERSION_NUMBER",
      /does not speak TLS/,
    ],
  ])(
    "because the server has %s is named, not-sent, and not tried again [R39]",
    async (_, make, tls, code, words) => {
      const port = await portOf(make());
      const wire = nodeHttpClient({ tls: { ca: certificates.ca, ...tls } });
      const error = await failureOf(
        readyUserOf(`https://localhost:${port}`, { httpClient: wire }).templates.list(),
      );
      expect(error).toBeInstanceOf(HeidiConnectionError);
      expect(error).toMatchObject({ outcome: "not-sent", attempts: 1, cause: { code } });
      expect(error.message).toMatch(words);
      expect(error.message).not.toMatch(/clock/);
    },
  );

  it.each<[string, () => TlsOptions, RegExp]>([
    [
      "a key of another certificate",
      () => ({ key: certificates.selfSigned.key, cert: certificates.good.cert }),
      /key that does not match/,
    ],
    [
      "a certificate that is no PEM",
      () => ({ key: certificates.good.key, cert: SECRET }),
      /text that is not PEM/,
    ],
    ["an unknown version", () => ({ minVersion: "TLSv9" as never }), /unknown version/],
  ])("because the client has %s says so, and is not tried again [R39]", async (_, tls, words) => {
    const port = await portOf(tlsServer());
    const wire = nodeHttpClient({ tls: { ca: certificates.ca, ...tls() } });
    const error = await failureOf(
      readyUserOf(`https://localhost:${port}`, { httpClient: wire }).sessions.create(create),
    );
    expect(error).toMatchObject({ outcome: "not-sent", attempts: 1 });
    expect(error.message).toMatch(words);
    expect(error.message).toContain("nodeHttpClient({ tls })");
  });

  it.each<[string, "selfSigned" | "expired" | "wrongHost", RegExp]>([
    [
      "unknown authority",
      "selfSigned",
      /certificate was not accepted: its authority.*nodeHttpClient\(\{ tls: \{ ca \} \}\)/,
    ],
    ["time", "expired", /not valid at this time.*clock/],
    ["name", "wrongHost", /for another host.*host in `baseUrl`/],
  ])("because of a certificate's %s says which it is [R16] [R39]", async (_, leaf, words) => {
    const port = await portOf(createTlsServer(certificates[leaf], (socket) => socket.end()));
    const wire = nodeHttpClient({ tls: { ca: certificates.ca } });
    const error = await failureOf(
      readyUserOf(`https://localhost:${port}`, { httpClient: wire }).sessions.create(create),
    );
    expect(error).toMatchObject({ outcome: "not-sent", attempts: 1 });
    expect(error.message).toMatch(words);
  });
});

describe("a server that speaks another protocol", () => {
  it.each<[string, () => Server]>([
    ["HTTP/2 without TLS", () => createHttp2Server()],
    ["SSH", () => createTcpServer((socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n"))],
    [
      "Redis",
      () => createTcpServer((socket) => socket.once("data", () => socket.write("-ERR unknown command\r\n"))),
    ],
  ])("%s is named, and a read is not tried again [R39]", async (_, make) => {
    const port = await portOf(make());
    const clinician = readyUserOf(`http://127.0.0.1:${port}`);
    const error = await failureOf(clinician.templates.list());
    expect(error).toBeInstanceOf(HeidiConnectionError);
    expect(error).toMatchObject({ attempts: 1 });
    expect(error.message).toMatch(/does not speak HTTP\/1\.1.*port of `baseUrl`/);
    expect(error.cause).toMatchObject({
      name: "HTTPParserError",
      message: expect.stringMatching(/Expected HTTP/),
    });
    expect((await failureOf(clinician.sessions.create(create))).outcome).toBe("unknown");
  });
});

describe("a connection that cannot be made", () => {
  it("because nothing listens says so, and what to check [R16]", async () => {
    const error = await failureOf(
      readyUserOf(`http://127.0.0.1:${await freePort()}`).sessions.create(create),
    );
    expect(error.message).toMatch(
      /\(ECONNREFUSED\); nothing was sent\. Nothing accepts connections.*`baseUrl` and its port/,
    );
    expect(error).toMatchObject({ outcome: "not-sent", attempts: 3 });
  });

  it("because the platform refuses the request says that, not the certificate [R16]", async () => {
    const header = `${SECRET}\u0100`;
    const middleware = [
      (request: { headers: object }, next: (changed: never) => never) =>
        next({ ...request, headers: { ...request.headers, "x-own": header } } as never),
    ];
    const clinician = readyUserOf(`http://127.0.0.1:${await freePort()}`, {
      middleware: middleware as never,
    });
    const error = await failureOf(clinician.sessions.create(create));
    expect(error).toMatchObject({ outcome: "not-sent", attempts: 1 });
    expect(error.message).toMatch(/rejected the request as invalid.*`headers`/);
  });
});

describe("a proxy", () => {
  const API = "https://api.example";
  const through = (proxy: string) =>
    readyUserOf(API, { httpClient: nodeHttpClient({ proxy }), timeoutMs: 5_000 });
  const answering = (status: number): Server =>
    createTcpServer((socket) =>
      socket.once("data", () => socket.end(`HTTP/1.1 ${status} ${SECRET}\r\ncontent-length: 0\r\n\r\n`)),
    );

  it.each<[number, number, RegExp]>([
    [407, 1, /user name and a password/],
    [403, 1, /refused to connect/],
    [503, 3, /could not connect to the API/],
    [502, 3, /could not connect to the API/],
    [429, 3, /refused to connect/],
  ])(
    "that refuses the tunnel with %d is named with it, %d attempts [R38]",
    async (status, attempts, words) => {
      const port = await portOf(answering(status));
      const error = await failureOf(through(`http://127.0.0.1:${port}`).sessions.create(create));
      expect(error).toBeInstanceOf(HeidiConnectionError);
      expect(error).toMatchObject({ outcome: "not-sent", attempts });
      expect(error.message).toContain(`through the proxy (status ${status}); nothing was sent.`);
      expect(error.message).toMatch(words);
    },
  );

  it.each<[string, () => Promise<string>]>([
    ["is down", async () => `http://127.0.0.1:${await freePort()}`],
    ["has a name that does not exist", async () => "http://proxy.invalid:3128"],
    [
      "closes the connection instead of answering",
      async () =>
        `http://127.0.0.1:${await portOf(createTcpServer((socket) => socket.once("data", () => socket.end())))}`,
    ],
    [
      "resets the connection",
      async () =>
        `http://127.0.0.1:${await portOf(createTcpServer((socket) => socket.once("data", () => socket.resetAndDestroy())))}`,
    ],
    [
      "speaks no HTTP",
      async () =>
        `http://127.0.0.1:${await portOf(createTcpServer((socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n")))}`,
    ],
  ])("that %s is named, with its address in the advice's place [R38]", async (_, address) => {
    const error = await failureOf(through(await address()).sessions.create(create));
    expect(error).toBeInstanceOf(HeidiConnectionError);
    expect(error).toMatchObject({ outcome: "not-sent" });
    expect(error.message).toMatch(
      /through the proxy.*connection to the proxy was not established, or broke\. Check the proxy's address/,
    );
  });

  it.each(["no url", "proxy:3128:x", "ftp://proxy"])(
    "of the environment that is %j is a matter of configuration, and not quoted [R16] [R38]",
    async (value) => {
      vi.stubEnv("HTTPS_PROXY", `${value}${SECRET}`);
      vi.stubEnv("https_proxy", `${value}${SECRET}`);
      const error = await failureOf(through("env").sessions.create(create));
      expect(error).toMatchObject({ name: "HeidiConfigurationError", outcome: "not-sent", attempts: 1 });
      expect(error.message).toMatch(/HTTPS_PROXY or HTTP_PROXY is not a valid proxy URL/);
    },
  );

  it.each(["socks5://", "socks5h://", "socks4://", "SOCKS://"])(
    "of the environment that is of another kind (%s) is refused by name, and not quoted [R16] [R38]",
    async (scheme) => {
      vi.stubEnv("HTTPS_PROXY", `${scheme}user:${SECRET}@127.0.0.1:1`);
      vi.stubEnv("https_proxy", `${scheme}user:${SECRET}@127.0.0.1:1`);
      const error = await failureOf(through("env").sessions.create(create));
      expect(error).toMatchObject({ name: "HeidiConfigurationError", outcome: "not-sent", attempts: 1 });
      expect(error.message).toMatch(/HTTPS_PROXY .*SOCKS/);
    },
  );

  it("that is not used for a host is not blamed for it [R38]", async () => {
    vi.stubEnv("HTTP_PROXY", "http://127.0.0.1:1");
    vi.stubEnv("http_proxy", "http://127.0.0.1:1");
    vi.stubEnv("NO_PROXY", "127.0.0.1");
    vi.stubEnv("no_proxy", "127.0.0.1");
    const clinician = readyUserOf(`http://127.0.0.1:${await freePort()}`, {
      httpClient: nodeHttpClient({ proxy: "env" }),
    });
    const error = await failureOf(clinician.sessions.create(create));
    expect(error.message).not.toMatch(/proxy/);
    expect(error.cause).toMatchObject({ code: "ECONNREFUSED" });
  });
});
