import type { SandboxPlatform } from "./platform.ts";

/** A runtime that has nothing to lend: the sandbox is there for its `fetch` alone. */
export const platform: SandboxPlatform = { createDigest: undefined, listen: undefined };
