import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { WebSocket } from "undici";
import { chromiumArguments, FIREFOX_PREFERENCES } from "../browser-settings.ts";
import { installed } from "../runtimes/programs.ts";
import { startWebkit, type WebkitSession, webkitCommand } from "./webkit.ts";

export type BrowserKind = "chromium" | "firefox" | "webkit";

/** Evaluates an expression in a page; the value is a string, or a promise of one. */
export type Evaluate = (expression: string) => Promise<string>;

/** The browsers of this machine; undefined where the program is missing. */
export const commands: Readonly<Record<BrowserKind, string | undefined>> = {
  chromium: installed("chromium", "chromium-browser", "google-chrome"),
  firefox: installed("firefox-esr", "firefox"),
  webkit: webkitCommand,
};

/** What the browser's microphone is: a generated tone, refused by the user, or not there. */
export type Microphone = "fake" | "refused" | "missing";

/** A page in a real browser. */
export interface Page {
  /** Resolves when the expression, by default a flag of the page's script, is true. */
  open(url: string, isReady?: string): Promise<void>;
  /** Evaluates an expression in the page; its value is JSON. */
  evaluate<T>(expression: string): Promise<T>;
  /** Calls a function of the page by its name, with JSON as its arguments and result. */
  call<T>(name: string, ...given: readonly unknown[]): Promise<T>;
  reload(isReady?: string): Promise<void>;
  setOffline(isOffline: boolean): Promise<void>;
  /** A command of the browser's own protocol. */
  command(method: string, parameters: object): Promise<unknown>;
  close(): Promise<void>;
}

/** A protocol of numbered JSON messages over a socket. */
class Connection {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: unknown };
      const waiting = this.#waiting.get(message.id ?? -1);
      this.#waiting.delete(message.id ?? -1);
      if (message.error === undefined) waiting?.resolve(message.result);
      else waiting?.reject(new Error(String(data).slice(0, 1_000)));
    });
    socket.addEventListener("close", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("the browser is gone"));
    });
  }

  static async open(url: string): Promise<Connection> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", () => reject(new Error(`no connection to ${url}`)));
    });
    return new Connection(socket);
  }

  send<T>(method: string, params: object, more: object = {}): Promise<T> {
    this.#last += 1;
    const id = this.#last;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      this.#socket.send(JSON.stringify({ id, method, params, ...more }));
    });
  }

  close(): void {
    this.#socket.close();
  }
}

const expressionOf = (name: string, given: readonly unknown[]): string =>
  `(async () => JSON.stringify(await window.${name}(...${JSON.stringify(given)})) ?? "null")()`;

const jsonOf = (expression: string): string =>
  `(async () => JSON.stringify(await (${expression})) ?? "null")()`;

const READY = "window.isReady === true";

/** Waits for the page's script, which is a module. */
async function untilReady(evaluate: Evaluate, isReady: string = READY): Promise<void> {
  for (let tries = 0; tries < 1_500; tries += 1) {
    const ready = await evaluate(`String(${isReady})`).catch(() => "false");
    if (ready === "true") return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the page did not load");
}

async function started(child: ChildProcess, shown: RegExp): Promise<string> {
  if (!child.stderr) throw new Error("no output");
  let output = "";
  for await (const line of createInterface(child.stderr)) {
    output += `${line}\n`;
    const found = shown.exec(line)?.[1];
    if (found !== undefined) return found;
  }
  throw new Error(`the browser did not start:\n${output}`);
}

const recordingArguments = (profile: string, microphone: Microphone): string[] => [
  ...chromiumArguments(profile),
  "--autoplay-policy=no-user-gesture-required",
  "--remote-debugging-port=0",
  ...(microphone === "missing" ? [] : ["--use-fake-device-for-media-stream=device-count=2"]),
  "about:blank",
];

const recordingPreferences = (microphone: Microphone): string => `${FIREFOX_PREFERENCES}
user_pref("media.autoplay.default", 0);
user_pref("media.navigator.streams.fake", ${microphone !== "missing"});
user_pref("permissions.default.microphone", ${microphone === "refused" ? 2 : 1});
`;

function launch(command: string, given: readonly string[], profile: string): ChildProcess {
  // A group of its own: a browser is many processes, and ends as one.
  const env = { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile };
  return spawn(command, given, { detached: true, env, stdio: ["ignore", "ignore", "pipe"] });
}

/** Starts a browser with one page. */
export async function startBrowser(kind: BrowserKind, microphone: Microphone): Promise<Page> {
  const command = commands[kind];
  if (command === undefined) throw new Error(`${kind} is missing`);
  const profile = await mkdtemp(join(tmpdir(), "heidi-browser-"));
  let child: ChildProcess | undefined;
  const end = async (): Promise<void> => {
    try {
      if (child?.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
    if (child && child.exitCode === null && child.signalCode === null) await once(child, "exit");
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };
  try {
    if (kind === "webkit") {
      const session = await startWebkit(profile, microphone);
      return webkitPage(session, () => session.close().then(end));
    }
    if (kind === "chromium") {
      child = launch(command, recordingArguments(profile, microphone), profile);
      const address = await started(child, /DevTools listening on (ws:\S+)/);
      child.stderr?.resume();
      return await chromiumPage(await Connection.open(address), microphone, end);
    }
    await writeFile(join(profile, "user.js"), recordingPreferences(microphone));
    const given = ["--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", profile];
    child = launch(command, given, profile);
    const address = await started(child, /WebDriver BiDi listening on (ws:\S+)/);
    child.stderr?.resume();
    return await firefoxPage(await Connection.open(`${address}/session`), end);
  } catch (error) {
    await end();
    throw error;
  }
}

async function chromiumPage(
  connection: Connection,
  microphone: Microphone,
  end: () => Promise<void>,
): Promise<Page> {
  const { targetId } = await connection.send<{ targetId: string }>("Target.createTarget", {
    url: "about:blank",
  });
  const attach = { targetId, flatten: true };
  const { sessionId } = await connection.send<{ sessionId: string }>("Target.attachToTarget", attach);
  const send = <T>(method: string, parameters: object): Promise<T> =>
    connection.send<T>(method, parameters, { sessionId });
  await send("Network.enable", {});
  await send("Page.enable", {});
  const setting = microphone === "refused" ? "denied" : "granted";
  await connection.send("Browser.setPermission", { permission: { name: "microphone" }, setting });
  const evaluate = async (expression: string): Promise<string> => {
    const { result, exceptionDetails } = await send<{
      result: { value?: string };
      exceptionDetails?: { exception?: { description?: string } };
    }>("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true, userGesture: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? "it threw");
    return result.value ?? "null";
  };
  return {
    open: async (url, isReady) => {
      await send("Page.navigate", { url });
      await untilReady(evaluate, isReady);
    },
    evaluate: async (expression) => JSON.parse(await evaluate(jsonOf(expression))),
    call: async (name, ...given) => JSON.parse(await evaluate(expressionOf(name, given))),
    reload: async (isReady) => {
      await evaluate("window.isReady = false");
      await send("Page.reload", {});
      await untilReady(evaluate, isReady);
    },
    setOffline: async (offline) => {
      const speed = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
      await send("Network.emulateNetworkConditions", { offline, ...speed });
    },
    command: (method, parameters) =>
      method.startsWith("Browser.") ? connection.send(method, parameters) : send(method, parameters),
    close: async () => {
      connection.close();
      await end();
    },
  };
}

async function firefoxPage(connection: Connection, end: () => Promise<void>): Promise<Page> {
  await connection.send("session.new", { capabilities: {} });
  const { context } = await connection.send<{ context: string }>("browsingContext.create", { type: "tab" });
  // A page in the background has no audio graph.
  await connection.send("browsingContext.activate", { context });
  const evaluate = async (expression: string): Promise<string> => {
    const answer = await connection.send<{
      type: string;
      result?: { value?: string };
      exceptionDetails?: { text: string };
    }>("script.evaluate", { expression, awaitPromise: true, userActivation: true, target: { context } });
    if (answer.type !== "success") throw new Error(answer.exceptionDetails?.text ?? "it threw");
    return answer.result?.value ?? "null";
  };
  return {
    open: async (url, isReady) => {
      await connection.send("browsingContext.navigate", { context, url, wait: "interactive" });
      await untilReady(evaluate, isReady);
    },
    evaluate: async (expression) => JSON.parse(await evaluate(jsonOf(expression))),
    call: async (name, ...given) => JSON.parse(await evaluate(expressionOf(name, given))),
    reload: async (isReady) => {
      await evaluate("window.isReady = false");
      await connection.send("browsingContext.reload", { context, wait: "interactive" });
      await untilReady(evaluate, isReady);
    },
    setOffline: async (isOffline) => {
      const networkConditions = isOffline ? { type: "offline" } : null;
      await connection.send("emulation.setNetworkConditions", { networkConditions, contexts: [context] });
    },
    command: (method, parameters) => connection.send(method, parameters),
    close: async () => {
      connection.close();
      await end();
    },
  };
}

/** Makes a page believe that it is offline: WebKit's driver cannot cut the network. */
const offline = (isOffline: boolean): string => `(() => {
  window.connected ??= window.fetch;
  window.fetch = ${isOffline} ? () => Promise.reject(new TypeError("Load failed")) : window.connected;
  Object.defineProperty(navigator, "onLine", { configurable: true, get: () => ${!isOffline} });
  window.dispatchEvent(new Event("${isOffline ? "offline" : "online"}"));
  return "null";
})()`;

function webkitPage({ evaluate, command }: WebkitSession, end: () => Promise<void>): Page {
  return {
    open: async (url, isReady) => {
      await command("POST", "/url", { url });
      await untilReady(evaluate, isReady);
    },
    evaluate: async (expression) => JSON.parse(await evaluate(jsonOf(expression))),
    call: async (name, ...given) => JSON.parse(await evaluate(expressionOf(name, given))),
    reload: async (isReady) => {
      await evaluate("String(window.isReady = false)");
      await command("POST", "/refresh", {});
      await untilReady(evaluate, isReady);
    },
    setOffline: async (isOffline) => void (await evaluate(offline(isOffline))),
    command: (path, parameters) => command("POST", path, parameters),
    close: end,
  };
}
