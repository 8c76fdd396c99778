import { HeidiConfigurationError } from "../errors.ts";
import { encodeText } from "../utils/utf8.ts";

/** A chunk of a response body: bytes of any realm, or text of a stream with an encoding. */
type Chunk = ArrayBufferView | ArrayBuffer | string;

interface LooseResponse {
  readonly status: number;
  readonly body?: unknown;
  arrayBuffer?(): Promise<ArrayBuffer>;
  text?(): Promise<string>;
}

/**
 * Reads a response whose body is not a web stream: a Node stream (node-fetch), or no stream (React Native, whatwg-fetch,
 * test doubles), which is read as a whole.
 *
 * @throws HeidiConfigurationError when the response has no readable body.
 */
export function readFetchResponse(response: LooseResponse): ResponseReader {
  const { body } = response;
  if (typeof body === "object" && body !== null && Symbol.asyncIterator in body) {
    return iterableReader(body as AsyncIterable<Chunk>);
  }
  if (typeof response.arrayBuffer === "function") return wholeReader(() => response.arrayBuffer?.());
  if (typeof response.text === "function") return wholeReader(() => response.text?.());
  throw new HeidiConfigurationError(
    "The function of the option `fetch` returned a response that cannot be read: it has neither a `body` stream nor `arrayBuffer()` nor `text()`. The server may have processed the request. Return the Response of fetch.",
  );
}

function iterableReader(stream: AsyncIterable<Chunk>): ResponseReader {
  const iterator = stream[Symbol.asyncIterator]();
  return {
    async read() {
      const { done, value } = await iterator.next();
      return done === true ? { done, value: undefined } : { done: false, value: bytesOf(value) };
    },
    async cancel() {
      const destroy: unknown = Reflect.get(stream, "destroy");
      if (typeof destroy === "function") destroy.call(stream);
      await iterator.return?.();
    },
  };
}

function wholeReader(readAll: () => Promise<Chunk> | undefined): ResponseReader {
  let isRead = false;
  return {
    async read() {
      if (isRead) return { done: true, value: undefined };
      isRead = true;
      const whole = bytesOf((await readAll()) ?? "");
      return whole.byteLength === 0 ? { done: true, value: undefined } : { done: false, value: whole };
    },
    cancel: () => Promise.resolve(),
  };
}

function bytesOf(chunk: Chunk): Uint8Array {
  if (typeof chunk === "string") return encodeText(chunk);
  return ArrayBuffer.isView(chunk)
    ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    : new Uint8Array(chunk);
}

/** The reader of a response body: of a web stream, or from `fetch-response.ts` for any other body. */
export interface ResponseReader {
  read(): Promise<ReadableStreamReadResult<Uint8Array>>;
  cancel(reason?: unknown): Promise<unknown>;
}
