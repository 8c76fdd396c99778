import type { Host } from "../host.ts";
import { createNodeDigest } from "./digest.ts";
import { openHttpDoor } from "./http.ts";

/** Node, and what runs its modules: Deno and Bun. */
export const host: Host = { createDigest: createNodeDigest, listen: openHttpDoor };
