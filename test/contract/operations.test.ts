import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operations } from "../../generated/operations.ts";
import { operationSchemas, type ResponseSchema } from "../../generated/schemas.ts";
import { itemsOf } from "../../scripts/spec/effective.ts";
import type { JsonObject } from "../../scripts/spec/json.ts";
import type { Operation } from "../../src/http/operation.ts";
import { coerceToSchema } from "../../src/sandbox/coerce-to-schema.ts";
import type { Schema } from "../../src/sandbox/schema.ts";
import { components } from "../../src/sandbox/spec.ts";
import { describedOperations } from "./described.ts";
import { canaryPath } from "./documents.ts";
import { type Extent, inputOf, otherNames } from "./inputs.ts";
import { invoke, methodOf, type Result } from "./invoke.ts";
import { problemsOf } from "./schema-check.ts";
import { type Target, type TargetName, targets } from "./targets.ts";

const rows: readonly Operation[] = Object.values(operations);
const extents: readonly Extent[] = ["everything", "only what is required"];

function successOf(operation: Operation): ResponseSchema {
  const [success] = operationSchemas[operation.id]?.responses ?? [];
  if (success === undefined) throw new Error(`${operation.id} has no success answer in the effective spec`);
  return success;
}

function textOf(chunks: unknown): string {
  return (chunks as readonly { readonly data?: string }[]).map(({ data }) => data ?? "").join("");
}

describe("the operations of the effective spec", () => {
  const described = describedOperations();

  it("are the rows of the table, no more and no less", () => {
    const ids = described.map(({ id }) => id);
    expect(rows.map(({ id }) => id).sort()).toEqual(ids.sort());
    expect(Object.keys(operationSchemas).sort()).toEqual(ids.sort());
  });

  it("have the names that the overlay gives them", () => {
    for (const { id, name } of described) {
      if (name !== undefined) expect(operations[id]?.name, id).toBe(name);
    }
  });
});

describe.each(Object.keys(targets) as TargetName[])("against %s", (name) => {
  let target: Target;
  beforeAll(async () => {
    target = await targets[name]();
  });
  afterAll(() => target[Symbol.asyncDispose]());

  it("every operation has a public method and arguments to call it with", async () => {
    for (const operation of rows) {
      expect(methodOf(target, operation), operation.id).toBeTypeOf("function");
      const { path, query = {}, body = {} } = await inputOf(operation, target.user, "everything");
      const given = Object.keys({ ...path, ...query, ...body });
      const taken = [
        ...operation.pathParameters,
        ...Object.keys({ ...operation.query, ...operation.body?.fields }),
      ].filter((name) => !otherNames(operation).includes(name));
      expect(given.sort(), operation.id).toEqual(taken.sort());
    }
  });

  describe.each(rows)("$name", (operation) => {
    it.each(extents)("answers as the spec says, given %s", async (extent) => {
      const input = await inputOf(operation, target.user, extent);
      const result = await invoke(target, operation, input);
      expectSuccess(operation, result, name === "the sandbox's documented deployment");
      if (name === "Prism's mock") expectExample(operation, result);
    });
  });
});

describe("Prism's proxy", () => {
  it("turns an answer that breaks the spec into an error", async () => {
    await using target = await targets["the sandbox, judged by Prism's proxy"]();
    const call = target.user.request("GET", canaryPath);
    await expect(call).rejects.toMatchObject({ name: "HeidiServerError", status: 500 });
    const violation = await call.catch((error: { body(): string }) => error.body());
    expect(violation).toContain("canary");
  });
});

/** Deployments differ in framing, envelopes and status, yet their data must be of the one shape that the types promise. */
function expectSuccess(operation: Operation, { status, headers, data }: Result, isDocumented: boolean): void {
  const { status: described, contentType: describedType, schema = {} } = successOf(operation);
  const isStream = operation.response === "stream";
  const isCreated = ["createSession", "createPatientProfile"].includes(operation.id);
  const expected = isDocumented && isCreated ? "201" : described;
  const contentType = isDocumented && isStream ? "text/event-stream" : describedType;
  expect(String(status)).toBe(expected);
  expect(headers.get("sl-violations"), "what Prism objects to").toBeNull();
  if (contentType !== undefined) expect(headers.get("content-type")).toContain(contentType);
  if (operation.response === "empty") expect(data).toBeUndefined();
  if (operation.response === "bytes" || operation.response === "text") expect(data).toBeDefined();
  if (operation.response === "json") {
    // That deployment's times have no zone, which `date-time` demands; they are text all the same.
    const isMeant = (problem: string): boolean =>
      isDocumented && problem.endsWith("is not a valid date-time");
    expect(problemsOf(data, schema as Schema).filter((problem) => !isMeant(problem))).toEqual([]);
    // Every schema accepts an empty list, so one would prove nothing.
    for (const name of ["data", "entities", "chunks"]) {
      if (Reflect.has(Object(data), name)) expect(Reflect.get(Object(data), name), name).not.toHaveLength(0);
    }
  }
  if (operation.response === "stream") {
    const chunks = data as unknown[];
    expect(chunks.flatMap((chunk) => problemsOf(chunk, schema as Schema))).toEqual([]);
    expect(textOf(chunks)).not.toBe("");
  }
}

/** Prism sends the example, so what the SDK makes of it is known to the letter. */
function expectExample(operation: Operation, { data }: Result): void {
  const { example, schema = {} } = successOf(operation);
  if (example === undefined) return;
  if (operation.response === "json")
    expect(data).toEqual(coerceToSchema(example, schema as Schema, components));
  if (operation.response === "stream") {
    const items = itemsOf(example as JsonObject);
    expect(data).toEqual(items);
    expect(textOf(data)).toBe(textOf(items));
  }
}
