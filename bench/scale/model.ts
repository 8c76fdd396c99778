/** The size and workload of a fleet. */
export interface Fleet {
  readonly processes: number;
  readonly consultsPerDay: number;
  /** The share of the day's consults in the busiest hour. */
  readonly busiestHour: number;
  readonly consultsPerUserAndDay: number;
  /** The number of short calls of one consult: session, polls, codes. One upload and one stream are added. */
  readonly quickCalls: number;
  readonly quickSeconds: number;
  readonly uploadSeconds: number;
  readonly streamSeconds: number;
  /** The time from the first call of a consult to the last. */
  readonly consultSeconds: number;
  /** The usable time of a token: its lifetime minus the last two minutes, in which it is renewed. */
  readonly tokenSeconds: number;
  /** True when all calls of a user reach the same process; false when each call can reach any process. */
  readonly sticky: boolean;
}

/** The load of a fleet in its busiest hour. */
export interface Load {
  readonly consultsPerSecond: number;
  readonly callsPerSecond: number;
  /** The average number of sockets with a call in flight, in the whole fleet. */
  readonly busySockets: number;
  /** The token exchanges without a shared store. */
  readonly exchangesPerSecondAlone: number;
  /** The token exchanges with a shared store. */
  readonly exchangesPerSecondShared: number;
  /** The `get` and `set` operations of the shared store. */
  readonly storeOperationsPerSecond: number;
}

/** Computes the load by Little's law for the sockets and Poisson arrivals for the tokens. */
export function predict(fleet: Fleet): Load {
  const consultsPerSecond = (fleet.consultsPerDay * fleet.busiestHour) / 3600;
  const users = fleet.consultsPerDay / fleet.consultsPerUserAndDay;
  const visitsPerUser = consultsPerSecond / users;
  const calls = fleet.quickCalls + 2;
  const busySeconds = fleet.quickCalls * fleet.quickSeconds + fleet.uploadSeconds + fleet.streamSeconds;
  // One cycle is the usable time of a token, plus the time until the user's next consult.
  const shared = users / (fleet.tokenSeconds + 1 / visitsPerUser);
  const processes = fleet.sticky ? 1 : fleet.processes;
  // The shares of the processes that the calls of one consult reach, and that all consults of a cycle reach.
  const reached = 1 - (1 - 1 / processes) ** calls;
  const reachedInCycle = 1 - (1 - reached) * Math.exp(-visitsPerUser * fleet.tokenSeconds * reached);
  const alone = (users * processes) / (fleet.tokenSeconds + 1 / (visitsPerUser * reached));
  return {
    consultsPerSecond,
    callsPerSecond: consultsPerSecond * calls,
    busySockets: consultsPerSecond * busySeconds,
    exchangesPerSecondAlone: alone,
    exchangesPerSecondShared: shared,
    // Each reached process gets the token once; the process that exchanged it sets it once.
    storeOperationsPerSecond: shared * (processes * reachedInCycle + 1),
  };
}
