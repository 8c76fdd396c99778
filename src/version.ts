import { version as packageVersion } from "../package.json";

/** The version of this package, as sent in `User-Agent`. */
export const version: string = packageVersion;
