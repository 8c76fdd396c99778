import type { SandboxPlatform } from "../host.ts";
import { createNodeDigest } from "./digest.ts";
import { listenHttp } from "./http.ts";

/** Node, and what runs its modules: Deno and Bun. */
export const platform: SandboxPlatform = { createDigest: createNodeDigest, listen: listenHttp };
