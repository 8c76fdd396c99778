import type { Gunzip, Inflate } from "node:zlib";
import { HeidiDecodeError } from "../errors.ts";
import type { ByteReader } from "../stream/byte-reader.ts";

/**
 * Undoes a content coding that the server applied although `identity` was asked for. Decoded bytes are pulled like any
 * others, so the limits of the reader hold for what a small body unpacks to.
 */
export function decodeBody(reader: ByteReader, contentEncoding: string | null): ByteReader {
  const encoding = contentEncoding?.trim().toLowerCase() ?? "";
  if (encoding === "" || encoding === "identity") return reader;
  if (encoding === "gzip" || encoding === "x-gzip") return new DecodingReader(reader, "createGunzip");
  if (encoding === "deflate") return new DecodingReader(reader, "createInflate");
  return new UnknownEncodingReader(reader);
}

/**
 * Feeds zlib a chunk at a time, and only while it has nothing to give. A DecompressionStream would fill a queue that counts
 * chunks and not bytes, and lose what is in it when the connection breaks.
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
      // The fault of the connection comes after all that had arrived before, and stays.
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
        const message = "The answer's compressed body is damaged or cut short.";
        this.#feeding = undefined; // a write that fails is never called back
        this.#fault ??= { error: new HeidiDecodeError(message, { outcome: "processed" }) };
        wake();
      });
  }

  async #feed(decoder: Gunzip | Inflate): Promise<void> {
    try {
      const chunk = await this.#source.read();
      if (chunk === undefined) decoder.end();
      // Called when all that this chunk unpacks to can be read.
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
    const message = "The answer has a content encoding that was not asked for and is not gzip or deflate.";
    return Promise.reject(new HeidiDecodeError(message, { outcome: "processed" }));
  }

  cancel(): void {
    this.#source.cancel();
  }
}
