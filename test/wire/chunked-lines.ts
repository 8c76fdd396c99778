import type { Step } from "./harness.ts";

/** A response of NDJSON in chunks, written by hand: it can stop, or break off, after each line. */
export const HEAD: Step = {
  do: "write",
  data: "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\nx-request-id: request-7\r\ntransfer-encoding: chunked\r\n\r\n",
};
export const END: Step = { do: "write", data: "0\r\n\r\n" };

export const lineOf = (text: string): string => `${JSON.stringify({ data: text })}\n`;

/** One line as a chunk. */
export const piece = (text: string): Step => ({
  do: "write",
  data: `${lineOf(text).length.toString(16)}\r\n${lineOf(text)}\r\n`,
});
