// The agent without the rest of undici, whose index costs three times as much to load and replaces the process's
// global dispatcher. An internal path: `undici.ts` falls back to the index when it is gone.
declare module "undici/lib/dispatcher/agent.js" {
  import { Agent } from "undici";

  // biome-ignore lint/style/noDefaultExport: this describes a CommonJS module of another package.
  export default Agent;
}
