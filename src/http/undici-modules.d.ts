// Internal files of undici: its index takes three times as long to load and replaces the process's global dispatcher.
// `undici-client.ts` loads the index if these files are missing.
declare module "undici/lib/dispatcher/client.js" {
  import { Client } from "undici";

  export default Client;
}

declare module "undici/lib/core/connect.js" {
  import { buildConnector } from "undici";

  export default buildConnector;
}
