export { ATTEMPT_CHANNEL, type AttemptDiagnostics, diagnostics } from "./transport/node-diagnostics.ts";
export { type NodeWireOptions, nodeWire } from "./transport/node-wire.ts";
export type { TlsOptions } from "./transport/undici.ts";
export type { Wire } from "./transport/wire.ts";
export { type FileFromPathOptions, fileFromPath } from "./upload/path-file.ts";
export type { FileHandle } from "./upload/source.ts";
export { spoolDirectory } from "./workflows/spool.ts";
