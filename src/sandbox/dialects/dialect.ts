import { encodeText } from "../../utils/utf8.ts";
import type { HandlerResponse, Handlers } from "../handler-context.ts";
import type { Inputs } from "../inputs.ts";
import { jsonResponse, type SandboxResponse } from "../message.ts";
import { type SpecOperation, specOperations } from "../spec.ts";
import { type ReadInputs, readForm, specForm } from "./forms.ts";

/** The name of a deployment. */
export type DialectName = "spec" | "documented";

/** The differences of a deployment of Heidi: framing, envelopes, field names and rules. */
export interface DialectAdapter {
  readonly name: DialectName;
  readonly operations: readonly SpecOperation[];
  /** Converts the handlers of the spec's operations to those of the deployment. */
  handlers(shared: Handlers): Handlers;
  /** Interprets a request's inputs; rejects fields that only the other form has. */
  read(operation: SpecOperation, inputs: Inputs): ReadInputs;
  render(operation: SpecOperation, answer: HandlerResponse): SandboxResponse;
}

/** The deployment of the bundled spec: bare objects, streams as lines of JSON. */
export const specDialect: DialectAdapter = {
  name: "spec",
  operations: specOperations.map(specForm),
  handlers: (shared) => shared,
  read: (operation, inputs) => readForm(operation, inputs, false),
  render: (operation, answer) => {
    const status = operation.successStatus;
    switch (answer.kind) {
      case "json":
        return jsonResponse(status, answer.value);
      case "empty":
        return { status, headers: {}, body: undefined };
      case "bytes":
        return bytesResponse(operation, answer.bytes);
      case "text":
        return { status, headers: { "content-type": "application/x-ndjson" }, body: lines(answer.pieces) };
    }
  },
};

/** The same in every deployment. */
export function bytesResponse(operation: SpecOperation, body: Uint8Array): SandboxResponse {
  const { successStatus: status, successType = "application/octet-stream" } = operation;
  return { status, headers: { "content-type": successType }, body };
}

async function* lines(pieces: AsyncIterable<string>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const data of pieces) yield encodeText(`${JSON.stringify({ data })}\n`);
}
