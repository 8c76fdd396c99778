import type { Client } from "openapi-fetch";
import type { paths } from "../../generated/schema.ts";

/** The base cost of the generated types: an import without a call. */
export type User = Client<paths>;
