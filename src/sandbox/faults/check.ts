import { HeidiArgumentError } from "../../errors.ts";
import type { FaultRule } from "./types.ts";

type Check = (value: unknown) => string | undefined;

const LONGEST_MS = 2 ** 31 - 1;

const whole =
  (least: number, most: number): Check =>
  (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= least && value <= most
      ? undefined
      : `an integer from ${least} to ${most}`;
const oneOf =
  (...choices: readonly unknown[]): Check =>
  (value) =>
    choices.includes(value)
      ? undefined
      : `one of ${choices.map((choice) => JSON.stringify(choice)).join(", ")}`;
const text: Check = (value) => (typeof value === "string" ? undefined : "a text");
const share: Check = (value) =>
  typeof value === "number" && value >= 0 && value <= 1 ? undefined : "a number from 0 to 1";
const count: Check = (value) =>
  value === Number.POSITIVE_INFINITY ? undefined : whole(0, Number.MAX_SAFE_INTEGER)(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined ? undefined : check(value);

const choice: Readonly<Record<string, Check>> = {
  times: optional(count),
  skip: optional(count),
  probability: optional(share),
};
const pieces = { afterPieces: optional(whole(0, 1_000_000)) };

const fieldsOf: Readonly<Record<FaultRule["kind"], Readonly<Record<string, Check>>>> = {
  latency: { latencyMs: whole(0, LONGEST_MS) },
  status: {
    status: whole(400, 599),
    retryAfterMs: optional(whole(0, LONGEST_MS)),
    processed: optional(oneOf(true, false)),
    type: optional(text),
    msg: optional(text),
  },
  reset: { when: oneOf("before", "after") },
  truncate: pieces,
  cut: pieces,
  malformed: pieces,
  stall: pieces,
  token: { token: oneOf("expired", "revoked") },
  "slow-reader": { chunkDelayMs: whole(0, LONGEST_MS) },
};

/** Every kind of fault. */
export const faultKinds: readonly string[] = Object.keys(fieldsOf);

/** Checks a rule; throws {@link HeidiArgumentError} that names the first invalid field. */
export function checkFault(given: unknown): FaultRule {
  if (typeof given !== "object" || given === null) throw unusable("fault", "an object with a `kind`");
  const rule = new Map<string, unknown>(Object.entries(given));
  const kind = rule.get("kind");
  const wrongKind = oneOf(...faultKinds)(kind);
  if (wrongKind !== undefined) throw unusable("fault.kind", wrongKind);
  const fields = { ...fieldsOf[kind as FaultRule["kind"]], ...choice };
  for (const [name, check] of Object.entries(fields)) {
    const wanted = check(rule.get(name));
    if (wanted !== undefined) throw unusable(`fault.${name}`, wanted);
  }
  const unknown = [...rule.keys()].some((name) => name !== "kind" && !Object.hasOwn(fields, name));
  if (unknown) {
    const known = Object.keys(fields).join(", ");
    throw new HeidiArgumentError("fault", `A fault of this \`kind\` has only these fields: ${known}.`);
  }
  return { ...given } as FaultRule;
}

function unusable(argument: string, wanted: string): HeidiArgumentError {
  return new HeidiArgumentError(argument, `The sandbox's \`${argument}\` must be ${wanted}.`);
}
