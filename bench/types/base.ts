import type { HeidiUser } from "heidi-health-sdk";

/** What the package's types cost by themselves: imported, nothing called. */
export type User = HeidiUser;
