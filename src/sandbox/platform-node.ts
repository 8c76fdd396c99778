import { createHash } from "node:crypto";
import type { Digest } from "./digest.ts";
import { listenHttp } from "./listeners/http.ts";
import type { SandboxPlatform } from "./platform.ts";

/** The platform of Node, and of Deno and Bun, which run its modules. */
export const platform: SandboxPlatform = { createDigest: createNodeDigest, listen: listenHttp };

/** Node's own SHA-256, several times faster than one written in JavaScript. */
export function createNodeDigest(): Digest {
  const hash = createHash("sha256");
  return { update: (chunk) => hash.update(chunk), hex: () => hash.digest("hex") };
}
