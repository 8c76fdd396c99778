export type { ByteReader, ChunkSink } from "./stream/bytes.ts";
export type { OpenOptions, RequestBody } from "./transport/body.ts";
export { ATTEMPT_CHANNEL, type AttemptDiagnostics, diagnostics } from "./transport/node-diagnostics.ts";
export { type NodeHttpClientOptions, nodeHttpClient } from "./transport/node-wire.ts";
export type { TlsOptions, TlsVersion } from "./transport/undici.ts";
export type {
  HeaderReader,
  HttpClient,
  HttpEvents,
  HttpExchange,
  HttpRequest,
  HttpResponse,
} from "./transport/wire.ts";
export { type FileFromPathOptions, fileFromPath } from "./upload/path-file.ts";
export type { ChunkReader, FileHandle, FileSource } from "./upload/source.ts";
export { directoryStore } from "./workflows/spool.ts";
