import type { Client } from "openapi-fetch";
import type { paths } from "../../generated/schema.ts";

/** What the generated types cost by themselves: imported, nothing called. */
export type User = Client<paths>;
