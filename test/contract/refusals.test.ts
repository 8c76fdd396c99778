import { HeidiArgumentError, HeidiAuthenticationError, HeidiUnprocessableError } from "heidi-health-sdk";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { operations } from "../../generated/operations.ts";
import type { Operation } from "../../src/http/operation.ts";
import { type Input, inputOf } from "./inputs.ts";
import { invalidInputs, sendable, withInvalidInput } from "./invalid-inputs.ts";
import { invoke } from "./invoke.ts";
import { counter, type Target, targets, withoutCredentials } from "./targets.ts";

const rows: readonly Operation[] = Object.values(operations);
const jsonBodies = rows.filter(({ body }) => body?.kind === "json");

const { sent, middleware } = counter();
const inputs = new Map<string, Input>();
let target: Target;
beforeAll(async () => {
  target = await targets["Prism's mock"]({ middleware: [middleware] });
  for (const operation of rows) {
    inputs.set(operation.id, await inputOf(operation, target.user, "only what is required"));
  }
});
afterAll(() => target[Symbol.asyncDispose]());

const goodInput = (operation: Operation): Input => inputs.get(operation.id) ?? { path: {} };

describe("without credentials", () => {
  it("the mock itself refuses, so that the next test means something", async () => {
    const response = await fetch(`${inject("contract").mock}/templates/document-templates`);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ detail: { type: "UnauthorizedError" } });
  });

  it.each(rows)("$id is answered with 401 and throws HeidiAuthenticationError", async (operation) => {
    await using stranger = await targets["Prism's mock"]({ middleware: [withoutCredentials(operation.id)] });
    const call = invoke(stranger, operation, goodInput(operation));
    await expect(call).rejects.toBeInstanceOf(HeidiAuthenticationError);
    await expect(call).rejects.toMatchObject({
      status: 401,
      type: "UnauthorizedError",
      operation: operation.id,
    });
  });
});

describe("arguments that the spec forbids", () => {
  it.each(invalidInputs.filter(({ caught }) => caught))(
    "$id refuses a call whose $place field $field $what before it is sent",
    async (mistake) => {
      const { operation, field } = mistake;
      sent.clear();
      const call = invoke(target, operation, withInvalidInput(goodInput(operation), mistake));
      await expect(call).rejects.toBeInstanceOf(HeidiArgumentError);
      await expect(call).rejects.toMatchObject({ argument: field, outcome: "not-sent" });
      expect(sent.size).toBe(0);
    },
  );

  it.each(jsonBodies)("$id refuses a body that is a list before it is sent", async (operation) => {
    sent.clear();
    const body = ["a list"] as unknown as Record<string, unknown>;
    const call = invoke(target, operation, { ...goodInput(operation), body });
    await expect(call).rejects.toBeInstanceOf(HeidiArgumentError);
    await expect(call).rejects.toMatchObject({ argument: "body", outcome: "not-sent" });
    expect(sent.size).toBe(0);
  });

  it.each(sendable)(
    "$id answers a request of one's own whose $place field $field $what with 422",
    async (mistake) => {
      const { operation } = mistake;
      const { path, query, body } = withInvalidInput(goodInput(operation), mistake);
      const url = operation.path.replace(/\{([^}]+)\}/g, (_, name: string) =>
        encodeURIComponent(String(path[name])),
      );
      const call = target.user.request(operation.method, url, { query, body });
      await expect(call).rejects.toBeInstanceOf(HeidiUnprocessableError);
      await expect(call).rejects.toMatchObject({ status: 422, type: "missing", operation: "request" });
    },
  );

  it("every operation with a JSON body has a mistake that the mock finds", () => {
    const found = new Set(sendable.map(({ id }) => id));
    expect(jsonBodies.filter(({ id }) => !found.has(id))).toEqual([]);
  });
});
