/**
 * Speaks the sandbox's consults with espeak-ng and encodes them with ffmpeg, so that the sample recording says
 * exactly what the sandbox's transcript has. Needs both programs. Prints each file's hash and length, which belong
 * into the consult's data.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generalPractice } from "../src/sandbox/consults/general-practice.ts";
import type { Consult, Line } from "../src/sandbox/consults/types.ts";

const folder = fileURLToPath(new URL("../examples/audio/", import.meta.url));

const voices: Readonly<Record<Line["speaker"], readonly string[]>> = {
  clinician: ["-v", "en-gb+m3", "-s", "172", "-p", "38"],
  patient: ["-v", "en-gb+f3", "-s", "178", "-p", "58"],
  parent: ["-v", "en-gb+f2", "-s", "175", "-p", "52"],
};

function record(consult: Consult, file: string): void {
  const work = mkdtempSync(join(tmpdir(), "heidi-audio-"));
  try {
    const parts = consult.lines.map((line, index) => {
      const part = join(work, `${index}.wav`);
      execFileSync("espeak-ng", [...voices[line.speaker], "-w", part, line.text]);
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
record(generalPractice, join(folder, "gp-consult.ogg"));
