import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

// The folder whose node_modules has Next itself.
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { NEXT_MAJOR: major } = process.env;

const config = Number(major) > 14 ? { outputFileTracingRoot: root, turbopack: { root } } : {};

export default config;
