import type { Host } from "../host.ts";

/** A runtime that has nothing to lend: the sandbox is there for its `fetch` alone. */
export const host: Host = { createDigest: undefined, listen: undefined };
