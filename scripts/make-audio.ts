/**
 * Generates the recordings of the sandbox's consults with espeak-ng and ffmpeg, so that each recording matches its
 * transcript. Both programs must be installed. Accepts ids of consults; without ids, generates all. Prints the hash and
 * length of each file for the consult's data.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { consults } from "../src/sandbox/fixtures/index.ts";
import type { Consult, Line } from "../src/sandbox/fixtures/types.ts";

const folder = fileURLToPath(new URL("../examples/audio/", import.meta.url));

type Voices = Readonly<Record<Line["speaker"], readonly string[]>>;

const english: Voices = {
  clinician: ["-v", "en-gb+m3", "-s", "172", "-p", "38"],
  patient: ["-v", "en-gb+f3", "-s", "178", "-p", "58"],
  parent: ["-v", "en-gb+f2", "-s", "175", "-p", "52"],
};
const voices: Readonly<Record<string, Voices>> = {
  en: english,
  es: {
    clinician: ["-v", "es+m3", "-s", "172", "-p", "38"],
    patient: ["-v", "es+f3", "-s", "178", "-p", "58"],
    parent: ["-v", "es+f2", "-s", "175", "-p", "52"],
  },
};

function record(consult: Consult, file: string): void {
  const work = mkdtempSync(join(tmpdir(), "heidi-audio-"));
  try {
    const parts = consult.lines.map((line, index) => {
      const part = join(work, `${index}.wav`);
      execFileSync("espeak-ng", [
        ...(voices[consult.languageCode] ?? english)[line.speaker],
        "-w",
        part,
        line.text,
      ]);
      return `file '${part}'`;
    });
    const list = join(work, "list.txt");
    writeFileSync(list, parts.join("\n"));
    const encode = ["-c:a", "libopus", "-b:a", "16k", "-ac", "1", "-application", "voip", "-vbr", "on"];
    // `bitexact` leaves out dates and versions, and fixes the stream's serial number.
    const exact = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"];
    execFileSync("ffmpeg", [
      ...["-v", "error", "-y", "-f", "concat", "-safe", "0", "-i", list, "-threads", "1"],
      ...encode,
      ...exact,
      file,
    ]);
    const seconds = execFileSync("ffprobe", [
      ...["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", file],
    ]);
    const data = readFileSync(file);
    const hash = createHash("sha256").update(data).digest("hex");
    console.log(`${file}\n  ${data.length} bytes, ${String(seconds).trim()} s, sha256 ${hash}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

mkdirSync(folder, { recursive: true });
const wanted = process.argv.slice(2);
for (const consult of consults) {
  // The first recording has the name that the quickstart uses.
  const name = consult.id === "general-practice" ? "gp-consult" : consult.id;
  if (wanted.length === 0 || wanted.includes(consult.id)) record(consult, join(folder, `${name}.ogg`));
}
