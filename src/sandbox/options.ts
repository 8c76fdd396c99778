import { HeidiConfigurationError } from "../errors.ts";
import { isObject } from "../utils/values.ts";
import type { HistoryListener } from "./call-history.ts";
import type { SandboxClock } from "./clock.ts";
import { type ContextOptions, contextDefaults, type SandboxTimings } from "./context.ts";
import type { DialectName } from "./dialects/dialect.ts";
import { checkSeed, type SandboxSeed } from "./seed.ts";

/** Options of {@link createSandbox}. */
export interface SandboxOptions {
  /** The key that is accepted as `Heidi-Api-Key`. Default `heidi-sandbox-key`. */
  readonly apiKey?: string | undefined;
  /**
   * The port on 127.0.0.1; 0 for any free one, false for none: only `fetch` is then available. Default: any free one, and
   * none where a program cannot listen, as in browsers and Workers.
   */
  readonly port?: number | false | undefined;
  /** True: an open sandbox keeps its process alive; a program that only serves it needs this. Default false. */
  readonly keepProcessAlive?: boolean | undefined;
  /** The source of time. Default: the platform's. */
  readonly clock?: SandboxClock | undefined;
  /** The durations of slow work; 0 makes it immediate. */
  readonly timings?: Partial<SandboxTimings> | undefined;
  /** The lifetime of a token, in milliseconds. Default one hour. */
  readonly tokenLifetimeMs?: number | undefined;
  /** The integer that ids and the token key are derived from. Default 1: every sandbox gives the same ids in the same order. */
  readonly seed?: number | undefined;
  /**
   * `spec`: responses follow the bundled description. `documented`: they follow the public documentation and integrations,
   * with server-sent events, envelopes and timestamps without a zone. Default `spec`.
   */
  readonly deployment?: DialectName | undefined;
  /** True: calls about patients are rejected until the user is linked to a Heidi account. Default false. */
  readonly requireLinkedAccount?: boolean | undefined;
  /** The initial state, which `reset()` restores: users, sessions, scripted answers, faults. */
  readonly data?: SandboxSeed | undefined;
  /** Called with the record of a request when the request is over, for a log. Errors that it throws are ignored. */
  readonly onRequest?: HistoryListener | undefined;
  /** The pause between two words of a stream, in milliseconds. Default 12. */
  readonly streamDelayMs?: number | undefined;
}

/** The options with all defaults filled in. */
export interface ResolvedOptions extends ContextOptions {
  readonly port: number | false | undefined;
  readonly keepProcessAlive: boolean;
  readonly deployment: DialectName;
  readonly data: SandboxSeed;
  readonly onRequest: HistoryListener | undefined;
}

const optionNames = [
  ...["apiKey", "port", "keepProcessAlive", "clock", "timings", "tokenLifetimeMs", "seed", "streamDelayMs"],
  ...["deployment", "requireLinkedAccount", "data", "onRequest"],
];
const deploymentNames: readonly DialectName[] = ["spec", "documented"];
const LONGEST_MS = 2 ** 31 - 1;

/** Checks the options; throws {@link HeidiConfigurationError} that names the first invalid one. */
export function resolveOptions(options: SandboxOptions | undefined): ResolvedOptions {
  const given: SandboxOptions = asObject("options", options === undefined ? {} : options);
  onlyKnown("createSandbox", given, optionNames);
  const timings = asObject(
    "timings",
    given.timings === undefined ? {} : given.timings,
  ) as Partial<SandboxTimings>;
  onlyKnown("`timings`", timings, Object.keys(contextDefaults.timings));
  const timing = (name: keyof SandboxTimings): number =>
    whole(`timings.${name}`, timings[name], contextDefaults.timings[name], 0, LONGEST_MS);
  return {
    apiKey: key(given.apiKey),
    port: port(given.port),
    keepProcessAlive: flag("keepProcessAlive", given.keepProcessAlive),
    clock: clock(given.clock),
    timings: {
      parsingMs: timing("parsingMs"),
      transcriptionMs: timing("transcriptionMs"),
      codingMs: timing("codingMs"),
    },
    tokenLifetimeMs: whole(
      "tokenLifetimeMs",
      given.tokenLifetimeMs,
      contextDefaults.tokenLifetimeMs,
      1,
      1e12,
    ),
    streamDelayMs: whole("streamDelayMs", given.streamDelayMs, contextDefaults.streamDelayMs, 0, LONGEST_MS),
    seed: whole("seed", given.seed, contextDefaults.seed, 0, 2 ** 32 - 1),
    deployment: deployment(given.deployment),
    requireLinkedAccount: flag("requireLinkedAccount", given.requireLinkedAccount),
    data: given.data === undefined ? {} : checkSeed(given.data),
    onRequest: listener(given.onRequest),
    createDigest: contextDefaults.createDigest,
  };
}

function asObject(name: string, value: unknown): object {
  if (isObject(value)) return value;
  throw new HeidiConfigurationError(`The sandbox's \`${name}\` must be an object.`);
}

function onlyKnown(of: string, given: object, known: readonly string[]): void {
  if (Object.keys(given).every((name) => known.includes(name))) return;
  throw new HeidiConfigurationError(`${of} has an unknown option; it takes ${known.join(", ")}.`);
}

function key(value: unknown): string {
  if (value === undefined) return contextDefaults.apiKey;
  // Only text that a header can carry unchanged.
  if (typeof value === "string" && /^[!-~]+$/.test(value)) return value;
  throw new HeidiConfigurationError(
    "The sandbox's `apiKey` must be a text of visible ASCII characters, without spaces or line breaks.",
  );
}

function port(value: unknown): number | false | undefined {
  return value === false || value === undefined ? value : whole("port", value, 0, 0, 65_535);
}

function clock(value: unknown): SandboxClock {
  if (value === undefined) return contextDefaults.clock;
  if (typeof value === "object" && value !== null) {
    const { now, sleep } = value as Record<string, unknown>;
    if (typeof now === "function" && (sleep === undefined || typeof sleep === "function"))
      return value as SandboxClock;
  }
  throw new HeidiConfigurationError(
    "The sandbox's `clock` must have a function `now`, and may have one `sleep`.",
  );
}

function deployment(value: unknown): DialectName {
  if (value === undefined) return "spec";
  const found = deploymentNames.find((name) => name === value);
  if (found !== undefined) return found;
  throw new HeidiConfigurationError("The sandbox's `deployment` must be `spec` or `documented`.");
}

function flag(name: string, value: unknown): boolean {
  if (value === undefined || typeof value === "boolean") return value === true;
  throw new HeidiConfigurationError(`The sandbox's \`${name}\` must be true or false.`);
}

function listener(value: unknown): HistoryListener | undefined {
  if (value === undefined || typeof value === "function") return value as HistoryListener | undefined;
  throw new HeidiConfigurationError("The sandbox's `onRequest` must be a function.");
}

function whole(name: string, value: unknown, fallback: number, least: number, most: number): number {
  if (value === undefined) return fallback;
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new HeidiConfigurationError(`The sandbox's \`${name}\` must be an integer from ${least} to ${most}.`);
}
