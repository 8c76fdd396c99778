import { createReadStream } from "node:fs";
import { loadSdk } from "../../harness/sdk.mjs";

/** Reads the recording from disk, so that as many bytes go through both clients; drops each chunk. */
export async function create({ packageDir }) {
  const { segmentRecording } = await loadSdk(packageDir);
  return {
    async run({ path }) {
      const before = process.cpuUsage();
      let chunks = 0;
      for await (const { data } of segmentRecording(createReadStream(path))) if (data.length > 0) chunks++;
      const { user, system } = process.cpuUsage(before);
      return { chunks, segmentMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1000 };
    },
  };
}
