import { realClock, type SandboxClock } from "./clock.ts";
import { createPortableDigest, type Digest } from "./digest.ts";
import { createIds, type IdSource } from "./ids.ts";
import { TokenSigner } from "./jwt.ts";
import type { SandboxState } from "./state.ts";

/** The durations of the sandbox's slow work, in milliseconds by its clock. */
export interface SandboxTimings {
  /** A context document from PARSING to READY. Default 400. */
  readonly parsingMs: number;
  /** The transcription of one recording. Default 600. */
  readonly transcriptionMs: number;
  /** Clinical codes from PROCESSING to READY. Default 400. */
  readonly codingMs: number;
}

/** The settings of a sandbox, with all defaults filled in. */
export interface ContextOptions {
  readonly apiKey: string;
  readonly clock: SandboxClock;
  readonly timings: SandboxTimings;
  readonly tokenLifetimeMs: number;
  readonly streamDelayMs: number;
  readonly seed: number;
  /** True: calls about patients are rejected until the user is linked to a Heidi account. */
  readonly requireLinkedAccount: boolean;
  /** Creates the hash of an upload; a platform's own is faster. */
  readonly createDigest: () => Digest;
}

/** The default key of a sandbox. It is valid for sandboxes only. */
export const SANDBOX_API_KEY = "heidi-sandbox-key";

/** The default settings. */
export const contextDefaults: ContextOptions = {
  apiKey: SANDBOX_API_KEY,
  clock: realClock,
  timings: { parsingMs: 400, transcriptionMs: 600, codingMs: 400 },
  tokenLifetimeMs: 3_600_000,
  streamDelayMs: 12,
  seed: 1,
  requireLinkedAccount: false,
  createDigest: createPortableDigest,
};

/** The context of all handlers: settings, time, ids, tokens and state. */
export interface SandboxContext extends ContextOptions {
  readonly tokens: TokenSigner;
  /** Revoked tokens. */
  readonly revoked: Set<string>;
  ids: IdSource;
  state: SandboxState;
  /** The words of audio that is not a known recording; undefined for the first consult. */
  words: string | undefined;
}

/** Creates a context with an empty state. */
export function createContext(options: ContextOptions): SandboxContext {
  return {
    ...options,
    tokens: new TokenSigner(options.apiKey, options.seed),
    revoked: new Set(),
    ids: createIds(options.seed),
    state: { users: [] },
    words: undefined,
  };
}

/** Clears the state; ids start again. Tokens already issued stay valid. */
export function resetContext(context: SandboxContext): void {
  context.ids = createIds(context.seed);
  context.revoked.clear();
  context.state = { users: [] };
}

/** The context's time in the format of the API. */
export function timestamp(context: SandboxContext): string {
  return new Date(context.clock.now()).toISOString();
}
