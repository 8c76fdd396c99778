import { sandboxSmoke } from "./sandbox.mjs";
import { smoke } from "./smoke.mjs";

await smoke(globalThis.process.env);
await sandboxSmoke(true);
