import { HeidiConfigurationError } from "../errors.ts";
import type { HttpListener } from "./platform.ts";
import { PATH_PREFIX } from "./router.ts";
import type { Sandbox } from "./sandbox.ts";

/** The addresses of a sandbox. */
export type SandboxAddress = Pick<Sandbox, "url" | "baseUrl" | "port">;

// Reserved for names that never resolve (RFC 2606): a client without the sandbox's `fetch` reaches no server.
const NOWHERE = "https://sandbox.invalid";

/** Returns the sandbox's addresses; without a port, their getters throw an error that gives the reason. */
export function withAddress<T extends object>(
  sandbox: T,
  door: HttpListener | undefined,
): T & SandboxAddress {
  const origin = door === undefined ? NOWHERE : `http://127.0.0.1:${door.port}`;
  const based = Object.assign(sandbox, { baseUrl: `${origin}${PATH_PREFIX}` });
  if (door !== undefined) return Object.assign(based, { url: origin, port: door.port });
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
