import { encodeText, jsonResponse, type SandboxResponse } from "./message.ts";
import type { SpecOperation } from "./spec.ts";

/** What an operation answers, before it is put on the wire. */
export type Answer =
  | { readonly kind: "json"; readonly value: unknown }
  /** Pieces of text, each sent as soon as it is there. */
  | { readonly kind: "text"; readonly pieces: AsyncIterable<string> }
  | { readonly kind: "empty" };

/** How a deployment of Heidi puts answers on the wire: framing, envelopes and field names are its choice. */
export interface Deployment {
  readonly name: string;
  render(operation: SpecOperation, answer: Answer): SandboxResponse;
}

/** As the bundled spec has it: bare objects, streams as lines of JSON. */
export const specDeployment: Deployment = {
  name: "spec",
  render: (operation, answer) => {
    const status = operation.successStatus;
    switch (answer.kind) {
      case "json":
        return jsonResponse(status, answer.value);
      case "empty":
        return { status, headers: {}, body: undefined };
      case "text":
        return { status, headers: { "content-type": "application/x-ndjson" }, body: lines(answer.pieces) };
    }
  },
};

async function* lines(pieces: AsyncIterable<string>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const data of pieces) yield encodeText(`${JSON.stringify({ data })}\n`);
}
