import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { node } from "./tools.ts";

const { esm } = inject("installed");

it.each(["heidi", "heidi-health-sdk"])("installs the command %s, which tells its version", async (name) => {
  const bin = join(esm, "node_modules/.bin", name);
  expect(existsSync(bin)).toBe(true);
  const { code, stdout } = await node([bin, "--version"]);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+/)]);
});

it("serves a sandbox from the tarball, and ends with 0 on Ctrl+C", async () => {
  const child = spawn(process.execPath, [join(esm, "node_modules/.bin/heidi"), "sandbox", "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    let printed = "";
    child.stdout.on("data", (chunk) => {
      printed += String(chunk);
    });
    await expect.poll(() => printed, { timeout: 20_000 }).toContain("HEIDI_API_KEY=");
    const baseUrl = /HEIDI_BASE_URL=(\S+)/.exec(printed)?.[1] ?? "";
    const response = await fetch(`${baseUrl}/jwt?email=a@b.example&third_party_internal_id=1`, {
      headers: { "heidi-api-key": "heidi-sandbox-key" },
    });
    expect(response.status).toBe(200);
    await response.text();
    await expect.poll(() => printed).toContain("authentication.getJwt");
    const ended = once(child, "exit");
    child.kill("SIGINT");
    expect(await ended).toEqual([0, null]);
  } finally {
    child.kill("SIGKILL");
  }
});
