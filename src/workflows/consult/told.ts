import { field } from "../answer.ts";
import type { ConsultApi } from "./consult.ts";
import type { ConsultHappening } from "./events.ts";
import type { ConsultInput } from "./input.ts";
import type { Made, Running } from "./perform.ts";
import type { ConsultSettings } from "./settings.ts";

/** What the parts of a consult's course work with. */
export interface ConsultParts {
  readonly api: ConsultApi;
  readonly input: ConsultInput;
  readonly settings: ConsultSettings;
  readonly running: Running;
}

/** What a step tells, and whether it tells of the past. */
export type Told = readonly [happening: ConsultHappening, replayed?: boolean];
export type Course<T> = AsyncGenerator<Told, T, undefined>;

/** What a call made, by the id in its answer. */
export function madeOf(answer: unknown, name: string): Made | undefined {
  const id = field(answer, name);
  return typeof id === "string" && id !== "" ? { id } : undefined;
}

/** A step's own tale, as part of the course. */
export async function* tell<T>(step: AsyncGenerator<ConsultHappening, T, undefined>): Course<T> {
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
