import { describe, expect, it } from "vitest";
import type { Operation } from "../../../src/http/operation.ts";
import { specDialect } from "../../../src/sandbox/dialects/dialect.ts";
import { documentedDialect } from "../../../src/sandbox/dialects/documented.ts";
import type { SandboxResponse } from "../../../src/sandbox/message.ts";
import { fallbackResponse } from "../../../src/sandbox/sample.ts";
import type { SpecOperation } from "../../../src/sandbox/spec.ts";

/** An operation of a later description, which nobody has written a behaviour for. */
function unknownOperation(response: Operation["response"], more: Partial<SpecOperation> = {}): SpecOperation {
  const row: Operation = {
    id: "getScan",
    name: "referrals.getScan",
    method: "GET",
    path: "/referrals/scan",
    auth: "bearer",
    pathParameters: [],
    response,
    retry: "idempotent",
    time: "quick",
  };
  const described = { successStatus: 200, successSchema: {}, successExample: undefined };
  return { row, parameters: [], body: undefined, successType: undefined, ...described, ...more };
}

async function textOf({ body }: SandboxResponse): Promise<string> {
  if (body === undefined) return "";
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  let text = "";
  for await (const piece of body) text += new TextDecoder().decode(piece);
  return text;
}

describe.each([specDialect, documentedDialect])(
  "an operation without a behaviour, in the $name deployment,",
  (deployment) => {
    const render = (operation: SpecOperation): SandboxResponse =>
      deployment.render(operation, fallbackResponse(operation));

    it.each([
      ["text", "text/plain", "A letter."],
      ["bytes", "audio/ogg", "OggS"],
    ] as const)("answers %s as such, in its own media type", async (kind, successType, successExample) => {
      const answer = render(unknownOperation(kind, { successType, successExample }));
      expect(answer).toMatchObject({ status: 200, headers: { "content-type": successType } });
      expect(await textOf(answer)).toBe(successExample);
    });

    it.each(["text", "bytes"] as const)("makes %s up where the description has no example", async (kind) => {
      const answer = render(unknownOperation(kind, { successType: "application/octet-stream" }));
      expect(answer.headers["content-type"]).toBe("application/octet-stream");
      expect(await textOf(answer)).not.toBe("");
    });

    it("streams objects where that is described", async () => {
      const answer = render(unknownOperation("stream", { successExample: "a b" }));
      expect(await textOf(answer)).toMatch(/"a ".*\n+.*"b"/);
    });
  },
);
