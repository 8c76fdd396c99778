import { reasonOf, throwIfAborted } from "../../utils/abort.ts";
import { isBytes } from "../../utils/values.ts";
import { sleep } from "../clock.ts";
import type { SandboxContext } from "../context.ts";
import { type HttpError, httpError } from "../http-error.ts";
import type { SandboxRequest, SandboxResponse } from "../message.ts";
import { corruptBody } from "./corrupt-body.ts";
import type { FaultRule, StatusFault } from "./types.ts";

/** The error that makes a listener break the connection; each listener does that in its own way. */
export class ConnectionReset extends Error {
  override readonly name: string = "ConnectionReset";
}

const types: Readonly<Record<number, string>> = {
  400: "BadRequestError",
  401: "UnauthorizedError",
  403: "ForbiddenError",
  404: "NotFoundError",
  409: "ConflictError",
  422: "UnprocessableEntityError",
  429: "TooManyRequestsError",
  500: "InternalServerError",
  502: "BadGatewayError",
  503: "ServiceUnavailableError",
  504: "GatewayTimeoutError",
};

/** Applies the faults that come before the operation runs. Returns the request to read. */
export async function applyFaultsBefore(
  context: SandboxContext,
  faults: readonly FaultRule[],
  request: SandboxRequest,
): Promise<SandboxRequest> {
  let { body } = request;
  for (const fault of faults) {
    if (fault.kind === "latency") await sleep(context.clock, fault.latencyMs, request.signal);
    if (fault.kind === "slow-reader" && body !== undefined)
      body = readSlowly(context, body, fault.chunkDelayMs, request.signal);
  }
  if (request.signal.aborted) throw reasonOf(request.signal);
  for (const fault of faults) {
    if (fault.kind === "reset" && fault.when === "before") throw new ConnectionReset();
    if (fault.kind === "status" && fault.processed !== true) throw refusal(fault);
  }
  return { ...request, body };
}

/** Applies the faults to the response of an operation that ran. */
export async function applyFaultsAfter(
  faults: readonly FaultRule[],
  response: SandboxResponse,
  signal: AbortSignal,
): Promise<SandboxResponse> {
  let spoiled = response;
  for (const fault of faults) {
    switch (fault.kind) {
      case "reset":
        await runToEnd(response);
        throw new ConnectionReset();
      case "status":
        await runToEnd(response);
        throw refusal(fault);
      case "truncate":
      case "cut":
      case "malformed":
      case "stall":
        spoiled = corruptBody(spoiled, fault, signal, () => new ConnectionReset());
    }
  }
  return spoiled;
}

// The result of a stream, such as a note, is stored at its end.
async function runToEnd({ body }: SandboxResponse): Promise<void> {
  if (body === undefined || isBytes(body)) return;
  for await (const _ of body);
}

function refusal(fault: StatusFault): HttpError {
  const { status, retryAfterMs } = fault;
  const type = fault.type ?? types[status] ?? "SandboxFault";
  const headers: Record<string, string> =
    retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterMs / 1000)) };
  return httpError(status, type, fault.msg ?? "This error comes from a fault of the sandbox", headers);
}

async function* readSlowly(
  context: SandboxContext,
  body: AsyncIterable<Uint8Array>,
  chunkDelayMs: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of body) {
    yield chunk;
    await sleep(context.clock, chunkDelayMs, signal);
    throwIfAborted(signal);
  }
}
