import { HeidiDecodeError } from "../errors.ts";
import type { ByteReader } from "../stream/bytes.ts";

/**
 * Undoes a content coding that the server applied although `identity` was asked for. Decoded bytes are pulled like any
 * others, so the limits of whoever reads hold for what a small body unpacks to.
 */
export function decodeBody(reader: ByteReader, contentEncoding: string | null): ByteReader {
  const encoding = contentEncoding?.trim().toLowerCase() ?? "";
  if (encoding === "" || encoding === "identity") return reader;
  if (encoding === "gzip" || encoding === "x-gzip") return new DecodingReader(reader, "gzip");
  if (encoding === "deflate") return new DecodingReader(reader, "deflate");
  return new UnknownEncodingReader(reader);
}

class DecodingReader implements ByteReader {
  readonly #source: ByteReader;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #sourceError: unknown;

  constructor(source: ByteReader, format: CompressionFormat) {
    this.#source = source;
    const compressed = new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        pull: async (controller) => {
          try {
            const chunk = await source.read();
            if (chunk) controller.enqueue(chunk as Uint8Array<ArrayBuffer>);
            else controller.close();
          } catch (error) {
            this.#sourceError = error; // the pipe would hand on its own error instead
            controller.error(error);
          }
        },
        cancel: () => source.cancel(),
      },
      { highWaterMark: 0 },
    );
    this.#reader = compressed.pipeThrough(new DecompressionStream(format)).getReader();
  }

  async read(): Promise<Uint8Array | undefined> {
    try {
      const { done, value } = await this.#reader.read();
      return done ? undefined : value;
    } catch {
      this.#source.cancel();
      if (this.#sourceError !== undefined) throw this.#sourceError;
      throw new HeidiDecodeError("The answer's compressed body is damaged or cut short.", {
        outcome: "processed",
      });
    }
  }

  cancel(): void {
    this.#source.cancel();
    this.#reader.cancel().catch(() => undefined);
  }
}

class UnknownEncodingReader implements ByteReader {
  readonly #source: ByteReader;

  constructor(source: ByteReader) {
    this.#source = source;
  }

  read(): Promise<Uint8Array | undefined> {
    this.#source.cancel();
    const message = "The answer has a content encoding that was not asked for and is not gzip or deflate.";
    return Promise.reject(new HeidiDecodeError(message, { outcome: "processed" }));
  }

  cancel(): void {
    this.#source.cancel();
  }
}
