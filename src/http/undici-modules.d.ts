// Parts of undici without the rest of it: its index costs three times as much to load and replaces the process's global
// dispatcher. Internal paths, so `undici.ts` falls back to the index when they are gone.
declare module "undici/lib/dispatcher/client.js" {
  import { Client } from "undici";

  export default Client;
}

declare module "undici/lib/core/connect.js" {
  import { buildConnector } from "undici";

  export default buildConnector;
}
