import type { Fleet, Load } from "./model.ts";

/** Returns a random number generator from 0 to 1 with the same sequence in every run. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Visit {
  readonly atS: number;
  readonly user: number;
  readonly process: number;
  readonly busyS: number;
}

/** Returns the calls of consults that begin at random times: a warm-up of two token lifetimes, then three measured hours. */
function* consults(fleet: Fleet, untilS: number, random: () => number): Generator<readonly Visit[]> {
  const perSecond = (fleet.consultsPerDay * fleet.busiestHour) / 3600;
  const users = Math.round(fleet.consultsPerDay / fleet.consultsPerUserAndDay);
  for (let atS = 0; atS < untilS; atS += -Math.log(1 - random()) / perSecond) {
    const user = Math.floor(random() * users);
    const own = user % fleet.processes;
    const calls = fleet.quickCalls + 2;
    yield Array.from({ length: calls }, (_, index) => ({
      atS: atS + (fleet.consultSeconds * index) / calls,
      user,
      process: fleet.sticky ? own : Math.floor(random() * fleet.processes),
      busyS:
        index === 1 ? fleet.uploadSeconds : index === calls - 1 ? fleet.streamSeconds : fleet.quickSeconds,
    }));
  }
}

/** Simulates the calls of the fleet one by one, and counts the figures that {@link predict} computes. */
export function simulate(fleet: Fleet, seed = 1): Load {
  const random = createRandom(seed);
  const warmupS = 2 * fleet.tokenSeconds;
  const countedS = 3 * 3600;
  const untilS = warmupS + countedS;
  const visits = [...consults(fleet, untilS, random)].flat().sort((a, b) => a.atS - b.atS);
  const alone = new Map<number, number>();
  const held = new Map<number, number>();
  const stored = new Map<number, number>();
  const count = { calls: 0, busyS: 0, alone: 0, exchanges: 0, operations: 0 };
  for (const { atS, user, process, busyS } of visits) {
    if (atS > untilS) break;
    const counts = atS >= warmupS ? 1 : 0;
    count.calls += counts;
    count.busyS += counts * busyS;
    const pair = user * fleet.processes + process;
    if ((alone.get(pair) ?? 0) <= atS) {
      alone.set(pair, atS + fleet.tokenSeconds);
      count.alone += counts;
    }
    if ((held.get(pair) ?? 0) > atS) continue;
    count.operations += counts; // get
    if ((stored.get(user) ?? 0) <= atS) {
      stored.set(user, atS + fleet.tokenSeconds);
      count.exchanges += counts;
      count.operations += counts; // set
    }
    held.set(pair, stored.get(user) ?? 0);
  }
  return {
    consultsPerSecond: count.calls / (fleet.quickCalls + 2) / countedS,
    callsPerSecond: count.calls / countedS,
    busySockets: count.busyS / countedS,
    exchangesPerSecondAlone: count.alone / countedS,
    exchangesPerSecondShared: count.exchanges / countedS,
    storeOperationsPerSecond: count.operations / countedS,
  };
}

/** The time for which the SDK keeps an idle socket. */
const KEPT_S = 55;

interface Socket {
  readonly openedS: number;
  freeS: number;
}

export interface Sockets {
  /** The average number of open sockets in one process, busy or idle. */
  readonly openPerProcess: number;
  /** The maximum in any process at any time. */
  readonly most: number;
  /** The number of TLS handshakes of the fleet. */
  readonly handshakesPerSecond: number;
}

/** Simulates the connection pool of each process, which reuses the idle socket that was used last. */
export function simulateSockets(fleet: Fleet, seed = 2): Sockets {
  const untilS = 3600;
  const visits = [...consults(fleet, untilS, createRandom(seed))].flat().sort((a, b) => a.atS - b.atS);
  const pools = Array.from({ length: fleet.processes }, (): Socket[] => []);
  let openS = 0;
  let most = 0;
  let opened = 0;
  const close = ({ openedS, freeS }: Socket): void => {
    openS += freeS + KEPT_S - openedS;
  };
  for (const { atS, process, busyS } of visits) {
    const kept = (pools[process] ?? []).filter((socket) => {
      const isKept = socket.freeS + KEPT_S > atS;
      if (!isKept) close(socket);
      return isKept;
    });
    const idle = kept.filter(({ freeS }) => freeS <= atS).sort((a, b) => b.freeS - a.freeS)[0];
    if (idle) idle.freeS = atS + busyS;
    else {
      opened++;
      kept.push({ openedS: atS, freeS: atS + busyS });
    }
    most = Math.max(most, kept.length);
    pools[process] = kept;
  }
  for (const pool of pools) for (const socket of pool) close(socket);
  return {
    openPerProcess: openS / untilS / fleet.processes,
    most,
    handshakesPerSecond: opened / untilS,
  };
}
