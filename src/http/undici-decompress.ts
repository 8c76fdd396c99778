import type { Gunzip, Inflate } from "node:zlib";
import { HeidiDecodeError } from "../errors.ts";
import type { ByteReader } from "../stream/byte-reader.ts";

/**
 * Decodes a content encoding that the server applied although the request accepts only `identity`. Decoded bytes are read
 * on demand, so the reader's size limits apply to the decompressed size.
 */
export function decodeBody(reader: ByteReader, contentEncoding: string | null): ByteReader {
  const encoding = contentEncoding?.trim().toLowerCase() ?? "";
  if (encoding === "" || encoding === "identity") return reader;
  if (encoding === "gzip" || encoding === "x-gzip") return new DecodingReader(reader, "createGunzip");
  if (encoding === "deflate") return new DecodingReader(reader, "createInflate");
  return new UnknownEncodingReader(reader);
}

/**
 * Passes zlib one chunk at a time, and only when zlib has no output left. A DecompressionStream would fill a queue that counts
 * chunks instead of bytes, and lose its content when the connection breaks.
 */
class DecodingReader implements ByteReader {
  readonly #source: ByteReader;
  readonly #create: "createGunzip" | "createInflate";
  #decoder: Gunzip | Inflate | undefined;
  #wake: (() => void) | undefined;
  #feeding: Promise<void> | undefined;
  #fault: { readonly error: unknown } | undefined;
  #isCancelled = false;

  constructor(source: ByteReader, create: "createGunzip" | "createInflate") {
    this.#source = source;
    this.#create = create;
  }

  async read(): Promise<Uint8Array | undefined> {
    this.#decoder ??= await this.#begin();
    const decoder = this.#decoder;
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const chunk: Uint8Array | null = decoder.read();
      if (chunk !== null) return chunk;
      // A connection error is reported after all data that arrived before it, and on every later read.
      if (this.#fault !== undefined && this.#feeding === undefined) {
        this.cancel();
        throw this.#fault.error;
      }
      if (decoder.readableEnded || this.#isCancelled) return undefined;
      if (!decoder.writableEnded && this.#fault === undefined) this.#feeding ??= this.#feed(decoder);
      await woken;
    }
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#source.cancel();
    this.#decoder?.destroy();
    this.#wake?.();
  }

  async #begin(): Promise<Gunzip | Inflate> {
    const zlib = await import("node:zlib");
    const wake = (): void => this.#wake?.();
    return zlib[this.#create]()
      .on("readable", wake)
      .on("end", wake)
      .on("error", () => {
        const message = "The compressed response is damaged or truncated. The server processed the request.";
        this.#feeding = undefined; // zlib does not call the callback of a failed write
        this.#fault ??= { error: new HeidiDecodeError(message, { outcome: "processed" }) };
        wake();
      });
  }

  async #feed(decoder: Gunzip | Inflate): Promise<void> {
    try {
      const chunk = await this.#source.read();
      if (chunk === undefined) decoder.end();
      // The callback runs when the output of this chunk can be read.
      else await new Promise<void>((resolve) => decoder.write(chunk, () => resolve()));
    } catch (error) {
      this.#fault ??= { error };
    }
    this.#feeding = undefined;
    this.#wake?.();
  }
}

class UnknownEncodingReader implements ByteReader {
  readonly #source: ByteReader;

  constructor(source: ByteReader) {
    this.#source = source;
  }

  read(): Promise<Uint8Array | undefined> {
    this.#source.cancel();
    const message =
      "The response has a content encoding that the request did not accept, and that is neither gzip nor deflate. The server processed the request. Check the proxies in front of the API.";
    return Promise.reject(new HeidiDecodeError(message, { outcome: "processed" }));
  }

  cancel(): void {
    this.#source.cancel();
  }
}
