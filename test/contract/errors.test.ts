import {
  type HeidiApiError,
  HeidiAuthenticationError,
  HeidiBadRequestError,
  HeidiConflictError,
  HeidiNotFoundError,
  HeidiPermissionError,
  HeidiRateLimitError,
  HeidiServerError,
  HeidiUnprocessableError,
} from "heidi-health-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operations } from "../../generated/operations.ts";
import { describedOperations } from "./described.ts";
import { details } from "./documents.ts";
import { type Input, inputOf } from "./inputs.ts";
import { invoke } from "./invoke.ts";
import { type Target, targets } from "./targets.ts";

const classes: Readonly<Record<number, new (...input: never[]) => HeidiApiError>> = {
  400: HeidiBadRequestError,
  401: HeidiAuthenticationError,
  403: HeidiPermissionError,
  404: HeidiNotFoundError,
  409: HeidiConflictError,
  422: HeidiUnprocessableError,
  429: HeidiRateLimitError,
  500: HeidiServerError,
};

/** What the three forms of `detail` mean, as the documentation of the error classes promises. */
function meaningOf(detail: unknown): { readonly type: string | undefined; readonly detail: string } {
  if (typeof detail === "string") return { type: undefined, detail };
  if (!Array.isArray(detail)) {
    const { msg, type } = detail as { msg: string; type: string };
    return { type, detail: msg };
  }
  const issues = detail as readonly { loc: readonly (string | number)[]; msg: string; type: string }[];
  return {
    type: issues[0]?.type,
    detail: issues.map(({ loc, msg }) => `${loc.join(".")}: ${msg}`).join("; "),
  };
}

let target: Target;
beforeAll(async () => {
  target = await targets["Prism's mock"]();
});
afterAll(() => target[Symbol.asyncDispose]());

describe.each(describedOperations())("$id", ({ id, refusals }) => {
  const operation = operations[id];
  if (operation === undefined) throw new Error(`${id} is not in the table: run \`npm run generate\``);
  let input: Input;
  beforeAll(async () => {
    input = await inputOf(operation, target.user, "only what is required");
  });

  it("describes how it can be refused and fail", () => {
    expect(refusals.map(({ status }) => status)).toEqual(
      expect.arrayContaining([400, 401, 403, 422, 429, 500]),
    );
  });

  it.each(refusals)(
    "status $status is an error of its class, with the server's type and words",
    async (refusal) => {
      const { status } = refusal;
      const error = await invoke(target, operation, input, { headers: { prefer: `code=${status}` } }).then(
        () => undefined,
        (reason: unknown) => reason as HeidiApiError,
      );
      expect(error).toBeInstanceOf(classes[status]);
      expect({
        status: error?.status,
        operation: error?.operation,
        type: error?.type,
        detail: error?.detail,
      }).toEqual({ status, operation: id, ...meaningOf(refusal.detail) });
      expect(JSON.parse(error?.body() ?? "")).toEqual({ detail: refusal.detail });
      expect(error?.outcome).toBe(status < 500 ? "rejected" : "unknown");
    },
  );
});

describe("a 422", () => {
  it.each(Object.entries(details))("is understood with `detail` as %s", async (name, detail) => {
    const headers = { prefer: `code=422, example=${name}` };
    const call = target.user.sessions.create({}, { headers });
    await expect(call).rejects.toBeInstanceOf(HeidiUnprocessableError);
    await expect(call).rejects.toMatchObject(meaningOf(detail));
  });
});
