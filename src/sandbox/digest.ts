import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/** A hash with input chunk by chunk. */
export interface Digest {
  update(chunk: Uint8Array): unknown;
  /** Ends the hash; lower-case hex. Nothing may be added afterwards. */
  hex(): string;
}

/**
 * Creates a SHA-256 for runtimes that have none with input chunk by chunk: WebCrypto hashes only data that is in memory
 * as a whole, and uploads are hashed while they arrive.
 */
export function createPortableDigest(): Digest {
  const hash = sha256.create();
  return { update: (chunk) => hash.update(chunk), hex: () => bytesToHex(hash.digest()) };
}
