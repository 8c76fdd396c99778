import { createRandom } from "../ids.ts";
import { operationNamed } from "../names.ts";
import type { SpecOperation } from "../spec.ts";
import { checkFault } from "./check.ts";
import type { FaultHandle, FaultRule } from "./types.ts";

interface Planned {
  /** Undefined for every operation. */
  readonly operation: string | undefined;
  readonly rule: FaultRule;
  readonly random: () => number;
  skip: number;
  left: number;
  hits: number;
}

/** The active faults, in the order in which they were set up. */
export class FaultPlan {
  readonly #operations: readonly SpecOperation[];
  readonly #seed: number;
  #planned: Planned[] = [];
  #count = 0;

  constructor(operations: readonly SpecOperation[], seed: number) {
    this.#operations = operations;
    this.#seed = seed;
  }

  add(name: string, given: FaultRule): FaultHandle {
    const operation = operationNamed(this.#operations, name)?.row.id;
    const rule = checkFault(given);
    this.#count += 1;
    const planned: Planned = {
      operation,
      rule,
      // Each has its own sequence: adding or removing a fault does not change when others apply.
      random: createRandom(this.#seed + this.#count * 7919),
      skip: rule.skip ?? 0,
      left: rule.times ?? (rule.probability === undefined ? 1 : Number.POSITIVE_INFINITY),
      hits: 0,
    };
    this.#planned.push(planned);
    return {
      get hits() {
        return planned.hits;
      },
      remove: () => {
        this.#planned = this.#planned.filter((other) => other !== planned);
      },
    };
  }

  /** Returns the faults that apply to the next request of the operation. A fault that waits behind another is not used up. */
  take(operation: string): readonly FaultRule[] {
    const taken: Planned[] = [];
    for (const planned of this.#planned) {
      if (planned.operation !== undefined && planned.operation !== operation) continue;
      if (planned.left <= 0 || taken.some((other) => excludes(other.rule, planned.rule))) continue;
      if (planned.skip > 0) planned.skip -= 1;
      else if (planned.random() < (planned.rule.probability ?? 1)) taken.push(planned);
    }
    for (const planned of taken) {
      planned.left -= 1;
      planned.hits += 1;
    }
    return taken.map(({ rule }) => rule);
  }

  clear(): void {
    this.#planned = [];
    this.#count = 0;
  }
}

/** A request can be slow in several ways and then fail in one. */
function excludes(one: FaultRule, other: FaultRule): boolean {
  const isSlowness = ({ kind }: FaultRule): boolean => kind === "latency" || kind === "slow-reader";
  return !isSlowness(one) && !isSlowness(other);
}
