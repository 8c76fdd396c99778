// The same calls in one process, by turns with the caller's lines kept for a failure and without: what a process's
// compiler and memory happen to be like then falls on both.
import { createClinician } from "../../harness/sdk.mjs";
import { makeCalls } from "./load.mjs";

/** As deep as a handler in a framework: the engine keeps ten lines, so there are more than those. */
const DEPTH = 12;
/** A round begins with a collection of garbage, after which the compiler is busy for so many calls. */
const UNCOUNTED = 15_000;

export async function create(params) {
  const { clinician } = await createClinician(params);
  const call = (depth) => (depth === 0 ? clinician.sessions.get("session-1") : call(depth - 1));
  const kept = Error.stackTraceLimit;
  const measure = async (limit, round) => {
    Error.stackTraceLimit = limit;
    const cpu = process.cpuUsage();
    const { length } = await makeCalls(() => call(DEPTH), round);
    const { user, system } = process.cpuUsage(cpu);
    return (user + system) / length;
  };
  return {
    async run({ turns, ...round }) {
      await measure(kept, { ...round, count: UNCOUNTED });
      const sum = { withUs: 0, withoutUs: 0 };
      for (let turn = 0; turn < turns; turn++) {
        const order = turn % 2 === 0 ? ["withUs", "withoutUs"] : ["withoutUs", "withUs"];
        for (const name of order) sum[name] += await measure(name === "withUs" ? kept : 0, round);
      }
      return { withUs: sum.withUs / turns, withoutUs: sum.withoutUs / turns };
    },
  };
}
