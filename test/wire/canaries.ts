import { inspect } from "node:util";
import { afterEach, beforeEach, vi } from "vitest";

const MARK = "zq7canary";

type Canary =
  | "key"
  | "jwt"
  | "email"
  | "internalId"
  | "patient"
  | "transcript"
  | "fileName"
  | "template"
  | "serverBody"
  | "sessionId"
  | "query"
  | "header";

/** One secret of each kind; whoever finds the mark in an error or a log line has found a leak. */
export const canary: Readonly<Record<Canary, string>> = {
  key: `${MARK}-key`,
  jwt: `${MARK}-jwt`,
  email: `${MARK}-email@clinic.example`,
  internalId: `${MARK}-internal-id`,
  patient: `${MARK}-patient`,
  transcript: `${MARK}-transcript`,
  fileName: `${MARK}-file.mp3`,
  template: `${MARK}-template`,
  serverBody: `${MARK}-server-body`,
  sessionId: `${MARK}-session`,
  query: `${MARK}-query`,
  header: `${MARK}-header`,
};

const base64 = [0, 1, 2].map((shift) =>
  Buffer.from(" ".repeat(shift) + MARK)
    .toString("base64")
    .slice(Math.ceil((shift * 4) / 3), -4),
);
/** The mark as text, as dumped bytes (of a Buffer, of an array) and in base64. */
const FORMS: readonly string[] = [
  MARK,
  Buffer.from(MARK).toString("hex"),
  [...Buffer.from(MARK)].map((byte) => byte.toString(16)).join(" "),
  [...Buffer.from(MARK)].join(","),
  ...base64,
];

/** What surrounds the mark in a text, for the words of a failed test; undefined when it is not there. */
export function leakIn(text: string): string | undefined {
  for (const shown of [text.toLowerCase(), text.replaceAll(/\s+/g, " "), text.replaceAll(/\s+/g, "")]) {
    for (const form of FORMS) {
      const at = shown.indexOf(form);
      if (at >= 0) return `…${shown.slice(Math.max(0, at - 80), at + 60)}…`;
    }
  }
  return undefined;
}

const attempt = (render: () => unknown): string => {
  try {
    return String(render());
  } catch (error) {
    return String(error);
  }
};

/** Every way in which a program, a logger or a crash reporter may come to print a value, and all that hangs on it. */
export function renderingsOf(value: unknown, seen: Set<unknown> = new Set()): string[] {
  if (typeof value !== "object" || value === null) return [attempt(() => value)];
  if (seen.has(value)) return [];
  seen.add(value);
  const wide = { depth: Infinity, maxArrayLength: null, maxStringLength: null, breakLength: Infinity };
  const shown = [
    attempt(() => value),
    attempt(() => JSON.stringify(value)),
    attempt(() => (value as Error).stack),
    attempt(() => Object.prototype.toString.call(value)),
    attempt(() => inspect(value)),
    ...[true, false].flatMap((showHidden) =>
      [true, false].map((getters) =>
        attempt(() => inspect(value, { ...wide, showHidden, getters, showProxy: true })),
      ),
    ),
    attempt(() => inspect(structuredClone(value), { ...wide, showHidden: true, getters: true })),
    attempt(() => inspect({ ...value }, wide)),
  ];
  for (const key of Reflect.ownKeys(value)) {
    const own = Object.getOwnPropertyDescriptor(value, key);
    shown.push(String(key), ...renderingsOf(own?.value, seen));
  }
  return shown;
}

const CONSOLE = ["debug", "dir", "error", "info", "log", "table", "trace", "warn"] as const;

/** Notes what console and process warnings print while the tests of a file run. */
export function watchOutput(): { readonly lines: string[] } {
  const lines: string[] = [];
  const note = (...args: unknown[]): void => {
    lines.push(...args.flatMap((arg) => renderingsOf(arg)));
  };
  beforeEach(() => {
    lines.length = 0;
    for (const method of CONSOLE) vi.spyOn(console, method).mockImplementation(note);
    process.on("warning", note);
  });
  afterEach(() => {
    process.off("warning", note);
  });
  return { lines };
}
