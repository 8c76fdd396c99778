import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { freePort } from "../free-port.ts";
import { installed } from "../runtimes/programs.ts";
import type { Evaluate, Microphone } from "./drive.ts";

// WebKitGTK is Safari's engine with a recorder of GStreamer: like Safari's, it writes MP4. It is driven by the classic WebDriver
// protocol, and needs a display.

/** The libraries of the system's own architecture. */
const LIBRARIES = "/usr/lib";
const machines = existsSync(LIBRARIES) ? readdirSync(LIBRARIES).map((name) => join(LIBRARIES, name)) : [];
const find = (...places: readonly string[]): string | undefined =>
  machines.flatMap((folder) => places.map((place) => join(folder, place))).find((path) => existsSync(path));

const display = installed("Xvfb");
const browser = find("webkit2gtk-4.1/MiniBrowser", "webkitgtk-6.0/MiniBrowser");
/** What its recorder needs: the encoder of AAC and the writer of MP4. */
const plugins = ["libgstlibav.so", "libgstisomp4.so"].map((name) => find(`gstreamer-1.0/${name}`));
const isComplete = [display, browser, ...plugins].every((path) => path !== undefined);

/** WebKit's driver; undefined where a part of WebKit or a display is missing. */
export const webkitCommand: string | undefined = isComplete ? installed("WebKitWebDriver") : undefined;

/** A WebKit that is driven by commands of WebDriver. */
export interface WebkitSession {
  readonly evaluate: Evaluate;
  command<T>(method: "GET" | "POST", path: string, body?: object): Promise<T>;
  close(): Promise<void>;
}

async function startDisplay(): Promise<[ChildProcess, string]> {
  const given = ["-displayfd", "3", "-screen", "0", "1180x900x24", "-nolisten", "tcp"];
  const child = spawn(display ?? "", given, {
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  for await (const line of createInterface(child.stdio[3] as Readable)) return [child, `:${line.trim()}`];
  throw new Error("the display did not start");
}

async function end(child: ChildProcess): Promise<void> {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

/** Starts WebKit with one page. The programs get no other home than the profile. */
export async function startWebkit(profile: string, microphone: Microphone): Promise<WebkitSession> {
  if (microphone === "refused") throw new Error("WebKit's driver cannot refuse a microphone");
  const [screen, DISPLAY] = await startDisplay();
  const port = await freePort();
  const env = { ...process.env, DISPLAY, HOME: profile, XDG_CACHE_HOME: profile, XDG_CONFIG_HOME: profile };
  const child = spawn(webkitCommand ?? "", [`--port=${port}`], { detached: true, env, stdio: "ignore" });
  const close = async (): Promise<void> => {
    await Promise.all([end(child), end(screen)]);
  };
  const send = async <T>(method: "GET" | "POST", path: string, body?: object): Promise<T> => {
    const init = { method, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    const { value } = (await response.json()) as { readonly value: T };
    if (!response.ok) throw new Error(JSON.stringify(value).slice(0, 1_000));
    return value;
  };
  try {
    await untilListening(() => send("GET", "/status"));
    const mock = microphone === "fake" ? ["--enable-mock-capture-devices=true"] : [];
    const options = { binary: browser, args: ["--automation", "--enable-media-stream=true", ...mock] };
    const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": options } };
    const { sessionId } = await send<{ readonly sessionId: string }>("POST", "/session", { capabilities });
    const command: WebkitSession["command"] = (method, path, body) =>
      send(method, `/session/${sessionId}${path}`, body);
    await command("POST", "/timeouts", { script: 800_000 });
    return { command, close, evaluate: evaluator(command) };
  } catch (error) {
    await close();
    throw error;
  }
}

async function untilListening(ask: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await ask();
      return;
    } catch (error) {
      if (tries === 1_500) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** An error of the page arrives as a value, because a rejected script has no message. */
const evaluator =
  (command: WebkitSession["command"]): Evaluate =>
  async (expression) => {
    const script = `const done = arguments[0];
      Promise.resolve().then(() => (${expression})).then((value) => done({ value }), (error) => done({ error: String(error) }));`;
    const { value, error } = await command<{ readonly value?: string; readonly error?: string }>(
      "POST",
      "/execute/async",
      { script, args: [] },
    );
    if (error !== undefined) throw new Error(error);
    return value ?? "null";
  };
