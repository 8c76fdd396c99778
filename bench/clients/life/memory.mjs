import { createClinician } from "../../harness/sdk.mjs";
import { STREAM_BODY } from "../first/time.mjs";
import { makeCalls } from "../json/load.mjs";

const IN_FLIGHT = 16;
const STEPS = 10;

function heapAfterGc() {
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

/** Returns the bytes per call by least squares, so that one late garbage collection does not count as growth. */
function slope(heaps, callsPerStep) {
  const middle = (heaps.length - 1) / 2;
  const mean = heaps.reduce((sum, heap) => sum + heap, 0) / heaps.length;
  const above = heaps.reduce((sum, heap, index) => sum + (index - middle) * (heap - mean), 0);
  const below = heaps.reduce((sum, _, index) => sum + (index - middle) ** 2, 0);
  return above / below / callsPerStep;
}

async function slopeOf(call, total) {
  const count = Math.ceil(total / STEPS);
  // The engine keeps data about the code for the first thousands of calls, which is not a leak.
  await makeCalls(call, { count: Math.max(count, 20_000), inFlight: IN_FLIGHT });
  const heaps = [];
  for (let step = 0; step < STEPS; step++) {
    await makeCalls(call, { count, inFlight: IN_FLIGHT });
    heaps.push(heapAfterGc());
  }
  return slope(heaps, count);
}

/** Returns the resources that keep the process alive, except the channel to its parent. */
const resources = () =>
  process.getActiveResourcesInfo().filter((name) => /TCP|Timeout|FSReq/.test(name)).length;

export function create(params) {
  return {
    async run({ calls, streams }) {
      const controller = new AbortController();
      let listeners = 0;
      const { signal } = controller;
      const add = signal.addEventListener.bind(signal);
      const remove = signal.removeEventListener.bind(signal);
      signal.addEventListener = (...args) => {
        listeners++;
        add(...args);
      };
      signal.removeEventListener = (...args) => {
        listeners--;
        remove(...args);
      };
      const json = await createClinician({ ...params, baseUrl: params.jsonUrl });
      const get = () => json.clinician.sessions.get("session-1", { signal });
      const callSlope = await slopeOf(get, calls);
      const stream = await createClinician({ ...params, baseUrl: params.streamUrl });
      const read = () => stream.clinician.consultNotes.generate("session-1", STREAM_BODY, { signal }).text();
      const streamSlope = await slopeOf(read, streams);
      await json.heidi.close();
      await stream.heidi.close();
      await new Promise((resolve) => setTimeout(resolve, 200));
      return { callSlope, streamSlope, left: resources() + listeners };
    },
  };
}
