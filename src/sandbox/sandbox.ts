import { platform } from "#platform";
import { HeidiConfigurationError } from "../errors.ts";
import { clone, isError } from "../utils/values.ts";
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
import { createRouter, PATH_PREFIX } from "./router.ts";
import { type ScriptedRequest, type ScriptOptions, ScriptPlan } from "./scripts.ts";
import { loadState, type SandboxSeed, type SavedSandbox, saveState, seedUsers } from "./seed.ts";
import { createServer, type RequestHandler } from "./server.ts";
import type { SandboxState } from "./state.ts";

/** A local Heidi that keeps state. */
export interface Sandbox {
  /**
   * Its origin, such as `http://127.0.0.1:40123`.
   *
   * @throws HeidiConfigurationError when the sandbox has no port.
   */
  readonly url: string;
  /**
   * The base URL for `new Heidi({ baseUrl })`: the origin with Heidi's path. Without a port, its host name never
   * resolves; use it with `fetch`.
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
  /** The `fetch` that calls the same sandbox without a socket: `new Heidi({ fetch: sandbox.fetch, … })`. The origin of a URL does not matter. */
  readonly fetch: typeof fetch;
  /** The last 1,000 requests, oldest first. */
  readonly requests: readonly Readonly<HistoryEntry>[];
  /**
   * Sets up a fault for requests of an operation. By default it applies to the next matching request.
   *
   * @param operation A method's name such as `sessions.create`, an operationId, or `*` for every operation.
   * @throws HeidiArgumentError when the operation or the rule is invalid.
   *
   * @example
   * sandbox.fault("sessions.create", { kind: "status", status: 429, retryAfterMs: 1000, times: 2 });
   * sandbox.fault("*", { kind: "latency", latencyMs: 300, probability: 0.2 });
   */
  fault(operation: string, rule: FaultRule): FaultHandle;
  /**
   * Sets the response of an operation, whose behaviour then does not run: the object of a JSON response, or the text
   * (or its pieces) of a stream. A function is called for each request.
   *
   * @throws HeidiArgumentError with the place and the schema's reason when the response does not fit the API.
   *
   * @example
   * sandbox.script("consultNotes.generate", "## Plan\n\nRest.");
   * sandbox.script("sessions.get", ({ path }) => ({ session_id: path.session_id, duration: 7 }));
   */
  // Two signatures, because a union with `unknown` would leave the function's parameter without a type.
  script(operation: string, answer: (request: ScriptedRequest) => unknown, options?: ScriptOptions): void;
  /** Sets the same response for each request. */
  script(operation: string, answer: unknown, options?: ScriptOptions): void;
  /** Returns a copy of the state. */
  state(): SandboxState;
  /** Returns the state as plain JSON for `load()`. */
  save(): SavedSandbox;
  /**
   * Replaces the state by a saved one. Faults, scripts and requests stay.
   *
   * @throws HeidiArgumentError with the place and the reason when the argument is not a result of `save()`.
   */
  load(saved: SavedSandbox): void;
  /**
   * Clears users, sessions, requests, faults and scripts, restarts the ids, and applies `data` again. Tokens stay valid
   * until they expire.
   */
  reset(): void;
  /** Lets the process end while the sandbox is open, as it does by default without `keepProcessAlive`. */
  unref(): void;
  /** Closes all connections, ends all requests and releases the port. Idempotent. */
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
 * as in browsers and Workers, or with `port: false`, only the `fetch` is available.
 *
 * An open sandbox does not keep its process alive: a test that fails before `close()` still ends. A program that
 * only serves one passes `keepProcessAlive: true`.
 *
 * It checks keys, tokens and inputs against the spec, keeps its state until it is closed, and responds
 * from invented consults: the sample recording is recognised, and any other audio is treated as the same consult.
 *
 * @throws HeidiConfigurationError when an option is invalid, the port is in use, or a port is requested where a program cannot listen.
 *
 * @example
 * await using sandbox = await createSandbox();
 * const heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
 */
export async function createSandbox(options?: SandboxOptions): Promise<Sandbox> {
  const resolved = resolveOptions(options);
  const context = createContext({
    ...resolved,
    createDigest: platform.createDigest ?? resolved.createDigest,
  });
  const journal = new CallHistory(JOURNAL_LIMIT, resolved.onRequest);
  const deployment = deployments[resolved.deployment];
  const router = createRouter(deployment.operations);
  const faults = new FaultPlan(deployment.operations, resolved.seed);
  const scripts = new ScriptPlan(deployment.operations);
  const handle: RequestHandler = createServer({
    ...{ context, router, deployment, history: journal, faults, scripts },
    handlers: deployment.handlers(handlers),
  });
  const plant = (seed: SandboxSeed): void => {
    seedUsers(context, seed);
    for (const { operation, ...rule } of seed.faults ?? []) faults.add(operation, rule as FaultRule);
    for (const { operation, answer, options } of seed.scripts ?? []) scripts.add(operation, answer, options);
  };
  plant(resolved.data);
  const listener = await openListener(handle, resolved);
  const inProcess = createFetchListener(handle);
  const close = async (): Promise<void> => {
    inProcess.close(new TypeError("The sandbox was closed"));
    await listener?.close();
  };
  const sandbox: Omit<Sandbox, keyof SandboxAddress> = {
    apiKey: resolved.apiKey,
    fetch: inProcess.fetch,
    requests: journal.entries,
    fault: (operation, rule) => faults.add(operation, rule),
    script: (operation, answer, options) => scripts.add(operation, answer, options),
    save: () => saveState(context),
    load: (saved) => loadState(context, saved),
    state: () => clone(context.state),
    reset: () => {
      resetContext(context);
      journal.clear();
      faults.clear();
      scripts.clear();
      plant(resolved.data);
    },
    unref: () => listener?.unref(),
    close,
    [Symbol.asyncDispose]: close,
  };
  return withAddress(sandbox, listener);
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
    const code: unknown = isError(cause) ? Reflect.get(cause, "code") : undefined;
    throw new HeidiConfigurationError(listenMessage(port ?? 0, typeof code === "string" ? code : "unknown"), {
      cause,
    });
  }
}

const ANOTHER_PORT = "Pass another `port`, or omit it for any free one.";

/** The reasons why a port cannot be used, and what to do. */
const LISTEN_ERRORS: Readonly<Record<string, readonly [reason: string, advice: string]>> = {
  EADDRINUSE: ["another program uses it", ANOTHER_PORT],
  EACCES: [
    "this process has no permission to use it",
    `Ports below 1024 mostly need privileges. ${ANOTHER_PORT}`,
  ],
  EADDRNOTAVAIL: [
    "this machine does not have that address",
    "Pass `port: false`, and give the sandbox's `fetch` to the client.",
  ],
};

function listenMessage(port: number, code: string): string {
  const [reason, advice] = LISTEN_ERRORS[code] ?? ["the operating system refused it", ANOTHER_PORT];
  const which = port === 0 ? "a free port" : `port ${port}`;
  return `The sandbox could not listen on ${which} of 127.0.0.1: ${reason} (${code}). ${advice}`;
}

/** The addresses of a sandbox. */
export type SandboxAddress = Pick<Sandbox, "url" | "baseUrl" | "port">;

// Reserved for names that never resolve (RFC 2606): a client without the sandbox's `fetch` reaches no server.
const NOWHERE = "https://sandbox.invalid";

/** Returns the sandbox's addresses; without a port, their getters throw an error that gives the reason. */
export function withAddress<T extends object>(
  sandbox: T,
  listener: HttpListener | undefined,
): T & SandboxAddress {
  const origin = listener === undefined ? NOWHERE : `http://127.0.0.1:${listener.port}`;
  const based = Object.assign(sandbox, { baseUrl: `${origin}${PATH_PREFIX}` });
  if (listener !== undefined) return Object.assign(based, { url: origin, port: listener.port });
  // Not enumerable: printing or copying the sandbox does not read them.
  const refuse = {
    get: (): never => {
      throw new HeidiConfigurationError(
        "This sandbox has no port, because `port` is false or this runtime cannot listen on one. Use its `fetch`: " +
          "`new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl, fetch: sandbox.fetch })`.",
      );
    },
  };
  return Object.defineProperties(based, { url: refuse, port: refuse }) as T & SandboxAddress;
}
