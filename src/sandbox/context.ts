import { realClock, type SandboxClock } from "./clock.ts";
import { createIds, type IdSource } from "./ids.ts";
import { TokenSigner } from "./jwt.ts";
import { type Digest, Sha256 } from "./sha256.ts";
import type { SandboxState } from "./state.ts";

/** How long the sandbox's slow work takes, in milliseconds by its clock. */
export interface SandboxTimings {
  /** A context document from PARSING to READY. Default 400. */
  readonly parsingMs: number;
  /** The transcription of one recording. Default 600. */
  readonly transcriptionMs: number;
  /** Clinical codes from PROCESSING to READY. Default 400. */
  readonly codingMs: number;
}

/** The settings of a world, all of them resolved. */
export interface ContextOptions {
  readonly apiKey: string;
  readonly clock: SandboxClock;
  readonly timings: SandboxTimings;
  readonly tokenLifetimeMs: number;
  readonly streamDelayMs: number;
  readonly seed: number;
  /** True: calls about patients are refused until the user is linked to a Heidi account. */
  readonly requireLinkedAccount: boolean;
  /** Makes the hashes of uploads; a platform's own is faster. */
  readonly createDigest: () => Digest;
}

/** The key that a sandbox accepts unless it is told another. It opens nothing but sandboxes. */
export const SANDBOX_API_KEY = "heidi-sandbox-key";

/** The settings that hold where none are given. */
export const contextDefaults: ContextOptions = {
  apiKey: SANDBOX_API_KEY,
  clock: realClock,
  timings: { parsingMs: 400, transcriptionMs: 600, codingMs: 400 },
  tokenLifetimeMs: 3_600_000,
  streamDelayMs: 12,
  seed: 1,
  requireLinkedAccount: false,
  createDigest: () => new Sha256(),
};

/** All that handlers work with: settings, time, ids, tokens and what is remembered. */
export interface SandboxContext extends ContextOptions {
  readonly tokens: TokenSigner;
  /** Tokens that are no longer good. */
  readonly revoked: Set<string>;
  ids: IdSource;
  state: SandboxState;
  /** What audio says that is none of the known recordings; undefined for the first consult. */
  words: string | undefined;
}

/** A world in which nothing happened yet. */
export function createContext(options: ContextOptions): SandboxContext {
  return {
    ...options,
    tokens: new TokenSigner(options.apiKey, options.seed, options.createDigest),
    revoked: new Set(),
    ids: createIds(options.seed),
    state: { users: [] },
    words: undefined,
  };
}

/** Forgets everything; ids begin again. Tokens already issued stay good. */
export function resetContext(world: SandboxContext): void {
  world.ids = createIds(world.seed);
  world.revoked.clear();
  world.state = { users: [] };
}

/** The world's time as the API spells it. */
export function timestamp(world: SandboxContext): string {
  return new Date(world.clock.now()).toISOString();
}
