import { platform } from "#platform";
import { HeidiConfigurationError } from "../errors.ts";
import { clone } from "../utils/values.ts";
import { type SandboxAddress, withAddress } from "./address.ts";
import { CallHistory, type HistoryEntry } from "./call-history.ts";
import { createContext, resetContext } from "./context.ts";
import { type DialectAdapter, type DialectName, specDialect } from "./dialects/dialect.ts";
import { documentedDialect } from "./dialects/documented.ts";
import { ConnectionReset } from "./faults/apply.ts";
import { FaultPlan } from "./faults/plan.ts";
import type { FaultHandle, FaultRule } from "./faults/types.ts";
import { handlers } from "./handlers/index.ts";
import { createFetchListener } from "./listeners/fetch.ts";
import { type ResolvedOptions, resolveOptions, type SandboxOptions } from "./options.ts";
import type { HttpListener } from "./platform.ts";
import { createRouter } from "./router.ts";
import { type ScriptedRequest, type ScriptOptions, ScriptPlan } from "./scripts.ts";
import { loadState, type SandboxSeed, type SavedSandbox, saveState, seedUsers } from "./seed.ts";
import { createServer, type RequestHandler } from "./server.ts";
import type { SandboxState } from "./state.ts";

/** A local Heidi with a memory of its own. */
export interface Sandbox {
  /**
   * Its origin, such as `http://127.0.0.1:40123`.
   *
   * @throws HeidiConfigurationError when the sandbox has no port.
   */
  readonly url: string;
  /**
   * What `new Heidi({ baseUrl })` takes: the origin with Heidi's path. Without a port it is a name that no network
   * knows, for use with `fetch`.
   */
  readonly baseUrl: string;
  /**
   * Its port on 127.0.0.1.
   *
   * @throws HeidiConfigurationError when the sandbox has no port.
   */
  readonly port: number;
  /** The key that it accepts. */
  readonly apiKey: string;
  /** The same sandbox without a socket: `new Heidi({ fetch: sandbox.fetch, … })`. The origin of a URL does not matter. */
  readonly fetch: typeof fetch;
  /** The last 1,000 requests, oldest first. */
  readonly requests: readonly Readonly<HistoryEntry>[];
  /**
   * Makes requests of an operation go wrong: the next one, unless the rule says otherwise.
   *
   * @param operation A method's name such as `sessions.create`, an operationId, or `*` for every operation.
   * @throws HeidiArgumentError when the operation or the rule is not usable.
   *
   * @example
   * sandbox.fault("sessions.create", { kind: "status", status: 429, retryAfterMs: 1000, times: 2 });
   * sandbox.fault("*", { kind: "latency", latencyMs: 300, probability: 0.2 });
   */
  fault(operation: string, rule: FaultRule): FaultHandle;
  /**
   * Answers an operation with what it is given, instead of doing anything: the object of a JSON answer, or the text
   * (or its pieces) of a stream. A function is asked for each request.
   *
   * @throws HeidiArgumentError with the place and the schema's reason when the answer does not fit the API.
   *
   * @example
   * sandbox.script("consultNotes.generate", "## Plan\n\nRest.");
   * sandbox.script("sessions.get", ({ path }) => ({ session_id: path.session_id, duration: 7 }));
   */
  // Two signatures, because a union with `unknown` would leave the function's parameter without a type.
  script(operation: string, answer: (request: ScriptedRequest) => unknown, options?: ScriptOptions): void;
  /** Answers an operation with the same for each request. */
  script(operation: string, answer: unknown, options?: ScriptOptions): void;
  /** A copy of everything it remembers. */
  state(): SandboxState;
  /** Everything it remembers, as plain JSON for `load()`. */
  save(): SavedSandbox;
  /**
   * Puts what was saved in the place of what it remembers. Faults, scripts and requests stay.
   *
   * @throws HeidiArgumentError with the place and the reason when that is not what `save()` gave.
   */
  load(saved: SavedSandbox): void;
  /** Forgets users, sessions, requests, faults and scripts, begins ids anew, and plants `data` again. Tokens stay good until they expire. */
  reset(): void;
  /** Lets the process end although the sandbox is open, as it does unless `keepProcessAlive` was given. */
  unref(): void;
  /** Ends all connections and requests, and frees the port; may be called again. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const JOURNAL_LIMIT = 1000;
const deployments: Readonly<Record<DialectName, DialectAdapter>> = {
  spec: specDialect,
  documented: documentedDialect,
};

/**
 * Starts a stateful local Heidi: on a loopback port, and as a `fetch` for the same process. Where a program cannot listen,
 * as in browsers and Workers, or with `port: false`, there is the `fetch` alone.
 *
 * An open sandbox does not keep its process alive: a test that fails before `close()` ends all the same. A program that
 * only serves one gives `keepProcessAlive: true`.
 *
 * It checks keys, tokens and inputs as the spec has them, keeps what it is given for as long as it lives, and answers
 * from invented consults: the sample recording is recognised, and any other audio is taken for the same consult.
 *
 * @throws HeidiConfigurationError when an option is not usable, the port is taken, or a port is asked for where a program cannot listen.
 *
 * @example
 * await using sandbox = await createSandbox();
 * const heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
 */
export async function createSandbox(options?: SandboxOptions): Promise<Sandbox> {
  const resolved = resolveOptions(options);
  const world = createContext({ ...resolved, createDigest: platform.createDigest ?? resolved.createDigest });
  const journal = new CallHistory(JOURNAL_LIMIT, resolved.onRequest);
  const deployment = deployments[resolved.deployment];
  const router = createRouter(deployment.operations);
  const faults = new FaultPlan(deployment.operations, resolved.seed);
  const scripts = new ScriptPlan(deployment.operations);
  const handle: RequestHandler = createServer({
    ...{ context: world, router, deployment, history: journal, faults, scripts },
    handlers: deployment.handlers(handlers),
  });
  const plant = (seed: SandboxSeed): void => {
    seedUsers(world, seed);
    for (const { operation, ...rule } of seed.faults ?? []) faults.add(operation, rule as FaultRule);
    for (const { operation, answer, options } of seed.scripts ?? []) scripts.add(operation, answer, options);
  };
  plant(resolved.data);
  const door = await openListener(handle, resolved);
  const inProcess = createFetchListener(handle);
  const close = async (): Promise<void> => {
    inProcess.close(new TypeError("The sandbox was closed"));
    await door?.close();
  };
  const sandbox: Omit<Sandbox, keyof SandboxAddress> = {
    apiKey: resolved.apiKey,
    fetch: inProcess.fetch,
    requests: journal.entries,
    fault: (operation, rule) => faults.add(operation, rule),
    script: (operation, answer, options) => scripts.add(operation, answer, options),
    save: () => saveState(world),
    load: (saved) => loadState(world, saved),
    state: () => clone(world.state),
    reset: () => {
      resetContext(world);
      journal.clear();
      faults.clear();
      scripts.clear();
      plant(resolved.data);
    },
    unref: () => door?.unref(),
    close,
    [Symbol.asyncDispose]: close,
  };
  return withAddress(sandbox, door);
}

async function openListener(
  handle: RequestHandler,
  { port, keepProcessAlive }: ResolvedOptions,
): Promise<HttpListener | undefined> {
  if (port === false || (port === undefined && platform.listen === undefined)) return undefined;
  if (platform.listen === undefined) {
    throw new HeidiConfigurationError(
      "The sandbox cannot listen in this runtime. Leave `port` out, and give its `fetch` to the client.",
    );
  }
  try {
    const isReset = (error: unknown): boolean => error instanceof ConnectionReset;
    return await platform.listen(handle, port ?? 0, isReset, keepProcessAlive);
  } catch (cause) {
    throw new HeidiConfigurationError(
      "The sandbox could not listen on its port: it is taken or not allowed. Leave `port` out to take a free one.",
      { cause },
    );
  }
}
