import { isBytes, isError } from "../utils/values.ts";
import { authenticate, rejectToken } from "./auth.ts";
import type { CallHistory, HistoryEntry, HistoryInputs } from "./call-history.ts";
import { coerceToSchema } from "./coerce-to-schema.ts";
import type { SandboxContext } from "./context.ts";
import type { DialectAdapter } from "./dialects/dialect.ts";
import { applyFaultsAfter, applyFaultsBefore, ConnectionReset } from "./faults/apply.ts";
import type { FaultPlan } from "./faults/plan.ts";
import type { HandlerContext, HandlerResponse, Handlers } from "./handler-context.ts";
import { HttpError } from "./http-error.ts";
import { prepareInputs } from "./inputs.ts";
import { jsonResponse, type SandboxRequest, type SandboxResponse } from "./message.ts";
import type { Router } from "./router.ts";
import { fallbackResponse } from "./sample.ts";
import type { ScriptPlan } from "./scripts.ts";
import { signInPage } from "./sign-in.ts";
import { components, type SpecOperation } from "./spec.ts";

/** Responds to one request. Rejects when the client disconnects, and with a ConnectionReset to break the connection. */
export type RequestHandler = (request: SandboxRequest) => Promise<SandboxResponse>;

/** The parts of the request handler. */
export interface ServerParts {
  readonly context: SandboxContext;
  readonly router: Router;
  readonly handlers: Handlers;
  readonly deployment: DialectAdapter;
  readonly history: CallHistory;
  readonly faults: FaultPlan;
  readonly scripts: ScriptPlan;
}

/** Creates the request handler, which is independent of any listener. It works on the context's state. */
export function createServer(parts: ServerParts): RequestHandler {
  const { context, history } = parts;
  return async (request) => {
    const url = parseUrl(request.url);
    const entry = history.open(request.method, url?.pathname ?? "", context.clock.now());
    const counted = { ...request, body: request.body && countRequest(request.body, entry) };
    let response: SandboxResponse;
    try {
      response = url === undefined ? badUrl() : await respond(parts, counted, url, entry);
    } catch (error) {
      if (request.signal.aborted || error instanceof ConnectionReset) {
        history.finish(entry, context.clock.now(), true);
        throw error;
      }
      response = errorResponse(error);
    }
    entry.status = response.status;
    const headers = { ...response.headers, "x-request-id": `sandbox-${entry.number}` };
    return { ...response, headers, body: countResponse(parts, response.body, entry) };
  };
}

async function respond(
  parts: ServerParts,
  given: SandboxRequest,
  url: URL,
  entry: HistoryEntry,
): Promise<SandboxResponse> {
  const { context, deployment } = parts;
  const page = await signInPage(context, given, url);
  if (page !== undefined) return page;
  const { operation, path } = parts.router(given.method, url.pathname);
  const { id, name } = operation.row;
  const faults = parts.faults.take(id);
  Object.assign(entry, { operation: id, name, faults: faults.map(({ kind }) => kind) });
  const request = await applyFaultsBefore(context, faults, given);
  const identity = await authenticate(context, operation, request);
  entry.identity = identity;
  for (const fault of faults) if (fault.kind === "token") throw rejectToken(context, request, fault.token);
  const received = await prepareInputs(operation, path, url.searchParams, request, context.createDigest);
  const { inputs, named } = deployment.read(operation, received);
  const call: HandlerContext = { context: context, identity, path, ...inputs, signal: request.signal };
  entry.inputs = journalInputs({ ...call, ...named });
  const answer = await answerTo(parts, operation, call, { ...call, ...named });
  return applyFaultsAfter(faults, deployment.render(operation, answer), request.signal);
}

async function answerTo(
  { handlers, scripts }: ServerParts,
  operation: SpecOperation,
  call: HandlerContext,
  named: HandlerContext,
): Promise<HandlerResponse> {
  const scripted = await scripts.take(operation, named);
  if (scripted !== undefined) return scripted;
  const { id } = operation.row;
  const handler = Object.hasOwn(handlers, id) ? handlers[id] : undefined;
  if (handler === undefined) return fallbackResponse(operation);
  const answer = await handler(call);
  if (answer.kind !== "json" || operation.successSchema === undefined) return answer;
  return { kind: "json", value: coerceToSchema(answer.value, operation.successSchema, components) };
}

function journalInputs(call: HandlerContext): HistoryInputs {
  return {
    path: Object.fromEntries(call.path),
    query: Object.fromEntries(call.query),
    body: Object.fromEntries(call.body),
    files: Object.fromEntries(call.files),
  };
}

function parseUrl(url: string): URL | undefined {
  try {
    return new URL(url, "http://sandbox.invalid");
  } catch {
    return undefined;
  }
}

function badUrl(): SandboxResponse {
  return jsonResponse(400, { detail: { msg: "The request's URL is not valid", type: "BadRequestError" } });
}

function errorResponse(error: unknown): SandboxResponse {
  if (error instanceof HttpError) return jsonResponse(error.status, { detail: error.detail }, error.headers);
  const msg = `The sandbox itself failed: ${isError(error) ? error.message : "unknown reason"}`;
  return jsonResponse(500, { detail: { msg, type: "SandboxError" } });
}

async function* countRequest(
  body: AsyncIterable<Uint8Array>,
  entry: HistoryEntry,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of body) {
    entry.requestBytes += chunk.length;
    yield chunk;
  }
}

function countResponse(
  parts: ServerParts,
  body: SandboxResponse["body"],
  entry: HistoryEntry,
): Uint8Array | AsyncIterable<Uint8Array> | undefined {
  if (body === undefined || isBytes(body)) {
    entry.responseBytes = body?.length ?? 0;
    parts.history.finish(entry, parts.context.clock.now(), false);
    return body;
  }
  return countStream(parts, body, entry);
}

async function* countStream(
  { context, history }: ServerParts,
  body: AsyncIterable<Uint8Array>,
  entry: HistoryEntry,
): AsyncGenerator<Uint8Array, void, undefined> {
  let complete = false;
  try {
    for await (const chunk of body) {
      entry.responseBytes += chunk.length;
      yield chunk;
    }
    complete = true;
  } finally {
    history.finish(entry, context.clock.now(), !complete);
  }
}
