import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hasOpenssl, makeCertificates } from "../fixtures/tls/certificates.ts";
import { resultOf } from "../wire/child.ts";
import { type ConnectionLog, type FaultServer, type Respond, startFaultServer } from "../wire/harness.ts";
import { BLACK_HOLE, FAR, hasNamespaces, makePair, Namespace } from "./namespace.ts";

const SCRIPT = new URL("children/call.ts", import.meta.url);

interface Result {
  readonly name?: string;
  readonly outcome?: string;
  readonly attempts?: number;
  readonly message?: string;
  readonly code?: string;
  readonly partialText?: string;
  /** By the clock. */
  readonly tookMs: number;
  /** By a stopwatch. */
  readonly watchMs: number;
  readonly progressEvents: number;
  readonly sockets: number;
}

/** Almost all of the time is waiting, so the tests wait together. */
const TOGETHER = { concurrent: true };

/** Registers what is to be done at the end of the test; the last one first. */
type CleanUp = (work: () => void | Promise<void>) => void;

function run(where: Namespace, task: object, env: Record<string, string> = {}): Promise<Result> {
  return resultOf<Result>(SCRIPT, [JSON.stringify(task)], { via: where.via, env, timeoutMs: 600_000 });
}

/** A server and a client alone on one machine. */
async function island(
  cleanUp: CleanUp,
): Promise<{ namespace: Namespace; server: FaultServer; baseUrl: string }> {
  const namespace = new Namespace();
  cleanUp(namespace.remove);
  namespace.ip("link", "set", "lo", "mtu", "1500", "up");
  const server = await startFaultServer({}, namespace.via);
  cleanUp(() => server.close());
  return { namespace, server, baseUrl: server.url };
}

function pair(cleanUp: CleanUp): ReturnType<typeof makePair> {
  const made = makePair();
  cleanUp(made.near.remove);
  cleanUp(made.far.remove);
  return made;
}

describe.skipIf(!hasNamespaces)(
  "a network that takes packets and gives none back (needs ip netns)",
  TOGETHER,
  () => {
    it("ends a call by its total deadline, or by the limit of connecting; nothing was sent [B3]", async ({
      onTestFinished: cleanUp,
    }) => {
      const { near } = pair(cleanUp);
      const baseUrl = `https://${BLACK_HOLE}`;
      const [deadline, connecting, single] = await Promise.all([
        run(near, { baseUrl, call: "create", options: { totalTimeoutMs: 4_000 } }),
        run(near, { baseUrl, call: "create", options: { maxRetries: 0 } }),
        run(near, { baseUrl, call: "create", options: { timeoutMs: 700, maxRetries: 1 } }),
      ]);
      expect(deadline).toMatchObject({
        name: "HeidiTimeoutError",
        outcome: "not-sent",
        attempts: 1,
        sockets: 0,
      });
      expect(deadline.tookMs).toBeGreaterThan(3_900);
      expect(deadline.watchMs).toBeLessThan(6_000);
      expect(connecting).toMatchObject({
        name: "HeidiConnectionError",
        outcome: "not-sent",
        attempts: 1,
        code: "UND_ERR_CONNECT_TIMEOUT",
        sockets: 0,
      });
      expect(connecting.message).not.toContain(BLACK_HOLE);
      expect(connecting.tookMs).toBeGreaterThan(9_000);
      expect(connecting.watchMs).toBeLessThan(15_000);
      // Even a create is tried again: it certainly was not sent.
      expect(single).toMatchObject({ name: "HeidiTimeoutError", outcome: "not-sent", attempts: 2 });
    });
  },
);

describe.skipIf(!hasNamespaces)("a machine without a network (needs ip netns)", TOGETHER, () => {
  it("cannot resolve a name: nothing was sent, each try says so, and the name is not shown [B2]", async ({
    onTestFinished: cleanUp,
  }) => {
    const namespace = new Namespace();
    cleanUp(namespace.remove);
    const result = await run(namespace, { baseUrl: "https://canary-4711.example.org", call: "create" });
    expect(result).toMatchObject({ name: "HeidiConnectionError", outcome: "not-sent", attempts: 3 });
    expect(result.code).toBe("EAI_AGAIN");
    expect(JSON.stringify(result)).not.toContain("canary-4711");
  });
});

describe.skipIf(!hasNamespaces || !hasOpenssl())(
  "a host that leaves the network (needs ip netns, openssl)",
  TOGETHER,
  () => {
    it("is unreachable for the next connection: nothing was sent [B4]", async ({
      onTestFinished: cleanUp,
    }) => {
      const { near, far } = pair(cleanUp);
      const { ca, good } = makeCertificates([`IP:${FAR}`]);
      const folder = mkdtempSync(join(tmpdir(), "heidi-netns-"));
      cleanUp(() => rmSync(folder, { recursive: true, force: true }));
      writeFileSync(join(folder, "ca.pem"), ca);
      const server = await startFaultServer({ host: FAR, tls: good }, far.via);
      cleanUp(() => server.close());
      // Each call is a new connection.
      const answer: Respond = { do: "respond", headers: { connection: "close" }, body: "{}" };
      await server.script({ steps: [answer, { do: "wait", ms: 50 }] });
      // The system knows after three seconds. A process that gets no CPU for ten must not see the SDK's own limit first.
      const connectTimeoutMs = 300_000;
      const options = { maxRetries: 0 };
      const task = { baseUrl: server.url, call: "create", everyMs: 500, options, connectTimeoutMs };
      const running = run(near, task, { NODE_EXTRA_CA_CERTS: join(folder, "ca.pem") });
      await server.until((log) => log[0]?.closedAtMs !== undefined, 60_000);
      far.ip("addr", "flush", "dev", "wire");
      near.ip("neigh", "flush", "dev", "wire");
      const result = await running;
      expect(result).toMatchObject({
        name: "HeidiConnectionError",
        outcome: "not-sent",
        attempts: 1,
        code: "EHOSTUNREACH",
        sockets: 0,
      });
    });
  },
);

describe.skipIf(!hasNamespaces)("a peer that vanishes while it answers (needs ip netns)", TOGETHER, () => {
  const line = '{"data":"x"}\n';
  const half: Respond = { do: "respond", body: line.repeat(2), sendOnly: line.length };

  it.for([
    ["stream", "HeidiStreamError", "processed", { partialText: "x" }],
    ["create", "HeidiTimeoutError", "processed", {}],
    ["upload", "HeidiTimeoutError", "unknown", {}],
  ] as const)(
    "ends a %s by timeoutMs without help from the network, and its socket goes [B14]",
    async ([call, name, outcome, more], { onTestFinished: cleanUp }) => {
      const { namespace, server, baseUrl } = await island(cleanUp);
      const path = { method: "POST" } as const;
      await server.script(
        call === "upload"
          ? { ...path, when: "head", steps: [{ do: "pause" }, { do: "stall" }] }
          : { ...path, steps: [half, { do: "stall" }] },
      );
      // Long enough to read what has arrived on a busy machine.
      const options = { timeoutMs: 6_000, maxRetries: 0 };
      const running = run(namespace, { baseUrl, call, options, uploadBytes: 100_000_000 });
      // What the server has written to the loopback is in the client's buffer already.
      const begun = ({ requests, sentBytes }: ConnectionLog): boolean =>
        requests.length > 0 && (call === "upload" || sentBytes > 0);
      await server.until((log) => log.some(begun), 60_000);
      namespace.ip("link", "set", "lo", "down");
      const result = await running;
      expect(result).toMatchObject({ name, outcome, attempts: 1, sockets: 0, ...more });
      expect(result.watchMs).toBeLessThan(8_000);
    },
  );
});

describe.skipIf(!hasNamespaces)("a slow link (needs ip netns, tc)", TOGETHER, () => {
  it("may need much longer than timeoutMs for an upload, because what moves is not stuck [D17]", async ({
    onTestFinished: cleanUp,
  }) => {
    const { namespace, server, baseUrl } = await island(cleanUp);
    // What the kernel holds counts as sent and takes seconds to leave; a slower link would make this test longer.
    namespace.throttle("lo", 1_000);
    const task = { baseUrl, call: "upload", uploadBytes: 1_900_000, options: { timeoutMs: 9_000 } };
    const result = await run(namespace, task);
    expect(result.name).toBeUndefined();
    expect(result.tookMs).toBeGreaterThan(12_000);
    expect(result.progressEvents).toBeGreaterThan(3);
    expect(await server.requests({ method: "POST", complete: true })).toHaveLength(1);
  });
});
