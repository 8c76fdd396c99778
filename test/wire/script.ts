import type { Respond, Rule, Step } from "./harness.ts";

export const ID: string = "1".repeat(38);

/** A JSON answer. */
export const answer = (body: object, more: Partial<Respond> = {}): Respond => ({
  do: "respond",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
  ...more,
});

/** The answers to one path in turn; the last one stays. */
export const inTurn = (path: string, ...steps: readonly (readonly Step[])[]): Rule[] =>
  steps.map((one, index) => ({ path, steps: one, ...(index < steps.length - 1 ? { times: 1 } : {}) }));
