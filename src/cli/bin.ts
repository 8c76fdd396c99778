#!/usr/bin/env node
import { run } from "./main.ts";

const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupt.abort());

// No top-level await: the bundler writes this file for CommonJS too.
void run(process.argv.slice(2), {
  print: (line) => void process.stdout.write(`${line}\n`),
  fail: (line) => void process.stderr.write(`${line}\n`),
  interrupted: interrupt.signal,
}).then((code) => {
  process.exitCode = code;
});
