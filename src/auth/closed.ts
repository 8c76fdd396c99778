import { HeidiAbortError } from "../errors.ts";

/** What a call gets that waits for a token when the client is closed, or asks for one later. */
export const clientClosedError = (): HeidiAbortError =>
  new HeidiAbortError("The client was closed. The call was not sent.");
