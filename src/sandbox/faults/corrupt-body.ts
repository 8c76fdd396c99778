import { reasonOf } from "../../utils/abort.ts";
import { isBytes } from "../../utils/values.ts";
import type { SandboxResponse } from "../message.ts";
import type { BodyFault } from "./types.ts";

const DEFAULT_PIECES = 3;
const CLOSING_BRACE = 0x7d;
const CLOSING_BRACKET = 0x5d;

/** Returns the response with a corrupt body. A response without a body stays as it is. */
export function corruptBody(
  response: SandboxResponse,
  fault: BodyFault,
  signal: AbortSignal,
  reset: () => Error,
): SandboxResponse {
  const { body } = response;
  if (body === undefined) return response;
  const isOne = isBytes(body);
  const pieces = isOne ? one(body) : body;
  const before = isOne ? 0 : (fault.afterPieces ?? DEFAULT_PIECES);
  return { ...response, body: spoiled(pieces, fault.kind, before, signal, reset) };
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

async function* spoiled(
  pieces: AsyncIterable<Uint8Array>,
  kind: BodyFault["kind"],
  before: number,
  signal: AbortSignal,
  reset: () => Error,
): AsyncGenerator<Uint8Array, void, undefined> {
  let number = 0;
  for await (const piece of pieces) {
    number += 1;
    if (number !== before + 1) {
      yield piece;
      continue;
    }
    switch (kind) {
      case "malformed":
        yield unbalanced(piece);
        break;
      case "stall":
        await aborted(signal);
        throw reasonOf(signal);
      case "cut":
        yield half(piece);
        return;
      case "truncate":
        yield half(piece);
        throw reset();
    }
  }
}

function half(piece: Uint8Array): Uint8Array {
  return piece.subarray(0, Math.ceil(piece.length / 2));
}

/** An object that is closed like a list: invalid JSON in every framing. */
function unbalanced(piece: Uint8Array): Uint8Array {
  const copy = piece.slice();
  const at = copy.lastIndexOf(CLOSING_BRACE);
  if (at !== -1) copy[at] = CLOSING_BRACKET;
  return copy;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
