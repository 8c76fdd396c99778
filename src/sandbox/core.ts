import { isBytes, isError } from "../values.ts";
import { authenticate, refuseToken } from "./auth.ts";
import type { Call, Handlers } from "./call.ts";
import { conform } from "./conform.ts";
import type { Answer, Deployment } from "./deployment.ts";
import { fallbackAnswer } from "./fallback.ts";
import type { FaultPlan } from "./faults/plan.ts";
import { ConnectionReset, strikeAfter, strikeBefore } from "./faults/strike.ts";
import type { Journal, JournalEntry, JournalInputs } from "./journal.ts";
import { jsonResponse, type SandboxRequest, type SandboxResponse } from "./message.ts";
import { prepareInputs } from "./prepare.ts";
import { Refusal } from "./refusal.ts";
import type { Router } from "./router.ts";
import type { ScriptPlan } from "./scripts.ts";
import { signInPage } from "./sign-in.ts";
import { components, type SpecOperation } from "./spec.ts";
import type { World } from "./world.ts";

/** Answers one request. Rejects when the client went away meanwhile, and with a ConnectionReset to have it cut off. */
export type Handle = (request: SandboxRequest) => Promise<SandboxResponse>;

/** What the core is made of. */
export interface CoreParts {
  readonly world: World;
  readonly router: Router;
  readonly handlers: Handlers;
  readonly deployment: Deployment;
  readonly journal: Journal;
  readonly faults: FaultPlan;
  readonly scripts: ScriptPlan;
}

/** The sandbox without a door: from a request to its answer, over what the world remembers. */
export function createCore(parts: CoreParts): Handle {
  const { world, journal } = parts;
  return async (request) => {
    const url = parseUrl(request.url);
    const entry = journal.open(request.method, url?.pathname ?? "", world.clock.now());
    const counted = { ...request, body: request.body && countRequest(request.body, entry) };
    let response: SandboxResponse;
    try {
      response = url === undefined ? badUrl() : await respond(parts, counted, url, entry);
    } catch (error) {
      if (request.signal.aborted || error instanceof ConnectionReset) {
        journal.finish(entry, world.clock.now(), true);
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
  parts: CoreParts,
  given: SandboxRequest,
  url: URL,
  entry: JournalEntry,
): Promise<SandboxResponse> {
  const { world, deployment } = parts;
  const page = await signInPage(world, given, url);
  if (page !== undefined) return page;
  const { operation, path } = parts.router(given.method, url.pathname);
  const { id, name } = operation.row;
  const faults = parts.faults.take(id);
  Object.assign(entry, { operation: id, name, faults: faults.map(({ kind }) => kind) });
  const request = await strikeBefore(world, faults, given);
  const identity = await authenticate(world, operation, request);
  entry.identity = identity;
  for (const fault of faults) if (fault.kind === "token") throw refuseToken(world, request, fault.token);
  const received = await prepareInputs(operation, path, url.searchParams, request, world.createDigest);
  const { inputs, named } = deployment.read(operation, received);
  const call: Call = { world, identity, path, ...inputs, signal: request.signal };
  entry.inputs = journalInputs({ ...call, ...named });
  const answer = await answerTo(parts, operation, call, { ...call, ...named });
  return strikeAfter(faults, deployment.render(operation, answer), request.signal);
}

async function answerTo(
  { handlers, scripts }: CoreParts,
  operation: SpecOperation,
  call: Call,
  named: Call,
): Promise<Answer> {
  const scripted = await scripts.take(operation, named);
  if (scripted !== undefined) return scripted;
  const { id } = operation.row;
  const handler = Object.hasOwn(handlers, id) ? handlers[id] : undefined;
  if (handler === undefined) return fallbackAnswer(operation);
  const answer = await handler(call);
  if (answer.kind !== "json" || operation.successSchema === undefined) return answer;
  return { kind: "json", value: conform(answer.value, operation.successSchema, components) };
}

function journalInputs(call: Call): JournalInputs {
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
  if (error instanceof Refusal) return jsonResponse(error.status, { detail: error.detail }, error.headers);
  const msg = `The sandbox itself failed: ${isError(error) ? error.message : "unknown reason"}`;
  return jsonResponse(500, { detail: { msg, type: "SandboxError" } });
}

async function* countRequest(
  body: AsyncIterable<Uint8Array>,
  entry: JournalEntry,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of body) {
    entry.requestBytes += chunk.length;
    yield chunk;
  }
}

function countResponse(
  parts: CoreParts,
  body: SandboxResponse["body"],
  entry: JournalEntry,
): Uint8Array | AsyncIterable<Uint8Array> | undefined {
  if (body === undefined || isBytes(body)) {
    entry.responseBytes = body?.length ?? 0;
    parts.journal.finish(entry, parts.world.clock.now(), false);
    return body;
  }
  return countStream(parts, body, entry);
}

async function* countStream(
  { world, journal }: CoreParts,
  body: AsyncIterable<Uint8Array>,
  entry: JournalEntry,
): AsyncGenerator<Uint8Array, void, undefined> {
  let complete = false;
  try {
    for await (const chunk of body) {
      entry.responseBytes += chunk.length;
      yield chunk;
    }
    complete = true;
  } finally {
    journal.finish(entry, world.clock.now(), !complete);
  }
}
