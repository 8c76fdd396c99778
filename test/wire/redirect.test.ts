import { HeidiApiError } from "heidi-health-sdk";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type FaultServer, startFaultServer } from "./harness.ts";
import { closeAll, failureOf, readyUserOf, SECRET, userOf, withoutBackoff } from "./sdk.ts";

const create = { ehr_appointment_id: SECRET };
const STATUSES = [[301], [302], [303], [307], [308]] as const;

let server: FaultServer;
let other: FaultServer;
beforeAll(async () => {
  [server, other] = await Promise.all([startFaultServer(), startFaultServer()]);
});
beforeEach(withoutBackoff);
afterEach(async () => {
  vi.restoreAllMocks();
  await closeAll();
  await Promise.all([server.reset(), other.reset()]);
});
afterAll(() => Promise.all([server.close(), other.close()]));

const redirect = (status: number, location: string) =>
  ({ steps: [{ do: "respond", status, headers: { location } }] }) as const;

describe("a redirect", () => {
  it.each(STATUSES)(
    "%d within the server is refused, for a read as for a create, and nothing was done [B34] [R41]",
    async (status) => {
      await server.script(redirect(status, `/elsewhere?email=${SECRET}`));
      const clinician = readyUserOf(server.url);
      for (const call of [() => clinician.templates.list(), () => clinician.sessions.create(create)]) {
        const error = await failureOf(call());
        expect(error).toBeInstanceOf(HeidiApiError);
        expect(error).toMatchObject({ status, attempts: 1, outcome: "rejected" });
      }
      expect((await server.requests()).map(({ method, target }) => `${method} ${target}`)).toEqual([
        "GET /templates/document-templates",
        "POST /sessions",
      ]);
    },
  );

  it.each(STATUSES)("%d to another host brings it not one connection [B35]", async (status) => {
    await server.script(redirect(status, `${other.url}/sessions?email=${SECRET}`));
    const error = await failureOf(readyUserOf(server.url).sessions.create(create));
    expect(error).toMatchObject({ status, attempts: 1 });
    expect(await other.totals()).toMatchObject({ connections: 0 });
  });

  it("of the token exchange brings the API key to nobody else [B35]", async () => {
    await server.script({ path: "/jwt", ...redirect(307, `${other.url}/jwt`) });
    const error = await failureOf(userOf(server.url).sessions.create(create));
    expect(error).toMatchObject({ status: 307, operation: "getJwt" });
    expect(error.requestMayHaveBeenProcessed).toBe(false);
    expect(await other.totals()).toMatchObject({ connections: 0 });
    expect(await server.requests({ method: "POST" })).toEqual([]);
  });

  it.each([
    ["to a cloud's metadata service", "http://169.254.169.254/latest/meta-data"],
    ["to a file", "file:///etc/passwd"],
    ["to nowhere", ""],
    ["that is no URL", "http://[::"],
    ["to itself", "/templates/document-templates"],
  ])("%s is refused like any other [B35]", async (_, location) => {
    await server.script(redirect(302, location));
    const error = await failureOf(readyUserOf(server.url, { timeoutMs: 20_000 }).templates.list());
    expect(error).toMatchObject({ status: 302, attempts: 1 });
  });

  it.each(STATUSES)("%d is refused when a custom fetch would follow it [B35] [R41]", async (status) => {
    await server.script(redirect(status, `${other.url}/sessions`));
    const fetch: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init);
    const error = await failureOf(readyUserOf(server.url, { fetch }).sessions.create(create));
    expect(error).toMatchObject({ attempts: 1, outcome: "rejected" });
    expect(await other.totals()).toMatchObject({ connections: 0 });
  });
});
