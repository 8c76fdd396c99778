import * as fs from "node:fs";
import { copyFileSync, createReadStream, mkdtempSync, rmSync } from "node:fs";
import * as promises from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "node:util";
import * as sdk from "heidi-health-sdk";
import { Heidi, type HeidiUser } from "heidi-health-sdk";
import * as node from "heidi-health-sdk/node";
import * as sandboxes from "heidi-health-sdk/sandbox";
import { createSandbox, type Sandbox } from "heidi-health-sdk/sandbox";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runSample, samplesOf } from "../../wire/page-samples.ts";

const AUDIO = fileURLToPath(new URL("../../../examples/audio/gp-consult.ogg", import.meta.url));

/** By page, what each of its samples prints, writes, shows and reports, in this order; "…" stands for any text. */
const SHOWN: Readonly<Record<string, readonly (readonly string[])[]>> = {
  "getting-started.md": [
    ["…"],
    ["ok …", "ok …", "ok …", "warning …", "ok …", "ok …"],
    ["{session} sandbox-…"],
  ],
  "authentication.md": [["…"], [], []],
  "uploads.md": [["…", "100"], ["READY"], []],
  "streams.md": [["…"], ["200 sandbox-… …"], ["true"], ["true"]],
  "waits.md": [["ready 1", "…"], ["…", "READY for …", "…"], ["…"], ["missing undefined"]],
  "recording.md": [["true", "…", "3 0 0"]],
};

const MODULES = {
  "heidi-health-sdk": sdk,
  "heidi-health-sdk/node": node,
  "heidi-health-sdk/sandbox": sandboxes,
  "node:fs": fs,
  "node:fs/promises": promises,
};

describe.each(Object.entries(SHOWN))("a sample of docs/%s", (page, shown) => {
  let sandbox: Sandbox;
  let heidi: Heidi;
  let clinician: HeidiUser;
  let folder: string;
  const home = process.cwd();

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "heidi-guide-"));
    copyFileSync(AUDIO, join(folder, "visit.ogg"));
    process.chdir(folder);
    const timings = { parsingMs: 50, transcriptionMs: 300, codingMs: 300 };
    sandbox = await createSandbox({ timings, streamDelayMs: 0 });
    heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
    clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });
  });
  afterEach(async () => {
    process.chdir(home);
    rmSync(folder, { recursive: true });
    await heidi.close();
    await sandbox.close();
  });

  it("is in the list of what it shows", () => {
    expect(samplesOf(page)).toHaveLength(shown.length);
  });

  it.each(shown.map((lines, index) => ({ index, lines })))(
    "runs as it stands there: $index",
    async (sample) => {
      const { session_id = "" } = await clinician.sessions.create();
      const isEmpty = page === "recording.md" || page === "uploads.md";
      if (!isEmpty) await clinician.transcription.uploadAudio(session_id, { file: node.fileFromPath(AUDIO) });
      const { id: template_id } = await clinician.templates.getByName("SOAP note");
      const lines: string[] = [];
      const written: string[] = [];
      const print = (...line: unknown[]): void => void lines.push(format(...line));
      const names = {
        // A page imports a name where it first uses it; later samples have it from there.
        ...sdk,
        ...node,
        heidi,
        clinician,
        session_id,
        apiKey: sandbox.apiKey,
        baseUrl: sandbox.baseUrl,
        tokenStore: new Map(),
        body: {
          generation_method: "TEMPLATE",
          template_id,
          addition: "",
          voice_style: "GOLDILOCKS",
          brain: "LEFT",
        },
        microphone: createReadStream(AUDIO),
        report: print,
        show: print,
        console: { log: print },
        process: { stdout: { write: (piece: string) => written.push(piece) } },
      };
      await runSample(samplesOf(page)[sample.index], names, MODULES);
      if (written.length > 0) lines.push(written.join(""));
      expect(lines.join("\n")).toMatch(patternOf(sample.lines, session_id));
    },
  );
});

/** "…" matches one line or part of one, and a line of its own any lines. */
function patternOf(lines: readonly string[], session_id: string): RegExp {
  const texts = lines.map((line) =>
    line === "…" ? "[^]+" : line.replace("{session}", session_id).replaceAll("…", ".+"),
  );
  return new RegExp(`^${texts.join("\\n")}$`);
}
