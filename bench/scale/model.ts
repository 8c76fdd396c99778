/** What a fleet has to do. */
export interface Fleet {
  readonly processes: number;
  readonly consultsPerDay: number;
  /** The busiest hour's share of the day. */
  readonly busiestHour: number;
  readonly consultsPerUserAndDay: number;
  /** Calls of one consult that are answered at once: session, polls, codes. One upload and one stream come on top. */
  readonly quickCalls: number;
  readonly quickSeconds: number;
  readonly uploadSeconds: number;
  readonly streamSeconds: number;
  /** From the first call of a consult to its last. */
  readonly consultSeconds: number;
  /** How long a token serves: its lifetime less the last two minutes, in which it is renewed. */
  readonly tokenSeconds: number;
  /** True when all calls of a user reach the same process, false when each reaches any. */
  readonly sticky: boolean;
}

/** What that comes to in the busiest hour. */
export interface Load {
  readonly consultsPerSecond: number;
  readonly callsPerSecond: number;
  /** Sockets of the whole fleet with a call on them at any moment. */
  readonly busySockets: number;
  /** When every process exchanges tokens for itself. */
  readonly exchangesPerSecondAlone: number;
  /** When the processes share a token store. */
  readonly exchangesPerSecondShared: number;
  /** `get` and `set` of that store. */
  readonly storeOperationsPerSecond: number;
}

/** Little's law for the sockets, Poisson arrivals for the tokens. */
export function predict(fleet: Fleet): Load {
  const consultsPerSecond = (fleet.consultsPerDay * fleet.busiestHour) / 3600;
  const users = fleet.consultsPerDay / fleet.consultsPerUserAndDay;
  const visitsPerUser = consultsPerSecond / users;
  const calls = fleet.quickCalls + 2;
  const busySeconds = fleet.quickCalls * fleet.quickSeconds + fleet.uploadSeconds + fleet.streamSeconds;
  // A token serves for its time, and the next one is fetched when the user is next seen: that is one cycle.
  const shared = users / (fleet.tokenSeconds + 1 / visitsPerUser);
  const processes = fleet.sticky ? 1 : fleet.processes;
  // The share of the processes that one consult's calls reach, and that all consults of a cycle do.
  const reached = 1 - (1 - 1 / processes) ** calls;
  const reachedInCycle = 1 - (1 - reached) * Math.exp(-visitsPerUser * fleet.tokenSeconds * reached);
  const alone = (users * processes) / (fleet.tokenSeconds + 1 / (visitsPerUser * reached));
  return {
    consultsPerSecond,
    callsPerSecond: consultsPerSecond * calls,
    busySockets: consultsPerSecond * busySeconds,
    exchangesPerSecondAlone: alone,
    exchangesPerSecondShared: shared,
    // Each process that is reached gets the token once, whoever made it sets it once.
    storeOperationsPerSecond: shared * (processes * reachedInCycle + 1),
  };
}
