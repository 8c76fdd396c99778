import { readFileSync, statSync, writeFileSync } from "node:fs";

/** This process's own peak: `resourceUsage().maxRSS` would begin with that of the process that started it. */
function readMb(name) {
  const [, kib] = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync("/proc/self/status", "latin1"));
  return (Number(kib) * 1024) / 1e6;
}

/** What `create` of an uploader returns: one upload, its rate and how much memory grew beyond what the process had. */
export function uploadClient(upload) {
  return {
    async run({ path }) {
      globalThis.gc?.();
      writeFileSync("/proc/self/clear_refs", "5"); // forgets the peak so far
      const idleMb = readMb("VmRSS");
      const startedMs = performance.now();
      await upload(path);
      const seconds = (performance.now() - startedMs) / 1000;
      return { mbPerS: statSync(path).size / 1e6 / seconds, idleMb, grownMb: readMb("VmHWM") - idleMb };
    },
  };
}
