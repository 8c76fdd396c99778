import { effectiveSpec } from "../../scripts/spec/effective.ts";
import { get, type Json, objectAt, textAt } from "../../scripts/spec/json.ts";
import { listOperations } from "../../scripts/spec/paths.ts";
import { deref } from "../../scripts/spec/spec.ts";

/** An error answer as the effective spec describes it. */
export interface Refusal {
  readonly status: number;
  /** The `detail` of its example. */
  readonly detail: Json | undefined;
}

/** An operation as the effective spec describes it, read without the generator's model. */
export interface Described {
  readonly id: string;
  /** Its `x-sdk-name`. */
  readonly name: string | undefined;
  readonly refusals: readonly Refusal[];
}

export function describedOperations(): Described[] {
  const document = effectiveSpec();
  return listOperations(document).map(({ operation }) => ({
    id: textAt(operation, "operationId") ?? "",
    name: textAt(operation, "x-sdk-name"),
    refusals: Object.entries(objectAt(operation, "responses"))
      .filter(([status]) => Number(status) >= 400)
      .map(([status, response]) => {
        const media = objectAt(objectAt(deref(document, response), "content"), "application/json");
        return { status: Number(status), detail: get(get(media, "example"), "detail") };
      }),
  }));
}
