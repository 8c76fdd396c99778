import { Heidi, type HeidiOptions, type HeidiUser, type Middleware } from "heidi-health-sdk";
import { createSandbox } from "heidi-health-sdk/sandbox";
import { inject } from "vitest";
import { identity } from "./inputs.ts";

/** A client of one of these, and its end. */
export interface Target extends AsyncDisposable {
  readonly heidi: Heidi;
  readonly user: HeidiUser;
}

export type TargetName =
  | "Prism's mock"
  | "the sandbox, judged by Prism's proxy"
  | "the sandbox's in-process fetch"
  | "the sandbox's documented deployment";

/** Something to talk to; each call of `open` makes a client that shares nothing with others. */
export const targets: Readonly<Record<TargetName, (options?: HeidiOptions) => Promise<Target>>> = {
  "Prism's mock": async (options) =>
    connect({ baseUrl: inject("contract").mock, dialect: "spec", ...options }),
  "the sandbox, judged by Prism's proxy": async (options) =>
    connect({ baseUrl: inject("contract").proxy, dialect: "spec", ...options }),
  "the sandbox's in-process fetch": (options) => inProcess("spec", options),
  "the sandbox's documented deployment": (options) => inProcess("documented", options),
};

async function inProcess(deployment: "spec" | "documented", options?: HeidiOptions): Promise<Target> {
  const timings = { parsingMs: 60_000, transcriptionMs: 0, codingMs: 0 };
  const sandbox = await createSandbox({ deployment, timings, streamDelayMs: 0 });
  const { baseUrl, fetch } = sandbox;
  return connect({ baseUrl, fetch, ...options }, () => sandbox.close());
}

function connect(options: HeidiOptions, done: () => Promise<void> = async () => {}): Target {
  // Nothing may fail at first and pass at the second try.
  const heidi = new Heidi({ apiKey: "heidi-sandbox-key", maxRetries: 0, ...options });
  const close = async (): Promise<void> => {
    await heidi.close();
    await done();
  };
  return { heidi, user: heidi.forUser(identity), [Symbol.asyncDispose]: close };
}

/** A middleware that sends the requests of one operation without the headers that say who is asking. */
export function withoutCredentials(operationId: string): Middleware {
  return (request, next, { operation }) => {
    if (operation !== operationId) return next(request);
    const { authorization, "heidi-api-key": key, ...headers } = request.headers;
    return next({ ...request, headers });
  };
}

/** A middleware that counts what is sent, by operationId. */
export function counter(): { readonly sent: Map<string, number>; readonly middleware: Middleware } {
  const sent = new Map<string, number>();
  return {
    sent,
    middleware: (request, next, { operation }) => {
      sent.set(operation, (sent.get(operation) ?? 0) + 1);
      return next(request);
    },
  };
}
