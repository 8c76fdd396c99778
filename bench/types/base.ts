import type { HeidiUser } from "heidi-health-sdk";

/** The base cost of the package's types: an import without a call. */
export type User = HeidiUser;
