import { readFileSync, statSync, writeFileSync } from "node:fs";

/** Returns the peak memory of this process; `resourceUsage().maxRSS` would include that of its parent. */
function readMb(name) {
  const [, kib] = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync("/proc/self/status", "latin1"));
  return (Number(kib) * 1024) / 1e6;
}

/** Returns the result of `create` for an uploader: one upload, its rate and its additional memory. */
export function uploadClient(upload) {
  return {
    async run({ path }) {
      globalThis.gc?.();
      writeFileSync("/proc/self/clear_refs", "5"); // resets the peak
      const idleMb = readMb("VmRSS");
      const startedMs = performance.now();
      await upload(path);
      const seconds = (performance.now() - startedMs) / 1000;
      return { mbPerS: statSync(path).size / 1e6 / seconds, idleMb, grownMb: readMb("VmHWM") - idleMb };
    },
  };
}
