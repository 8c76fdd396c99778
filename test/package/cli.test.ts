import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { until } from "../until.ts";
import { node } from "./tools.ts";

const { esm } = inject("installed");
const bin = join(esm, "node_modules/.bin/heidi");

/** A running command, with all of its output. */
interface Running {
  readonly child: ChildProcess;
  stdout: string;
  stderr: string;
  readonly ended: Promise<number | string | null>;
}

const running: ChildProcess[] = [];
let folder: string;
let server: Running;
let environment: Record<string, string>;

const user = { HEIDI_EMAIL: "zq7canary-dr@clinic.example", HEIDI_USER_ID: "zq7canary-ehr" };
const KEY = "zq7canary-key";

function begin(args: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.push(child);
  const begun: Running = {
    child,
    stdout: "",
    stderr: "",
    ended: once(child, "close").then(([code, signal]) => (code ?? signal) as number | string | null),
  };
  child.stdout.on("data", (chunk) => {
    begun.stdout += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    begun.stderr += String(chunk);
  });
  return begun;
}

async function heidi(args: readonly string[], env: Record<string, string> = environment) {
  const begun = begin(args, env);
  return { code: await begun.ended, stdout: begun.stdout, stderr: begun.stderr };
}

/** Returns how often the sandbox received an operation, according to its log. */
const asked = (name: string): number => server.stdout.split(`  ${name} `).length - 1;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "heidi-cli-"));
  await writeFile(join(folder, "zq7canary-visit.wav"), "RIFF    WAVEfmt zq7canary");
  server = begin(["sandbox", "--port", "0", "--stream-delay", "20", "--api-key", KEY]);
  await until(() => server.stdout.includes("HEIDI_API_KEY="));
  const baseUrl = /HEIDI_BASE_URL=(\S+)/.exec(server.stdout)?.[1] ?? "";
  environment = { HEIDI_BASE_URL: baseUrl, HEIDI_API_KEY: KEY, ...user };
});
afterEach(() => {
  for (const child of running) if (child !== server.child) child.kill("SIGKILL");
});
afterAll(async () => {
  server.child.kill("SIGINT");
  expect(await server.ended).toBe(0);
  await rm(folder, { recursive: true, force: true });
});

describe("the installed command", () => {
  it.each(["heidi", "heidi-health-sdk"])("%s tells its version", async (name) => {
    const path = join(esm, "node_modules/.bin", name);
    expect(existsSync(path)).toBe(true);
    const { code, stdout } = await node([path, "--version"]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+/)]);
  });

  it("starts without the SDK, and uses the one that programs use", () => {
    const dist = join(esm, "node_modules/heidi-health-sdk/dist");
    const own = readdirSync(dist).filter((name) => /^cli.*\.mjs$/.test(name));
    const importsOf = (name: string): string[] =>
      [...readFileSync(join(dist, name), "utf8").matchAll(/\bfrom\s*["'`]([^"'`]+)["'`]/g)].map(
        ([, from = ""]) => from,
      );
    expect(importsOf("cli.mjs").filter((from) => !from.startsWith("node:"))).toEqual([]);
    const used = new Set(own.flatMap(importsOf).filter((from) => !/^(node:|\.\/cli)/.test(from)));
    expect([...used].sort()).toEqual(["./index.mjs", "./node.mjs"]);
  });

  it("says what to do without a command, a key or a known option", async () => {
    expect(await heidi([])).toMatchObject({
      code: 2,
      stdout: expect.stringContaining("heidi consult --sandbox"),
    });
    expect(await heidi(["token"], user)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("There is no API key: set HEIDI_API_KEY"),
    });
    expect(await heidi(["doctor", "--regoin", "au"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Did you mean --region?"),
    });
    expect(await heidi(["token", "--api-key", KEY])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("can read arguments"),
    });
  });
});

describe("the commands, one after the other", () => {
  it("take a recording to its note, transcript and answer", async () => {
    const visit = join(folder, "zq7canary-visit.wav");
    const consult = await heidi(["consult", visit, "--patient-id", "zq7canary-mrn", "--json"]);
    expect(consult.code).toBe(0);
    const { result } = JSON.parse(consult.stdout) as { result: { session_id: string; transcript: string } };
    expect(consult.stderr).toContain(`✓ session ${result.session_id}\n✓ recording uploaded\n`);
    expect(consult.stderr).not.toContain("\u{1b}");

    const transcript = await heidi(["transcript", result.session_id]);
    expect(transcript).toEqual({ code: 0, stdout: `${result.transcript}\n`, stderr: "" });
    const answer = await heidi(["ask", result.session_id, "What is the plan?"]);
    expect(answer).toMatchObject({ code: 0, stdout: expect.stringContaining("ramipril"), stderr: "" });
  });

  it("bring a token, and find nothing wrong", async () => {
    const token = await heidi(["token"]);
    expect([token.code, token.stdout]).toEqual([0, expect.stringContaining("It is valid until")]);
    expect(token.stdout).not.toContain("eyJ");
    expect(await heidi(["token", "--show"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^eyJ\S+\n$/),
    });
    expect(await heidi(["doctor"])).toMatchObject({ code: 0, stdout: expect.stringContaining("✓ key") });
  });

  it("run against a sandbox of their own without any setting", async () => {
    const { code, stdout, stderr } = await heidi(["consult", "--sandbox", "--codes", "snomed-ct"], {});
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^## Subjective[\s\S]*# Codes/)]);
    expect(stderr).toMatch(/^This is a local sandbox, not Heidi/);
  });
});

describe("a consult that ends early", () => {
  it.each(["SIGKILL", "SIGINT", "SIGTERM"] as const)(
    "by %s goes on by the same command, and makes nothing twice",
    async (signal) => {
      const journal = join(folder, `${signal}.json`);
      const visit = join(folder, "zq7canary-visit.wav");
      const args = [
        "consult",
        visit,
        "--journal",
        journal,
        "--patient-id",
        `zq7canary-${signal}`,
        "--settle",
        "100ms",
      ];
      const names = ["patientProfiles.create", "sessions.create", "transcription.uploadAudio"];
      const before = names.map(asked);
      const first = begin(args, environment);
      await expect.poll(() => first.stdout, { interval: 5 }).toContain("## Subjective");
      first.child.kill(signal);
      expect(await first.ended).toBe({ SIGKILL: "SIGKILL", SIGINT: 130, SIGTERM: 143 }[signal]);
      if (signal !== "SIGKILL")
        expect(first.stderr).toMatch(/\nInterrupted\. To continue, run the same command again: /);
      expect((await stat(journal)).mode & 0o777).toBe(0o600);

      const second = await heidi(args);
      expect([second.code, second.stderr]).toEqual([
        0,
        expect.stringContaining("✓ recording uploaded (before)"),
      ]);
      expect(second.stdout).toMatch(/## Plan\n[\s\S]*home readings/);
      await expect
        .poll(() => names.map((name, index) => asked(name) - (before[index] ?? 0)))
        .toEqual([1, 1, 1]);
      for (const said of [first.stderr, second.stderr, await readFile(journal, "utf8")])
        expect(said).not.toContain("zq7canary");
    },
  );

  it("because its reader has gone ends quietly", async () => {
    const begun = begin(["consult", "--sandbox", "--quiet"]);
    begun.child.stdout?.once("data", () => begun.child.stdout?.destroy());
    expect([await begun.ended, begun.stderr]).toEqual([141, ""]);
  });
});

describe("what failed", () => {
  it.each([
    ["consult VISIT --template zq7canary-template"],
    ["consult VISIT --session zq7canary-session"],
    ["consult VISIT --patient-profile zq7canary-profile"],
    ["consult FOLDER/zq7canary-missing.wav"],
    ["consult VISIT --journal VISIT"],
    ["consult VISIT --out FOLDER/zq7canary/note.md"],
    ["consult VISIT --patient-file VISIT"],
    ["consult VISIT --codes zq7canary"],
    ["ask zq7canary-session zq7canary-question"],
    ["transcript zq7canary-session"],
    ["transcript --wait zq7canary 1"],
    ["token zq7canary"],
    ["token --email zq7canary-2@clinic.example --id zq7canary --base-url http://127.0.0.1:1/zq7canary"],
    ["doctor --base-url http://zq7canary.example"],
    ["doctor --email zq7canary-2@clinic.example --id zq7canary --base-url http://127.0.0.1:1/zq7canary"],
  ])("is told without keys, ids, names or paths: heidi %s", async (line) => {
    const args = line
      .replaceAll("VISIT", join(folder, "zq7canary-visit.wav"))
      .replaceAll("FOLDER", folder)
      .split(" ");
    for (const env of [environment, { ...environment, HEIDI_API_KEY: "zq7canary-wrong" }]) {
      const { code, stdout, stderr } = await heidi(args, env);
      expect([1, 2]).toContain(code);
      expect((stdout + stderr).length).toBeGreaterThan(20);
      expect(stdout + stderr).not.toContain("zq7canary");
      // A stack would show paths of this machine.
      expect(stderr).not.toMatch(/^ {4}at /m);
    }
  });
});
