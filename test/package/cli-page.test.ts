import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { until } from "../until.ts";

const { esm } = inject("installed");
const root = fileURLToPath(new URL("../..", import.meta.url));
const bins = join(esm, "node_modules/.bin");
const page = await readFile(join(root, "docs/cli.md"), "utf8");

/** A command on the page, and the output that the page shows for it. */
interface Step {
  readonly command: string;
  readonly lines: readonly string[];
}

const steps: readonly Step[] = [...page.matchAll(/^```console\n([\s\S]*?)^```/gm)].flatMap(([, block = ""]) =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [command = "", ...lines] = text.trimEnd().split("\n");
      return { command: command.replace("npx heidi-health-sdk", "heidi"), lines };
    }),
);

let folder: string;
let environment: Record<string, string>;
const sandbox = spawn(process.execPath, [join(bins, "heidi"), "sandbox", "--port", "0", "--quiet"]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "heidi-page-"));
  await copyFile(join(root, "examples/audio/gp-consult.ogg"), join(folder, "visit.ogg"));
  let printed = "";
  sandbox.stdout.on("data", (chunk) => {
    printed += String(chunk);
  });
  await until(() => printed.includes("HEIDI_API_KEY="));
  environment = {
    PATH: [bins, process.env["PATH"] ?? ""].join(delimiter),
    HEIDI_BASE_URL: /HEIDI_BASE_URL=(\S+)/.exec(printed)?.[1] ?? "",
    HEIDI_API_KEY: "heidi-sandbox-key",
    HEIDI_EMAIL: "dr@clinic.example",
    HEIDI_USER_ID: "ehr-42",
  };
});
afterAll(async () => {
  const ended = once(sandbox, "exit");
  sandbox.kill("SIGINT");
  await ended;
  await rm(folder, { recursive: true, force: true });
});

/** Runs a command; returns output and errors in the order in which a terminal shows them. */
function shell(command: string): Promise<string> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: environment, timeout: 280_000 };
    execFile("/bin/sh", ["-c", `{ ${command}\n} 2>&1`], options, (_, stdout) => resolve(stdout));
  });
}

const quoted = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Converts lines to a pattern: a line "…" matches any lines, "…" inside a line any text, a long number any id. */
const patternOf = (lines: readonly string[]): RegExp =>
  new RegExp(
    `^${lines
      .map((line) =>
        line === "…"
          ? "(?:.*\\n)*?"
          : `${line
              .split("…")
              .map(quoted)
              .join(".+")
              .replaceAll(/\d{30,}/g, "\\d{30,}")}\\n`,
      )
      .join("")}$`,
  );

it("shows on its page what its reader will see", async () => {
  expect(steps.length).toBeGreaterThan(8);
  const ids = new Map<string, string>();
  for (const { command, lines } of steps) {
    const said = await shell(command.replaceAll(/\d{30,}/g, (id) => ids.get(id) ?? id));
    expect(said, command).toMatch(patternOf(lines));
    const [shown] = /\d{30,}/.exec(lines.join("\n")) ?? [];
    const [real] = /\d{30,}/.exec(said) ?? [];
    if (shown !== undefined && real !== undefined && !ids.has(shown)) ids.set(shown, real);
  }
});
