import { smoke } from "./smoke.mjs";

await smoke(globalThis.process.env);
