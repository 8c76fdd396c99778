import type { JournalEntry } from "../sandbox/index.ts";

/** One line of a log: when, how it ended, what it was, how long and how much. Values of paths, queries and bodies are left out. */
export function logLine(entry: Readonly<JournalEntry>): string {
  const { name, method, path, status, durationMs, requestBytes, responseBytes, disconnected } = entry;
  const time = new Date(entry.startedAtMs).toISOString().slice(11, 23);
  // An unknown path is what whoever reads this wants to see.
  const what = name ?? `${method} ${printable(path)}`;
  const outcome = String(status ?? "---");
  const notes = [
    ...(entry.faults.length > 0 ? [`fault: ${entry.faults.join(", ")}`] : []),
    ...(disconnected ? ["cut off"] : []),
    ...(name === undefined && status === 404 ? ["no such path"] : []),
  ];
  const sizes = `${bytes(requestBytes)} in, ${bytes(responseBytes)} out`;
  const after = notes.length > 0 ? `  [${notes.join("; ")}]` : "";
  return `${time}  ${outcome}  ${what.padEnd(36)} ${String(Math.round(durationMs ?? 0)).padStart(6)} ms  ${sizes}${after}`;
}

function bytes(count: number): string {
  return count < 10_000 ? `${count} B` : `${Math.round(count / 1000)} kB`;
}

/** Without control characters, which a terminal would obey. */
function printable(path: string): string {
  return path.replaceAll(/[^ -~]/g, "?").slice(0, 120);
}
