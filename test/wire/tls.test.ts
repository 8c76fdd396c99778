import { HeidiConnectionError } from "heidi-health-sdk";
import { Agent, fetch as undiciFetch } from "undici";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Certificates, hasOpenssl, makeCertificates } from "../fixtures/tls/certificates.ts";
import { type FaultServer, type ServerOptions, startFaultServer } from "./harness.ts";
import { closeAll, failureOf, readyUserOf, SECRET, withoutBackoff } from "./sdk.ts";

const create = { ehr_appointment_id: SECRET };

describe.skipIf(!hasOpenssl())("a server that cannot be trusted (needs openssl)", () => {
  let certificates: Certificates;
  let server: FaultServer | undefined;
  const agents: Agent[] = [];

  beforeAll(() => {
    certificates = makeCertificates();
  });
  beforeEach(withoutBackoff);
  afterEach(async () => {
    vi.restoreAllMocks();
    await closeAll();
    await Promise.all(agents.splice(0).map((agent) => agent.destroy()));
    await server?.close();
    server = undefined;
  });

  async function listen(options: ServerOptions): Promise<FaultServer> {
    server = await startFaultServer(options);
    return server;
  }

  // The wire of the SDK itself trusts the system's authorities only; ours comes in through the `fetch` option.
  function trustingFetch(): typeof globalThis.fetch {
    const dispatcher = new Agent({ connect: { ca: certificates.ca } });
    agents.push(dispatcher);
    const trusting: unknown = (url: string, init: Parameters<typeof undiciFetch>[1]) =>
      undiciFetch(url, { ...init, dispatcher });
    return trusting as typeof globalThis.fetch;
  }

  it.each([
    ["is self-signed", "selfSigned", "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ["is of an unknown authority", "good", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ] as const)("gets nothing when its certificate %s, and is not asked again [B19]", async (_, leaf, code) => {
    const { url } = await listen({ tls: certificates[leaf] });
    const error = await failureOf(readyUserOf(url).sessions.create(create));
    expect(error).toBeInstanceOf(HeidiConnectionError);
    expect(error).toMatchObject({ outcome: "not-sent", attempts: 1 });
    expectHonestAdvice(error, code);
    expect(await server?.requests()).toEqual([]);
  });

  it.each([
    ["has expired", "expired", "CERT_HAS_EXPIRED"],
    ["is for another host", "wrongHost", "ERR_TLS_CERT_ALTNAME_INVALID"],
  ] as const)(
    "gets nothing when its certificate %s, though its authority is trusted [B19]",
    async (_, leaf, code) => {
      const { url } = await listen({ tls: certificates[leaf] });
      const error = await failureOf(readyUserOf(url, { fetch: trustingFetch() }).sessions.create(create));
      expect(error).toMatchObject({ outcome: "not-sent", attempts: 1 });
      expectHonestAdvice(error, code);
      expect(await server?.requests()).toEqual([]);
    },
  );

  it("is served through a fetch that trusts its authority [B19]", async () => {
    const { url } = await listen({ tls: certificates.good });
    await readyUserOf(url, { fetch: trustingFetch() }).sessions.create(create);
    expect(await server?.requests({ method: "POST", complete: true })).toHaveLength(1);
  });

  it("gets nothing when it answers a TLS handshake in plain text, and is not asked again [B19]", async () => {
    const plain = { do: "write", data: "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n" } as const;
    const { port, script } = await listenScripted();
    await script({ when: "accept", steps: [{ do: "wait", ms: 20 }, plain, { do: "stall" }] });
    const error = await failureOf(readyUserOf(`https://127.0.0.1:${port}`).sessions.create(create));
    expect(error).toMatchObject({ outcome: "not-sent", attempts: 1 });
    expectHonestAdvice(error, "ERR_SSL_WRONG_VERSION_NUMBER");
  });

  it.each([["rst"], ["fin"]] as const)(
    "is asked again when it cuts the handshake by %s [B19]",
    async (fault) => {
      const { port, script } = await listenScripted();
      await script({ when: "accept", steps: [{ do: "wait", ms: 20 }, { do: fault }] });
      const error = await failureOf(readyUserOf(`https://127.0.0.1:${port}`).sessions.create(create));
      expect(error).toMatchObject({ outcome: "not-sent", attempts: 3 });
      expect(await server?.log()).toHaveLength(3);
    },
  );

  async function listenScripted(): Promise<{ port: number; script: FaultServer["script"] }> {
    const started = await listen({ tls: certificates.good });
    return { port: started.port, script: (...rules) => started.script(...rules) };
  }
});

function expectHonestAdvice(error: Error & { cause?: unknown }, code: string): void {
  expect(`${error.message} ${String(error.cause)}`).toContain(code);
  expect(error.message).not.toMatch(/rejectUnauthorized|NODE_TLS_REJECT_UNAUTHORIZED|disabl|insecure/i);
}
