// The same calls in one process, alternately with and without the caller's stack lines, so that differences in JIT
// compilation and memory between processes affect both.
import { createClinician } from "../../harness/sdk.mjs";
import { makeCalls } from "./load.mjs";

/** The stack depth of a handler in a framework: more than the ten lines that the engine keeps. */
const DEPTH = 12;
/** The number of warm-up calls after the garbage collection at the start of a round, which makes the JIT compiler work again. */
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
