#!/usr/bin/env node
import { text } from "node:stream/consumers";
import { isatty } from "node:tty";
import { run } from "./main.ts";
import type { Terminal } from "./terminal.ts";

const { env, stdin, stdout, stderr } = process;
const interrupt = new AbortController();
// Each handler runs once: a second Ctrl+C ends the process without cleanup. SIGHUP keeps its default handling,
// so that nohup works.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => interrupt.abort(signal));
}
// The reader closed the pipe, as `head` does.
stdout.on("error", () => interrupt.abort("SIGPIPE"));
stderr.on("error", () => undefined);

const isDumb = env["TERM"] === "dumb";
const hasColours = (stream: { readonly isTTY: boolean }): boolean =>
  stream.isTTY && !env["NO_COLOR"] && !isDumb;

// A note may contain control characters, which a terminal would interpret. A pipe receives the text unchanged.
const shown = (line: string): string =>
  stdout.isTTY ? line.replaceAll(/[^\P{Cc}\n\t]/gu, "\u{fffd}") : line;

const terminal: Terminal = {
  print: (line) => void stdout.write(`${line}\n`),
  write: (piece) => new Promise((resolve) => void stdout.write(shown(piece), () => resolve())),
  printError: (line) => void stderr.write(`${line}\n`),
  screen:
    stderr.isTTY && !isDumb
      ? {
          get columns() {
            return stderr.columns || 80;
          },
          isShared: stdout.isTTY,
          draw: (line) => void stderr.write(`\r\u{1b}[2K${line}`),
        }
      : undefined,
  colours: { stdout: hasColours(stdout), stderr: hasColours(stderr) },
  environment: env,
  readInput: isatty(0)
    ? undefined
    : async () => {
        const stop = (): void => void stdin.destroy();
        interrupt.signal.addEventListener("abort", stop);
        return text(stdin).finally(() => interrupt.signal.removeEventListener("abort", stop));
      },
  streams: { input: stdin, output: stdout },
  interrupted: interrupt.signal,
};

// No top-level await: the bundler also builds this file for CommonJS.
void run(process.argv.slice(2), terminal).then((code) => {
  process.exitCode = interrupt.signal.reason === "SIGPIPE" ? 141 : code;
});
