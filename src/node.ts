export type {
  HeaderReader,
  HttpClient,
  HttpEvents,
  HttpExchange,
  HttpRequest,
  HttpResponse,
} from "./http/http-client.ts";
export { ATTEMPT_CHANNEL, type AttemptDiagnostics, diagnostics } from "./http/node-diagnostics.ts";
export { type NodeHttpClientOptions, nodeHttpClient } from "./http/node-options.ts";
export type { TlsOptions, TlsVersion } from "./http/undici-client.ts";
export {
  type FetchHandler,
  type NodeHandler,
  type NodeIncomingMessage,
  type NodeServerResponse,
  sendResponse,
  toNodeHandler,
} from "./server/node-handler.ts";
export type { ByteReader, ChunkSink } from "./stream/byte-reader.ts";
export type { ChunkReader, FileHandle, FileSource } from "./upload/file-source.ts";
export { type FileFromPathOptions, fileFromPath } from "./upload/path-file.ts";
export type { OpenOptions, RequestBody } from "./upload/types.ts";
export { directoryStore } from "./workflows/recording/directory-store.ts";
