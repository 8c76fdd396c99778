import { HeidiConfigurationError } from "../errors.ts";
import type { HttpListener } from "./platform.ts";
import { PATH_PREFIX } from "./router.ts";
import type { Sandbox } from "./sandbox.ts";

/** Where a sandbox is found. */
export type SandboxAddress = Pick<Sandbox, "url" | "baseUrl" | "port">;

// Reserved for names that never resolve (RFC 2606): a client that was not given `fetch` reaches nobody.
const NOWHERE = "https://sandbox.invalid";

/** Tells the sandbox's address; what asks for the port of one that has none is told why. */
export function withAddress<T extends object>(
  sandbox: T,
  door: HttpListener | undefined,
): T & SandboxAddress {
  const origin = door === undefined ? NOWHERE : `http://127.0.0.1:${door.port}`;
  const based = Object.assign(sandbox, { baseUrl: `${origin}${PATH_PREFIX}` });
  if (door !== undefined) return Object.assign(based, { url: origin, port: door.port });
  // Not enumerable: whatever prints or copies the sandbox does not ask for them.
  const refuse = {
    get: (): never => {
      throw new HeidiConfigurationError(
        "This sandbox has no port, because it was told so or this runtime cannot listen on one. Use its `fetch`: " +
          "`new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl, fetch: sandbox.fetch })`.",
      );
    },
  };
  return Object.defineProperties(based, { url: refuse, port: refuse }) as T & SandboxAddress;
}
