import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Session, start } from "./terminal.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "heidi-cli-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function settings(session: Session): Promise<{ baseUrl: string; apiKey: string }> {
  await expect.poll(() => session.printed.length).toBeGreaterThan(0);
  const value = (name: string): string =>
    new RegExp(`${name}=(\\S+)`).exec(session.printed[0] ?? "")?.[1] ?? "";
  return { baseUrl: value("HEIDI_BASE_URL"), apiKey: value("HEIDI_API_KEY") };
}

const asUser = "email=dr@clinic.example&third_party_internal_id=ehr-1";

describe("heidi sandbox", () => {
  it("serves, logs each request in a line without its values, and ends when it is told to", async () => {
    const session = start(["sandbox", "--port", "0", "--instant"]);
    const { baseUrl, apiKey } = await settings(session);
    const response = await fetch(`${baseUrl}/jwt?${asUser}`, { headers: { "heidi-api-key": apiKey } });
    expect(response.status).toBe(200);
    await response.text();
    await (await fetch(`${baseUrl}/nowhere%1b`)).text();
    expect(await session.end()).toBe(0);
    expect(session.printed.slice(1).map((line) => line.trimEnd())).toEqual([
      expect.stringMatching(
        /^\d\d:\d\d:\d\d\.\d{3} {2}200 {2}authentication\.getJwt +\d+ ms {2}0 B in, \d+ B out$/,
      ),
      expect.stringMatching(/404 {2}GET \/api\/v2\/ml-scribe\/open-api\/nowhere%1b .*\[no such path\]$/),
    ]);
    await expect(fetch(baseUrl)).rejects.toThrow();
  });

  it("starts from a seed, as the documented deployment", async () => {
    const file = join(folder, "seed.json");
    const user = {
      email: "dr@clinic.example",
      third_party_internal_id: "ehr-1",
      sessions: [{ duration: 60 }],
    };
    const faults = [{ operation: "templates.list", kind: "status", status: 503 }];
    await writeFile(file, JSON.stringify({ users: [user], faults }));
    const session = start(["sandbox", "--port", "0", "--seed", file, "--deployment", "documented"]);
    const { baseUrl, apiKey } = await settings(session);
    const jwt = await fetch(`${baseUrl}/jwt?${asUser}`, { headers: { "heidi-api-key": apiKey } });
    const { token } = (await jwt.json()) as { token: string };
    const headers = { authorization: `Bearer ${token}` };
    const listed = await fetch(`${baseUrl}/sessions/linked-user`, { headers });
    expect(await listed.json()).toMatchObject({ sessions: [{ duration: 60 }], has_next_page: false });
    await (await fetch(`${baseUrl}/templates/document-templates`, { headers })).text();
    await session.end();
    expect(session.printed.at(-1)).toContain("[fault: status]");
  });

  it("goes on from what was saved, without a log when it is to be quiet", async () => {
    const file = join(folder, "saved.json");
    const saved = { format: "heidi-sandbox", version: 1, drawnNumbers: 5, state: { users: [] } };
    await writeFile(file, JSON.stringify(saved));
    const session = start(["sandbox", "--port", "0", "--seed", file, "--quiet", "--api-key", "other"]);
    const { baseUrl } = await settings(session);
    const response = await fetch(`${baseUrl}/jwt?${asUser}`, { headers: { "heidi-api-key": "other" } });
    expect(response.status).toBe(200);
    await response.text();
    await session.end();
    expect(session.printed).toHaveLength(1);
  });

  it("says what is wrong with a seed, and where", async () => {
    const file = join(folder, "wrong.json");
    await writeFile(file, JSON.stringify({ users: [{ email: 7, third_party_internal_id: "1" }] }));
    const session = start(["sandbox", "--port", "0", "--seed", file]);
    expect(await session.code).toBe(1);
    expect(session.failed.join()).toContain("seed.users[0].email: Input should be of type string");
  });

  it("says that its port is in use by another program, and how to take another", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const session = start(["sandbox", "--port", String(port)]);
    expect(await session.code).toBe(1);
    expect(session.errors()).toBe(
      `Port ${port} is in use by another program. Pass another one with --port, or --port 0 for any free port.`,
    );
    expect(session.printed).toEqual([]);
    other.close();
  });

  it.each([
    [
      "EACCES",
      /^Port 4010 cannot be used without more privileges\. .* from 1024 on with --port, or --port 0/,
    ],
    ["EADDRNOTAVAIL", /^The address 127\.0\.0\.1 is not available on this machine/],
    ["ENOBUFS", /could not listen on port 4010 of 127\.0\.0\.1 \(ENOBUFS\)/],
  ])("says why its port cannot be used: %s", async (code, reason) => {
    const listen = vi.spyOn(Server.prototype, "listen").mockImplementation(function (this: Server) {
      process.nextTick(() => this.emit("error", Object.assign(new Error("zq7"), { code })));
      return this;
    });
    const session = start(["sandbox"]);
    expect(await session.code).toBe(1);
    listen.mockRestore();
    expect(session.errors()).toMatch(reason);
    expect(session.errors()).not.toContain("zq7");
  });

  it.each([
    [["--port", "http"], "--port takes a whole number"],
    [["--port", "99999"], "`port` must be an integer from 0 to 65535"],
    [["--deployment", "mine"], "--deployment takes spec or documented"],
    [["--seed", "/nonexistent"], "could not be read (ENOENT)"],
    [["--sed", "x"], "Unknown option '--sed'"],
    [["--api-key", "two words"], "`apiKey` must be"],
  ])("refuses %j", async (args, reason) => {
    const session = start(["sandbox", ...args]);
    expect(await session.code).toBeGreaterThan(0);
    expect(session.failed.join()).toContain(reason);
    expect(session.printed).toEqual([]);
  });
});
