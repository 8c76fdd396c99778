import { createClinician } from "../../harness/sdk.mjs";
import { makeCalls } from "../json/load.mjs";

const IN_FLIGHT = 16;

function heapAfterGc() {
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

/** Calls on behalf of many users, whose tokens are already in the cache; calls `forUser` again for each call. */
export async function create(params) {
  const { heidi } = await createClinician(params);
  const user = (index) =>
    heidi.forUser({ email: `dr${index}@clinic.example`, thirdPartyInternalId: `ehr-${index}` });
  const call = (index) => user(index).sessions.get("session-1");
  await makeCalls(() => call(0), { count: 2000, inFlight: IN_FLIGHT });
  const before = heapAfterGc();
  let next = 0;
  await makeCalls(() => call(next++), { count: params.users, inFlight: IN_FLIGHT });
  const bytesPerUser = (heapAfterGc() - before) / params.users;
  let turn = 0;
  return {
    async run({ count }) {
      // The stride is coprime to the number of users, so consecutive calls are for different users.
      await makeCalls(() => call((turn++ * 7919) % params.users), { count, inFlight: IN_FLIGHT });
      return { calls: count, bytesPerUser };
    },
  };
}
