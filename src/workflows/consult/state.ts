import { throwInvalidArgument } from "../../utils/validate.ts";
import { isObject } from "../../utils/values.ts";
import type { ConsultKey } from "./input.ts";

/** A step of a consult that writes to Heidi. Context documents are counted from 0. */
export type ConsultStep =
  | "patient"
  | "session"
  | "link"
  | "details"
  | `context-${number}`
  | "audio"
  | "note"
  | "document";

/** The state of a step. */
export interface ConsultStepState {
  /**
   * - `begun`: the request may have been sent; a lookup determines whether it had an effect.
   * - `made`: the server reported success, but the result is unknown.
   * - `done`: completed; the step never runs again.
   */
  readonly state: "begun" | "made" | "done";
  /** Heidi's id of the created resource, if it has one. */
  readonly id?: string;
  /** The ids of resources that existed before the step; omitted where this consult created the session. */
  readonly before?: readonly string[];
}

/** The state of a consult: ids and step states, to store as JSON. It has no patient text, no name and no file name. */
export interface ConsultState {
  readonly version: 1;
  /** Counts the changes: a store can refuse a state that does not follow its current one. */
  readonly revision: number;
  /** Hashes that distinguish this consult from others without naming its patient. */
  readonly key: ConsultKey;
  readonly steps: { readonly [Step in ConsultStep]?: ConsultStepState };
}

/**
 * The store of one consult's state between processes: a row, a key, a file.
 *
 * @example
 * const journal: ConsultJournal = {
 *   load: async () => JSON.parse((await redis.get(key)) ?? "null"),
 *   save: (state) => redis.set(key, JSON.stringify(state)),
 * };
 */
export interface ConsultJournal {
  /** Returns the last saved state; null or undefined for a new consult. */
  load(): unknown;
  /** Resolves when the state is stored. An error that it throws ends the consult before anything is sent. */
  save(state: ConsultState): unknown;
}

/** The result of the manual check of a step that needed a review. */
export interface ConsultResolution {
  readonly step: ConsultStep;
  /** True when the step was done. False: it was not done, and runs now. */
  readonly done: boolean;
  /** Heidi's id of the created resource: required when a patient, session, context document or document is `done`. */
  readonly id?: string | undefined;
  /**
   * The `journal.revision` of the review that this resolves. With it the resolution is applied once, even when a queue runs
   * the same job again. Set it wherever that can happen.
   */
  readonly revision?: number | undefined;
}

const STEP = /^(patient|session|link|details|context-\d{1,4}|audio|note|document)$/;
const WITH_ID = /^(patient|session|context-\d+|document)$/;
const MAX_ID_LENGTH = 200;

/** The state of a running consult. Each change is saved before it takes effect. */
export class ConsultStateStore {
  #state: ConsultState;
  readonly #journal: ConsultJournal | undefined;

  constructor(state: ConsultState, journal: ConsultJournal | undefined) {
    this.#state = state;
    this.#journal = journal;
  }

  get state(): ConsultState {
    return this.#state;
  }

  of(step: ConsultStep): ConsultStepState | undefined {
    return this.#state.steps[step];
  }

  /** The ids of the context documents that certainly belong to this consult. */
  get contextIds(): readonly (string | undefined)[] {
    const entries = Object.entries(this.#state.steps);
    return entries.filter(([step]) => step.startsWith("context-")).map(([, value]) => value?.id);
  }

  async set(step: ConsultStep, value: ConsultStepState | undefined): Promise<void> {
    const { [step]: _, ...others } = this.#state.steps;
    const steps = value === undefined ? others : { ...others, [step]: value };
    const next = { ...this.#state, revision: this.#state.revision + 1, steps };
    await this.#journal?.save(next);
    this.#state = next;
  }

  /** Applies the result of a manual check to an uncertain step. A resolution that was applied before changes nothing. */
  async resolve(resolution: unknown): Promise<void> {
    const { step, done, id, revision } = toObject(resolution) ?? {};
    if (!isStepName(step) || typeof done !== "boolean")
      return throwInvalidArgument(
        "resolve",
        "The option `resolve` must be `{ step, done }` of a step that needs a review.",
      );
    if (revision !== undefined && !(isRevision(revision) && revision <= this.#state.revision))
      throwInvalidArgument(
        "resolve",
        "The option `resolve` has a `revision` that this consult has not reached.",
      );
    if (revision !== undefined && revision !== this.#state.revision) return;
    const known = this.of(step);
    if (known === undefined || known.state === "done") {
      throwInvalidArgument("resolve", "The option `resolve` names a step that needs no review.");
    }
    if (!done) return this.set(step, undefined);
    if (id !== undefined ? !isId(id) : WITH_ID.test(step)) {
      throwInvalidArgument("resolve", "The option `resolve` needs the `id` of the created resource.");
    }
    await this.set(step, { state: "done", ...(isId(id) ? { id } : {}) });
  }
}

/** Reads a saved state; throws for a damaged one, and for one of another version, clinician, patient or input. */
export function readState(saved: unknown, key: ConsultKey): ConsultState {
  if (saved === undefined || saved === null) return { version: 1, revision: 0, key, steps: {} };
  const refuse = (why: string): never =>
    throwInvalidArgument("resume", `The saved state of the consult ${why}.`);
  const { version, revision, key: savedKey, steps } = toObject(saved) ?? refuse("is not a state");
  if (version !== 1) refuse("was saved by another version of this SDK");
  const keys = toObject(savedKey) ?? refuse("is damaged");
  for (const name of ["clinician", "patient", "input"] as const) {
    if (keys[name] !== key[name]) refuse(`belongs to another ${name}`);
  }
  const entries = Object.entries(toObject(steps) ?? refuse("is damaged"));
  if (!isRevision(revision) || !entries.every(([step, value]) => isStep(step, value))) refuse("is damaged");
  return {
    version: 1,
    revision: revision as number,
    key,
    steps: Object.fromEntries(entries) as ConsultState["steps"],
  };
}

function isStep(step: string, value: unknown): boolean {
  const { state, id, before } = toObject(value) ?? {};
  if (!isStepName(step) || (id !== undefined && !isId(id))) return false;
  if (before !== undefined && !(Array.isArray(before) && before.every(isId))) return false;
  if (state === "done") return id !== undefined || !WITH_ID.test(step);
  return state === "begun" || state === "made";
}

const isStepName = (value: unknown): value is ConsultStep => typeof value === "string" && STEP.test(value);

const isRevision = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;

const isId = (value: unknown): value is string =>
  typeof value === "string" && value.trim() !== "" && value.length <= MAX_ID_LENGTH;

const toObject = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  isObject(value) ? value : undefined;
