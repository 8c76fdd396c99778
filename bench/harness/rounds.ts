import { MeasuredProcess, type Sample } from "./child-process.ts";
import type { Context, Entry, Role } from "./metric.ts";

export interface Contender {
  readonly client: string;
  readonly role: Role;
  readonly module: string;
  readonly params?: object;
}

export interface Rounds {
  readonly contenders: readonly Contender[];
  readonly params: object;
  readonly round: object;
  /** A round that every process runs first without counting it: it warms up caches, connections and the JIT compiler. */
  readonly warmup?: object | undefined;
  /** True for a new process in every round, to measure work that a process does only once. */
  readonly fresh?: boolean | undefined;
  readonly execArgv?: readonly string[] | undefined;
}

export interface Measured extends Contender {
  readonly samples: readonly Sample[];
  readonly failure?: string | undefined;
}

class Track {
  readonly contender: Contender;
  readonly samples: Sample[] = [];
  failure: string | undefined;
  #process: MeasuredProcess | undefined;
  readonly #rounds: Rounds;

  constructor(contender: Contender, rounds: Rounds) {
    this.contender = contender;
    this.#rounds = rounds;
  }

  async prepare(): Promise<void> {
    if (this.failure !== undefined) return;
    const { params, warmup, execArgv } = this.#rounds;
    try {
      this.#process = await MeasuredProcess.start(
        this.contender.module,
        { ...params, ...this.contender.params },
        execArgv,
      );
      if (warmup) await this.#process.run(warmup);
    } catch (error) {
      await this.#fail(error);
    }
  }

  async run(): Promise<void> {
    if (this.failure !== undefined) return;
    try {
      if (this.#rounds.fresh) await this.prepare();
      const sample = await this.#process?.run(this.#rounds.round);
      if (sample) this.samples.push(sample);
      if (this.#rounds.fresh) await this.stop();
    } catch (error) {
      await this.#fail(error);
    }
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
    this.#process = undefined;
  }

  async #fail(error: unknown): Promise<void> {
    this.failure ??= error instanceof Error ? error.message : String(error);
    await this.stop();
  }
}

/** Runs every contender once per round, in a different order each time, each in its own process. */
export async function interleave(context: Context, rounds: Rounds): Promise<readonly Measured[]> {
  const contenders = rounds.contenders.filter(({ role }) => context.peers || role !== "peer");
  const tracks = contenders.map((contender) => new Track(contender, rounds));
  try {
    if (!rounds.fresh) for (const track of tracks) await track.prepare();
    for (let round = 0; round < context.rounds; round++) {
      const turn = round % tracks.length;
      for (const track of [...tracks.slice(turn), ...tracks.slice(0, turn)]) await track.run();
    }
  } finally {
    await Promise.all(tracks.map((track) => track.stop()));
  }
  return tracks.map(({ contender, samples, failure }) => ({ ...contender, samples, failure }));
}

/** Returns the entries of a metric from the measured samples. */
export function entriesOf(measured: readonly Measured[], pick: (sample: Sample) => number): readonly Entry[] {
  return measured.map(({ client, role, samples, failure }) => ({
    client,
    role,
    samples: samples.map(pick),
    failure,
  }));
}

/** Returns one field of a sample; a missing field is an error in the benchmark. */
export function field(name: string): (sample: Sample) => number {
  return (sample) => {
    const value = sample[name];
    if (value === undefined) throw new Error(`a sample has no ${name}`);
    return value;
  };
}
