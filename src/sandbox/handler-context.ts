import type { SandboxContext } from "./context.ts";
import { httpError } from "./http-error.ts";
import type { ReceivedFile } from "./request-body.ts";
import { type Identity, type ProfileRecord, type SessionRecord, type UserRecord, userOf } from "./state.ts";

/** A request after authentication and validation, as a handler sees it. */
export interface HandlerContext {
  readonly context: SandboxContext;
  /** The calling user; undefined where the operation takes no token. */
  readonly identity: Identity | undefined;
  readonly path: ReadonlyMap<string, string>;
  /** Query values by name, converted to the types of the spec. */
  readonly query: ReadonlyMap<string, unknown>;
  /** Fields of a JSON body or text fields of a form, converted to the types of the spec. */
  readonly body: ReadonlyMap<string, unknown>;
  /** Files of a form. */
  readonly files: ReadonlyMap<string, ReceivedFile>;
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
}

/** The behaviour of an operation. Throws an HttpError to respond with an error status. */
export type Handler = (call: HandlerContext) => HandlerResponse | Promise<HandlerResponse>;

/** Handlers by operationId. */
export type Handlers = Readonly<Record<string, Handler>>;

export const json = (value: unknown): HandlerResponse => ({ kind: "json", value });
export const empty: HandlerResponse = { kind: "empty" };

/** The records of the calling user. */
export function userOfCall({ context, identity }: HandlerContext): UserRecord {
  if (identity === undefined)
    throw httpError(401, "UnauthorizedError", "This operation needs a user's token");
  return userOf(context.state, identity);
}

/** The session that the path names. */
export function sessionOfCall(call: HandlerContext): SessionRecord {
  const id = call.path.get("session_id");
  const session = userOfCall(call).sessions.find((record) => record.session_id === id);
  if (session === undefined) throw httpError(404, "SessionNotFoundError", "Session not found");
  return session;
}

/** Rejects a call about patients while the user has no linked account, if `requireLinkedAccount` is set. */
export function requireLinkedAccount(call: HandlerContext): void {
  if (!call.context.requireLinkedAccount || userOfCall(call).linked_account !== undefined) return;
  throw httpError(400, "LinkedAccountRequiredError", "Linked Account is required to perform this action");
}

/** The user's profile of that id. */
export function findProfile(call: HandlerContext, id: unknown): ProfileRecord {
  const profile = userOfCall(call).profiles.find((record) => record.id === id);
  if (profile === undefined) throw httpError(404, "PatientProfileNotFoundError", "Patient profile not found");
  return profile;
}

/** A text value of the body, or the fallback when it is absent. */
export function textOf(call: HandlerContext, name: string, fallback: string): string {
  const value = call.body.get(name);
  return typeof value === "string" ? value : fallback;
}

/** The response of an operation, before it is sent. */
export type HandlerResponse =
  | { readonly kind: "json"; readonly value: unknown }
  /** Pieces of text, each sent as soon as it is available. */
  | { readonly kind: "text"; readonly pieces: AsyncIterable<string> }
  /** A body that is not JSON, in the media type of its description. */
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "empty" };
