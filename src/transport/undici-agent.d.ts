// The agent and its connector without the rest of undici, whose index costs three times as much to load and replaces the process's
// global dispatcher. Internal paths: `undici.ts` falls back to the index when
// they are gone.
declare module "undici/lib/dispatcher/agent.js" {
  import { Agent } from "undici";

  // biome-ignore lint/style/noDefaultExport: this describes a CommonJS module of another package.
  export default Agent;
}

declare module "undici/lib/core/connect.js" {
  import { buildConnector } from "undici";

  // biome-ignore lint/style/noDefaultExport: this describes a CommonJS module of another package.
  export default buildConnector;
}
