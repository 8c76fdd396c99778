import { getProperty } from "../answer.ts";
import type { ConsultApi } from "./consult.ts";
import type { ConsultEventBody } from "./events.ts";
import type { ConsultInput } from "./input.ts";
import type { RunContext, StepResult } from "./perform.ts";
import type { ConsultSettings } from "./settings.ts";

/** What the parts of a consult's course work with. */
export interface ConsultParts {
  readonly api: ConsultApi;
  readonly input: ConsultInput;
  readonly settings: ConsultSettings;
  readonly running: RunContext;
}

/** What a step tells, and whether it tells of the past. */
export type StepEvent = readonly [happening: ConsultEventBody, replayed?: boolean];
export type StepEvents<T> = AsyncGenerator<StepEvent, T, undefined>;

/** What a call made, by the id in its answer. */
export function resultOf(answer: unknown, name: string): StepResult | undefined {
  const id = getProperty(answer, name);
  return typeof id === "string" && id !== "" ? { id } : undefined;
}

/** A step's own tale, as part of the course. */
export async function* emit<T>(step: AsyncGenerator<ConsultEventBody, T, undefined>): StepEvents<T> {
  try {
    for (;;) {
      const { done, value } = await step.next();
      if (done) return value;
      yield [value];
    }
  } finally {
    // Left early: an upload or a stream under way ends with it.
    await step.return(undefined as T);
  }
}
