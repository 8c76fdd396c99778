import { HeidiConnectionError, type HeidiUser } from "heidi-health-sdk";
import { nodeHttpClient } from "heidi-health-sdk/node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { hasOpenssl, makeCertificates } from "../fixtures/tls/certificates.ts";
import { freePort } from "../free-port.ts";
import { type FaultServer, startFaultServer } from "../wire/harness.ts";
import { closeAll, failureOf, readyUserOf, withoutBackoff } from "../wire/sdk.ts";
import { hasSquid, passwordHelper, type Squid, startSquid } from "./squid.ts";

const create = { ehr_appointment_id: "apt-1" };
const ALLOW = ["http_access allow all"];

describe.skipIf(!hasSquid || !hasOpenssl())("Squid before the API (needs squid and openssl)", () => {
  let server: FaultServer;
  let ca: string;
  let squid: Squid | undefined;

  beforeAll(async () => {
    const certificates = makeCertificates();
    ca = certificates.ca;
    server = await startFaultServer({ tls: certificates.good });
  });
  beforeEach(withoutBackoff);
  afterEach(async () => {
    vi.restoreAllMocks();
    await closeAll();
    await squid?.close();
    squid = undefined;
    await server.reset();
  });
  afterAll(() => server.close());

  const start = async (rules: (folder: string) => readonly string[]): Promise<Squid> => {
    squid = await startSquid(rules);
    return squid;
  };
  const through = (port: number, user = "", url = server.url): HeidiUser =>
    readyUserOf(url, {
      httpClient: nodeHttpClient({ proxy: `http://${user}127.0.0.1:${port}`, tls: { ca } }),
      timeoutMs: 20_000,
    });
  const withPasswords = (folder: string): string[] => [
    `auth_param basic program ${passwordHelper(folder, "clinic", "right")}`,
    "auth_param basic children 1",
    "acl known proxy_auth REQUIRED",
    "http_access allow known",
    "http_access deny all",
  ];

  it("that lets it through is not noticed, with a password or without [R38]", async () => {
    const open = await start(() => ALLOW);
    await through(open.port).sessions.create(create);
    await open.close();
    const { port } = await start(withPasswords);
    await through(port, "clinic:right@").sessions.create(create);
    expect(await server.requests({ method: "POST", complete: true })).toHaveLength(2);
  });

  it.each([
    ["without a password", ""],
    ["with a wrong password", "clinic:wrong@"],
  ])("that is asked %s is named with its 407, and asked once [R38]", async (_, user) => {
    const { port } = await start(withPasswords);
    const error = await failureOf(through(port, user).sessions.create(create));
    expect(error).toBeInstanceOf(HeidiConnectionError);
    expect(error).toMatchObject({ outcome: "not-sent", attempts: 1 });
    expect(error.message).toContain("through the proxy (status 407); nothing was sent.");
    expect(error.message).toMatch(/user name and a password/);
    expect(error.message).not.toMatch(/wrong|clinic/);
    expect(await server.requests()).toEqual([]);
  });

  it("that forbids the host is named with its 403, and asked once [R38]", async () => {
    const { port } = await start(() => ["http_access deny all"]);
    const error = await failureOf(through(port).sessions.create(create));
    expect(error).toMatchObject({ outcome: "not-sent", attempts: 1 });
    expect(error.message).toContain("through the proxy (status 403); nothing was sent.");
    expect(error.message).toMatch(/refused to connect/);
  });

  it("that does not reach the API is named with its 503, a read and a create alike [R38]", async () => {
    const { port } = await start(() => ALLOW);
    const nowhere = `https://127.0.0.1:${await freePort()}`;
    for (const call of [
      () => through(port, "", nowhere).sessions.create(create),
      () => through(port, "", nowhere).templates.list(),
    ]) {
      const error = await failureOf(call());
      expect(error).toMatchObject({ outcome: "not-sent", attempts: 3 });
      expect(error.message).toContain("through the proxy (status 503); nothing was sent.");
      expect(error.message).toMatch(/could not connect to the API/);
    }
  });

  it("that is down is named, before and after it was in use [R38]", async () => {
    const started = await start(() => ALLOW);
    const clinician = through(started.port);
    await clinician.sessions.create(create);
    await started.close();
    const later = await failureOf(through(started.port).sessions.create(create));
    expect(later).toMatchObject({ outcome: "not-sent" });
    expect(later.message).toMatch(
      /connection to the proxy was not established, or broke\. Check the proxy's address/,
    );
    // The tunnel has ended with it; whether that was seen in time decides between the two.
    const error = await failureOf(clinician.templates.list());
    expect(error).toBeInstanceOf(HeidiConnectionError);
    expect(error.message).toMatch(/through the proxy/);
    expect(await server.requests({ method: "POST", complete: true })).toHaveLength(1);
  });
});
