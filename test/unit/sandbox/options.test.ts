import { createServer } from "node:net";
import { inspect } from "node:util";
import { Heidi } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { HeidiConfigurationError } from "../../../src/errors.ts";
import { createSandbox, SANDBOX_API_KEY, type SandboxOptions } from "../../../src/sandbox/index.ts";

const bad: readonly (readonly [string, unknown])[] = [
  ["options", "x"],
  ["options", []],
  ["apiKey", { apiKey: "" }],
  ["apiKey", { apiKey: "secret\r\nx: y" }],
  ["apiKey", { apiKey: 42 }],
  ["port", { port: -1 }],
  ["port", { port: 65_536 }],
  ["port", { port: "4010" }],
  ["port", { port: true }],
  ["clock", { clock: {} }],
  ["clock", { clock: { now: () => 0, sleep: 5 } }],
  ["timings", { timings: null }],
  ["timings.parsingMs", { timings: { parsingMs: Number.NaN } }],
  ["timings", { timings: { parsing: 1 } }],
  ["tokenLifetimeMs", { tokenLifetimeMs: 0 }],
  ["seed", { seed: 1.5 }],
  ["streamDelayMs", { streamDelayMs: -1 }],
  ["createSandbox", { prot: 1 }],
];

describe("createSandbox", () => {
  it.each(bad)("refuses an unusable %s before it listens", async (name, options) => {
    const refusal = createSandbox(options as SandboxOptions);
    await expect(refusal).rejects.toThrow(HeidiConfigurationError);
    await expect(refusal).rejects.toThrow(name);
    await expect(refusal).rejects.not.toThrow("secret");
  });

  it("names its port and a way out when another program uses the port", async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port));
    });
    try {
      const refusal = createSandbox({ port });
      await expect(refusal).rejects.toThrow(HeidiConfigurationError);
      await expect(refusal).rejects.toThrow(
        `The sandbox could not listen on port ${port} of 127.0.0.1: another program uses it (EADDRINUSE). Pass another \`port\`, or omit it for any free one.`,
      );
    } finally {
      other.close();
    }
  });

  it("takes a free port, tells its addresses and accepts its documented key by default", async () => {
    await using sandbox = await createSandbox();
    expect(sandbox.url).toBe(`http://127.0.0.1:${sandbox.port}`);
    expect(sandbox.baseUrl).toBe(`${sandbox.url}/api/v2/ml-scribe/open-api`);
    expect(sandbox.apiKey).toBe(SANDBOX_API_KEY);
  });

  it("has no port when it is told so, and is all there by its fetch", async () => {
    const sandbox = await createSandbox({ port: false });
    await using heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl, fetch: sandbox.fetch });
    const user = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-1" });
    expect((await user.sessions.create({})).session_id).toMatch(/^\d{37,39}$/);
    for (const ask of [() => sandbox.url, () => sandbox.port]) {
      expect(ask).toThrow(HeidiConfigurationError);
      expect(ask).toThrow("fetch: sandbox.fetch");
    }
    expect(Object.keys({ ...sandbox })).toEqual(expect.arrayContaining(["baseUrl", "fetch", "requests"]));
    expect(inspect(sandbox)).toContain("https://sandbox.invalid/api/v2/ml-scribe/open-api");
    sandbox.unref();
    await sandbox.close();
    await expect(sandbox.fetch(sandbox.baseUrl)).rejects.toThrow("closed");
  });

  it("frees its port when closed, and may be closed twice", async () => {
    const sandbox = await createSandbox();
    await sandbox.close();
    await sandbox.close();
    await using again = await createSandbox({ port: sandbox.port });
    expect(again.port).toBe(sandbox.port);
    await expect(sandbox.fetch(sandbox.baseUrl)).rejects.toThrow("closed");
  });
});
