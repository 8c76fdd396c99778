// The limit: ffmpeg cuts the same file into files without encoding. Its CPU is what the shell reports for its children.
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { promisify } from "node:util";

const SCRIPT = 'ffmpeg -v error -i "$1" -map 0:a -c copy -f segment -segment_time 50 "$2" && times';

/** Returns the milliseconds of `1m2.5s`. */
function toMs(text) {
  const [, minutes, seconds] = /(\d+)m([\d.]+)s/.exec(text) ?? [];
  return (Number(minutes) * 60 + Number(seconds)) * 1000;
}

export function create() {
  return {
    async run({ path }) {
      const folder = await mkdtemp(join(dirname(path), "segments-"));
      try {
        const out = join(folder, `%05d${extname(path)}`);
        const { stdout } = await promisify(execFile)("sh", ["-c", SCRIPT, "sh", path, out]);
        const [user = "", system = ""] = stdout.trim().split("\n").at(-1)?.split(" ") ?? [];
        return { chunks: (await readdir(folder)).length, segmentMs: toMs(user) + toMs(system) };
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  };
}
