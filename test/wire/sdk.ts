import { inspect } from "node:util";
import { Heidi, type HeidiError, type HeidiOptions, type HeidiUser, isHeidiError } from "heidi-health-sdk";
import { expect, vi } from "vitest";

/** What tests let the server say, and no error may repeat. */
export const SECRET = "canary-4711";
const KEY = "key-canary-4711";

const clients: { close(): Promise<void> }[] = [];

/** A client against that address; closed by `closeAll`. */
export function clientOf(baseUrl: string, options: HeidiOptions = {}): Heidi {
  const heidi = new Heidi({ apiKey: KEY, baseUrl, ...options });
  clients.push(heidi);
  return heidi;
}

/** A user whose token is not in the cache yet: the first call goes to `/jwt` first. */
export function userOf(baseUrl: string, options: HeidiOptions = {}): HeidiUser {
  return clientOf(baseUrl, options).forUser({
    email: `${SECRET}@example.org`,
    thirdPartyInternalId: SECRET,
  });
}

/** A user with a ready token: each call is one request, and the first one opens the first connection. */
export function readyUserOf(baseUrl: string, options: Omit<HeidiOptions, "apiKey"> = {}): HeidiUser {
  const clinician = Heidi.withToken(`jwt-${SECRET}`, { baseUrl, ...options });
  clients.push(clinician);
  return clinician;
}

/** Leaves the user with one idle connection, which its next call will use. */
export async function warmUp(clinician: HeidiUser): Promise<void> {
  await clinician.templates.list({ maxRetries: 5 });
  // undici hands a connection to the next request only a turn of the event loop after an answer's end.
  await aTurn();
  await aTurn();
}

const aTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export async function closeAll(): Promise<void> {
  await Promise.all(clients.splice(0).map((client) => client.close()));
}

/** Back-off without waiting: the jitter always draws nothing. */
export function withoutBackoff(): void {
  vi.spyOn(Math, "random").mockReturnValue(0);
}

/** Options with which a client tells when a call waits for its next try. */
export function noticeRetry(): {
  readonly options: Pick<HeidiOptions, "logger" | "logLevel">;
  readonly waits: Promise<void>;
} {
  const { promise, resolve } = signalOf<void>();
  const ignore = (): void => {};
  const info = (message: string): void => {
    if (message === "heidi: retry") resolve();
  };
  return {
    options: { logger: { debug: ignore, info, warn: ignore, error: ignore }, logLevel: "info" },
    waits: promise,
  };
}

/** A promise and what settles it. */
export function signalOf<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** The error of a call that must fail, checked to be one of ours and to show nothing that it must not. */
export async function failureOf(call: PromiseLike<unknown>): Promise<HeidiError> {
  const error = await settled(call);
  if (!isHeidiError(error)) throw new Error(`not an error of the SDK: ${inspect(error)}`);
  const shown = [
    inspect(error, { depth: Infinity, showHidden: true }),
    String(error),
    JSON.stringify(error),
  ].join("\n");
  expect(shown).not.toContain(SECRET);
  return error;
}

async function settled(call: PromiseLike<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error("the call succeeded although it had to fail");
}
