export { errorResponse } from "./server/error-response.ts";
export {
  fileFromRequest,
  HeidiRequestBodyError,
  type NodeRequest,
  type RequestFile,
  type RequestFileOptions,
} from "./server/request-file.ts";
export { type IdentifiedUser, type TokenHandlerOptions, tokenHandler } from "./server/token-handler.ts";
