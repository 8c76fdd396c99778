import { authenticate } from "./auth.ts";
import type { Call, Handlers } from "./call.ts";
import type { Answer, Deployment } from "./deployment.ts";
import { fallbackAnswer } from "./fallback.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import { jsonResponse, type SandboxRequest, type SandboxResponse } from "./message.ts";
import { prepareInputs } from "./prepare.ts";
import { Refusal } from "./refusal.ts";
import type { Router } from "./router.ts";
import type { SpecOperation } from "./spec.ts";
import type { World } from "./world.ts";

/** Answers one request. Rejects only when the client went away meanwhile. */
export type Handle = (request: SandboxRequest) => Promise<SandboxResponse>;

/** What the core is made of. */
export interface CoreParts {
  readonly world: World;
  readonly router: Router;
  readonly handlers: Handlers;
  readonly deployment: Deployment;
  readonly journal: Journal;
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
      if (request.signal.aborted) {
        finish(world, entry, true);
        throw error;
      }
      response = errorResponse(error);
    }
    entry.status = response.status;
    const headers = { ...response.headers, "x-request-id": `sandbox-${entry.number}` };
    return { ...response, headers, body: countResponse(world, response.body, entry) };
  };
}

async function respond(
  { world, router, handlers, deployment }: CoreParts,
  request: SandboxRequest,
  url: URL,
  entry: JournalEntry,
): Promise<SandboxResponse> {
  const { operation, path } = router(request.method, url.pathname);
  entry.operation = operation.row.id;
  const identity = await authenticate(world, operation, request);
  const inputs = await prepareInputs(operation, path, url.searchParams, request, world.createDigest);
  const call: Call = { world, identity, path, ...inputs, signal: request.signal };
  return deployment.render(operation, await run(handlers, operation, call));
}

async function run(handlers: Handlers, operation: SpecOperation, call: Call): Promise<Answer> {
  const { id } = operation.row;
  const handler = Object.hasOwn(handlers, id) ? handlers[id] : undefined;
  return handler === undefined ? fallbackAnswer(operation) : handler(call);
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
  const msg = `The sandbox itself failed: ${error instanceof Error ? error.message : "unknown reason"}`;
  return jsonResponse(500, { detail: { msg, type: "SandboxError" } });
}

function finish(world: World, entry: JournalEntry, disconnected: boolean): void {
  entry.durationMs = world.clock.now() - entry.startedAtMs;
  entry.disconnected = disconnected;
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
  world: World,
  body: SandboxResponse["body"],
  entry: JournalEntry,
): Uint8Array | AsyncIterable<Uint8Array> | undefined {
  if (body === undefined || body instanceof Uint8Array) {
    entry.responseBytes = body?.length ?? 0;
    finish(world, entry, false);
    return body;
  }
  return countStream(world, body, entry);
}

async function* countStream(
  world: World,
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
    finish(world, entry, !complete);
  }
}
