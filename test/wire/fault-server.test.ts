import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { Agent, request } from "undici";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hasOpenssl, makeCertificates } from "../fixtures/tls/certificates.ts";
import { type FaultServer, startFaultServer } from "./harness.ts";

const agents: Agent[] = [];
const agent = (options: Agent.Options = {}): Agent => {
  const made = new Agent(options);
  agents.push(made);
  return made;
};
const destroyAgents = async (): Promise<void> => {
  await Promise.all(agents.splice(0).map((made) => made.destroy()));
};

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const { code, syscall } = (error ?? {}) as { code?: string; syscall?: string };
  return [code, syscall].filter(Boolean).join(" ");
}

describe("the fault server", () => {
  let server: FaultServer;
  beforeAll(async () => {
    server = await startFaultServer();
  });
  afterEach(async () => {
    await destroyAgents();
    await server.reset();
  });
  afterAll(() => server.close());

  it("answers the token exchange with a fresh token per request", async () => {
    const dispatcher = agent();
    const first = await request(`${server.url}/jwt?email=a%40b.c`, { dispatcher });
    const second = await request(`${server.url}/jwt?email=a%40b.c`, { dispatcher });
    const tokens = [await first.body.json(), await second.body.json()];
    expect(tokens).toMatchObject([
      { token: expect.stringMatching(/^jwt-[0-9a-f]{16}-1$/), expiration_time: "2099-01-01T00:00:00.000Z" },
      { token: expect.stringMatching(/^jwt-[0-9a-f]{16}-2$/) },
    ]);
  });

  it("logs method, target, headers and the hash of a body that came in many pieces", async () => {
    const piece = Buffer.alloc(100_000, "é");
    const body = Readable.from([piece, piece, piece, piece, piece]);
    const answer = await request(`${server.url}/x?y=1`, {
      dispatcher: agent(),
      method: "POST",
      body,
      headers: { "X-One": "1" },
    });
    await answer.body.dump();
    const [logged] = await server.requests();
    expect(logged).toMatchObject({ method: "POST", target: "/x?y=1", index: 0, bodyBytes: 500_000 });
    expect(logged?.headers).toMatchObject({ "x-one": "1", "transfer-encoding": "chunked" });
    expect(logged?.sha256).toBe(createHash("sha256").update(Buffer.alloc(500_000, "é")).digest("hex"));
    expect(logged?.completedAtMs).toBeDefined();
  });

  it("numbers the requests of a kept-alive connection", async () => {
    const dispatcher = agent({ connections: 1 });
    for (const path of ["/1", "/2", "/3"])
      await (await request(server.url + path, { dispatcher })).body.dump();
    const log = await server.log();
    expect(log.map((connection) => connection.requests.map(({ target, index }) => [target, index]))).toEqual([
      [
        ["/1", 0],
        ["/2", 1],
        ["/3", 2],
      ],
    ]);
  });

  it("resets a connection before reading anything", async () => {
    await server.script({ when: "accept", steps: [{ do: "rst" }] });
    expect(await codeOf(request(server.url, { dispatcher: agent() }))).toContain("ECONNRESET");
    const [connection] = await server.log();
    expect(connection).toMatchObject({ receivedBytes: 0, closedBy: "server", requests: [] });
  });

  it("sees the request that raced a FIN on accept", async () => {
    await server.script({ when: "accept", steps: [{ do: "fin" }] });
    expect(await codeOf(request(server.url, { dispatcher: agent() }))).toBe("UND_ERR_SOCKET");
    // When the FIN came before the request, undici tries again on a new connection, by itself.
    expect((await server.log())[0]).toMatchObject({ closedBy: "server" });
  });

  it("resets after the whole request, and tells complete from incomplete requests", async () => {
    await server.script(
      { path: "/whole", steps: [{ do: "rst" }] },
      { path: "/part", when: 1000, steps: [{ do: "rst" }] },
    );
    const post = (path: string): Promise<unknown> =>
      request(server.url + path, { dispatcher: agent(), method: "POST", body: Buffer.alloc(5_000_000) });
    await codeOf(post("/whole"));
    await codeOf(post("/part"));
    expect(await server.requests({ complete: true })).toMatchObject([
      { target: "/whole", bodyBytes: 5_000_000 },
    ]);
    expect(await server.requests({ complete: false })).toMatchObject([{ target: "/part" }]);
  });

  it("truncates a body by length and by chunks", async () => {
    const cut = { do: "respond", body: '{"a":1}', sendOnly: 3 } as const;
    await server.script(
      { path: "/length", steps: [cut, { do: "fin" }] },
      { path: "/chunked", steps: [{ ...cut, framing: "chunked" }, { do: "fin" }] },
    );
    for (const path of ["/length", "/chunked"]) {
      const answer = await request(server.url + path, { dispatcher: agent() });
      expect(answer.statusCode).toBe(200);
      expect(await codeOf(answer.body.text())).toBe("UND_ERR_SOCKET");
    }
  });

  it("drips, frames and compresses what it is told", async () => {
    await server.script(
      {
        path: "/drip",
        steps: [{ do: "respond", body: "abcdef", framing: "chunked", pieceBytes: 2, everyMs: 10 }],
      },
      { path: "/close", steps: [{ do: "respond", body: "abc", framing: "close" }] },
      { path: "/bomb", steps: [{ do: "respond", body: { gzipBombBytes: 64 * 1024 * 1024 } }] },
    );
    const dispatcher = agent();
    const bodyOf = async (path: string): Promise<string> =>
      (await request(server.url + path, { dispatcher })).body.text();
    const startedAt = performance.now();
    expect(await bodyOf("/drip")).toBe("abcdef");
    expect(performance.now() - startedAt).toBeGreaterThan(18);
    expect(await bodyOf("/close")).toBe("abc");
    expect((await bodyOf("/bomb")).length).toBeLessThan(200_000);
  });

  it("applies rules in order, with skips and a number of uses, to first or reused connections", async () => {
    await server.script(
      { path: "/a*", times: 1, steps: [{ do: "respond", status: 503 }] },
      { path: "/a*", reused: true, skip: 1, times: 1, steps: [{ do: "respond", status: 418 }] },
    );
    const dispatcher = agent({ connections: 1 });
    const statuses: number[] = [];
    for (let count = 0; count < 4; count += 1) {
      const answer = await request(`${server.url}/ab`, { dispatcher });
      statuses.push(answer.statusCode);
      await answer.body.dump();
    }
    expect(statuses).toEqual([503, 200, 418, 200]);
  });

  it("holds an answer at a gate, and answers before the body has arrived when told", async () => {
    await server.script({
      when: "head",
      method: "POST",
      steps: [
        { do: "gate", name: "go" },
        { do: "respond", status: 413 },
      ],
    });
    const call = request(server.url, { dispatcher: agent(), method: "POST", body: "x" });
    await server.untilRequest({ method: "POST" });
    await server.open("go");
    const answer = await call;
    expect(answer.statusCode).toBe(413);
    await answer.body.dump();
  });

  it("stops reading, so that the sender is held back", async () => {
    await server.script({ when: "head", steps: [{ do: "pause" }, { do: "stall" }] });
    const upload = request(server.url, {
      dispatcher: agent(),
      method: "POST",
      body: Buffer.alloc(64 * 1024 * 1024),
      signal: AbortSignal.timeout(200),
    });
    await codeOf(upload);
    expect((await server.totals()).receivedBytes).toBeLessThan(1024 * 1024);
  });

  it("notices when the peer goes away", async () => {
    await server.script({ steps: [{ do: "stall" }] });
    const abort = new AbortController();
    const call = codeOf(request(server.url, { dispatcher: agent(), signal: abort.signal }));
    await server.untilRequest({});
    abort.abort();
    await call;
    const [connection] = await server.until((log) => log[0]?.closedAtMs !== undefined);
    expect(connection?.closedBy).toMatch(/^peer-/);
    expect(await server.totals()).toMatchObject({ requests: 1 });
  });
});

describe.skipIf(!hasOpenssl())("the fault server with TLS", () => {
  afterEach(destroyAgents);

  it("presents the certificate it was given", async () => {
    const { ca, ...leaves } = makeCertificates();
    const found: Record<string, string> = {};
    for (const [name, tls] of Object.entries(leaves)) {
      const server = await startFaultServer({ tls });
      const trusting = agent({ connect: { ca } });
      found[name] = await codeOf(
        request(server.url, { dispatcher: trusting }).then(({ body }) => body.dump()),
      );
      await server.close();
    }
    expect(found).toEqual({
      good: "",
      expired: "CERT_HAS_EXPIRED",
      wrongHost: "ERR_TLS_CERT_ALTNAME_INVALID",
      selfSigned: "DEPTH_ZERO_SELF_SIGNED_CERT",
    });
  });

  it("can cut the handshake, and a request after it", async () => {
    const { ca, good } = makeCertificates();
    const server = await startFaultServer({ tls: good });
    const dispatcher = agent({ connect: { ca } });
    await server.script(
      { when: "accept", times: 1, steps: [{ do: "wait", ms: 20 }, { do: "rst" }] },
      { steps: [{ do: "rst" }] },
    );
    expect(await codeOf(request(server.url, { dispatcher }))).toContain("ECONNRESET");
    expect(await server.requests()).toEqual([]);
    expect(await codeOf(request(server.url, { dispatcher }))).toContain("ECONNRESET");
    expect(await server.requests({ complete: true })).toHaveLength(1);
    await server.close();
  });
});
