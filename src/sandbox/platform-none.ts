import type { SandboxPlatform } from "./platform.ts";

/** The platform of other runtimes: the sandbox has its `fetch` only. */
export const platform: SandboxPlatform = { createDigest: undefined, listen: undefined };
