import { Agent, request } from "undici";
import { createClinician } from "../../harness/sdk.mjs";
import { STREAM_BODY } from "../first/time.mjs";

async function readSdk(params) {
  const { clinician } = await createClinician(params, { maxConnections: params.streams });
  return async (take) => {
    for await (const item of clinician.consultNotes.generate("session-1", STREAM_BODY)) take(item);
  };
}

/** Reads lines without a decoder: each write of the server is one complete line. */
function readRaw({ baseUrl, streams }) {
  const dispatcher = new Agent({ connections: streams });
  const headers = { "content-type": "application/json" };
  return async (take) => {
    const body = JSON.stringify(STREAM_BODY);
    const answer = await request(`${baseUrl}/note`, { dispatcher, method: "POST", headers, body });
    let rest = "";
    answer.body.setEncoding("utf8");
    for await (const text of answer.body) {
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      for (const line of lines) take(JSON.parse(line));
    }
  };
}

export async function create(params) {
  const read = params.client === "heidi" ? await readSdk(params) : readRaw(params);
  return {
    async run() {
      const delaysMs = [];
      const take = ({ sentAtMs }) => delaysMs.push(performance.timeOrigin + performance.now() - sentAtMs);
      await Promise.all(Array.from({ length: params.streams }, () => read(take)));
      if (delaysMs.length !== params.streams * params.items)
        throw new Error(`only ${delaysMs.length} items arrived`);
      delaysMs.sort((a, b) => a - b);
      return {
        items: delaysMs.length,
        p99Ms: delaysMs[Math.floor(delaysMs.length * 0.99)],
        rssMb: process.memoryUsage.rss() / 1e6,
      };
    },
  };
}
