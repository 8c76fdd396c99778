import { createHash } from "node:crypto";
import type { Digest } from "../sha256.ts";

/** Node's own SHA-256, several times faster than one written in JavaScript. */
export function createNodeDigest(): Digest {
  const hash = createHash("sha256");
  return { update: (chunk) => hash.update(chunk), hex: () => hash.digest("hex") };
}
