import { createServer } from "node:net";
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

  it("says so when its port is taken", async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port));
    });
    try {
      await expect(createSandbox({ port })).rejects.toThrow(HeidiConfigurationError);
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

  it("frees its port when closed, and may be closed twice", async () => {
    const sandbox = await createSandbox();
    await sandbox.close();
    await sandbox.close();
    await using again = await createSandbox({ port: sandbox.port });
    expect(again.port).toBe(sandbox.port);
    await expect(sandbox.fetch(sandbox.baseUrl)).rejects.toThrow("closed");
  });
});
