import { afterAll, afterEach } from "vitest";

/** Warnings that are not this package's: each with the reason why it may pass. */
const ALLOWED: readonly { readonly pattern: RegExp; readonly because: string }[] = [
  {
    pattern: /^ExperimentalWarning: SQLite is/,
    because: "Node's own notice, from test tools on newer versions",
  },
];

const seen: string[] = [];

function allowed(text: string): boolean {
  return ALLOWED.some(({ pattern }) => pattern.test(text));
}

process.on("warning", (warning) => {
  const text = `${warning.name}: ${warning.message}`;
  if (!allowed(text)) seen.push(`process warning: ${text}`);
});
process.on("unhandledRejection", (reason) => {
  seen.push(`unhandled rejection: ${String(reason)}`);
});
process.on("uncaughtExceptionMonitor", (error) => {
  seen.push(`uncaught exception: ${String(error)}`);
});

// Node reports both a turn late, so the last test of a file is looked at once more when the file is done.
const aTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function failOnAny(): void {
  const found = seen.splice(0);
  if (found.length > 0) throw new Error(`a test left trouble behind:\n${found.join("\n")}`);
}

afterEach(failOnAny);
afterAll(async () => {
  await aTurn();
  await aTurn();
  failOnAny();
});
