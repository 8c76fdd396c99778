import { Heidi, HeidiArgumentError, type HeidiOptions, type HeidiUser, isHeidiError } from "heidi-health-sdk";
import { expect } from "vitest";
import { operations } from "../../../generated/operations.ts";

import type { Operation } from "../../../src/http/operation.ts";
import type { Rule } from "../../../src/utils/validate.ts";

export const BASE_URL = "https://api.example/api/v2/ml-scribe/open-api";

/** What a fetch was asked to send. */
export interface Sent {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface Double {
  readonly clinician: HeidiUser;
  readonly sent: Sent[];
}

/** A clinician whose requests go nowhere: each is noted, and answered with `answer`. */
export function clinicianOn(
  answer: (sent: Sent) => Response = () => Response.json({}),
  options: Omit<HeidiOptions, "apiKey"> = {},
): Double {
  const sent: Sent[] = [];
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    const request = {
      url,
      method: String(init.method),
      headers: { ...(init.headers as Record<string, string>) },
      body: init.body,
    };
    sent.push(request);
    return Promise.resolve(answer(request));
  };
  return { clinician: Heidi.withToken("jwt", { baseUrl: BASE_URL, fetch, ...options }), sent };
}

export const table: readonly Operation[] = Object.values(operations);

function sampleOf(rule: Rule): unknown {
  if (rule.enum) return rule.enum[0];
  if (rule.type === "array") return ["1"];
  if (rule.type === "file") return new File([new Uint8Array(8)], "a.mp3", { type: "audio/mpeg" });
  return rule.type === "object" ? {} : "1";
}

/** The smallest query or body that an operation takes. */
export function leastInput(operation: Operation): unknown {
  const rules = operation.body?.fields ?? operation.query ?? {};
  const required = Object.entries(rules).filter(([, rule]) => rule.required);
  return Object.fromEntries(required.map(([name, rule]) => [name, sampleOf(rule)]));
}

/** Calls the method of that operation, as the generated client names it, and waits for its end. */
export async function invoke(
  clinician: HeidiUser,
  operation: Operation,
  path: readonly unknown[],
  input: unknown = leastInput(operation),
): Promise<void> {
  const method = operation.name
    .split(".")
    .reduce<unknown>((holder, name) => Reflect.get(holder as object, name), clinician);
  if (typeof method !== "function") throw new Error(`there is no method ${operation.name}`);
  const args = operation.body || operation.query ? [...path, input] : path;
  const call: unknown = Reflect.apply(method, undefined, args);
  await (operation.response === "stream" ? (call as { toArray(): Promise<unknown> }).toArray() : call);
}

/** The error of a call that must be refused before anything is sent. */
export async function refusalOf(call: () => PromiseLike<unknown>): Promise<HeidiArgumentError> {
  try {
    await call();
  } catch (error) {
    if (!isHeidiError(error)) throw error;
    expect(error).toBeInstanceOf(HeidiArgumentError);
    expect(error).toMatchObject({ outcome: "not-sent", attempts: 0 });
    return error as HeidiArgumentError;
  }
  throw new Error("the call was accepted although it had to be refused");
}
