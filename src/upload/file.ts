import { HeidiArgumentError, HeidiUploadError } from "../errors.ts";
import { isError } from "../utils/values.ts";
import { bytesOf, ignoreErrors } from "./copy.ts";
import { kindOf, notAFile, uploadError } from "./errors.ts";
import {
  describe,
  FILE_SOURCE,
  type FileHandle,
  type FileProperties,
  type FileSource,
} from "./file-source.ts";
import { isUsableType } from "./media-type.ts";
import {
  blobSource,
  bytesSource,
  discardStream,
  isBlob,
  isStream,
  isWebStream,
  streamSource,
} from "./readers.ts";

/** Bytes as a stream: a web stream, a Node stream or any async iterable. It can be sent once. */
export type FileStream = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** The content of a file to upload. Everything but a bare stream can be sent again when an attempt fails. */
export type FileContent =
  | FileHandle
  | Blob
  | ArrayBuffer
  | ArrayBufferView
  | FileStream
  | (() => FileStream | Promise<FileStream>);

/** The content of a file with its properties. */
export interface FileWithProperties {
  readonly data: FileContent;
  /** The name sent to Heidi, without any path. Default: the file's own name, otherwise one by its type. */
  readonly filename?: string | undefined;
  /** The media type, such as `audio/ogg`. Default: by the name, otherwise by the first bytes. */
  readonly contentType?: string | undefined;
  /** The exact size of a stream in bytes, sent as its length; the upload fails when the stream has another size. */
  readonly sizeBytes?: number | undefined;
}

/**
 * A file argument. Bytes are copied when the call is made, so you can reuse the memory; a Blob and
 * `fileFromPath` are read while they are sent and need no additional memory.
 *
 * @example
 * await clinician.transcription.uploadAudio(id, { file: fileFromPath("visit.mp3") });
 * await clinician.transcription.uploadAudio(id, { file: { data: stream, filename: "visit.ogg", sizeBytes } });
 */
export type FileInput = FileContent | FileWithProperties;

/**
 * Returns true when a value can only be a file, where the API's description does not define the type: content, a
 * function that opens a stream, or either with properties. `{ data }` around anything else may be an object of the API.
 */
export function isFileInput(value: unknown): boolean {
  if (isContent(value)) return true;
  if (typeof value !== "object" || value === null || Array.isArray(value) || !("data" in value)) return false;
  return isContent(value.data) || PROPERTIES.some((name) => name in value);
}

const PROPERTIES = ["filename", "contentType", "sizeBytes"] as const;

function isContent(value: unknown): boolean {
  if (typeof value === "function") return true;
  if (typeof value !== "object" || value === null) return false;
  return isHandle(value) || isBlob(value) || bytesOf(value) !== undefined || isStream(value);
}

/**
 * Returns the source of any file input. It checks synchronously where possible: a Node stream gets its error listener
 * before it can fail. A path is checked in the promise.
 *
 * @throws HeidiArgumentError that names `argument` when `value` is not a file.
 */
export function sourceOf(argument: string, value: unknown): FileSource | Promise<FileSource> {
  const plain = plainSource(argument, value);
  if (plain !== undefined) return plain;
  if (typeof value !== "object" || value === null || !("data" in value)) throw invalidFile(argument, value);

  const { data } = value;
  const source = plainSource(`${argument}.data`, data);
  if (source === undefined) throw invalidFile(`${argument}.data`, data);
  let facts: FileProperties;
  try {
    facts = propertiesOf(argument, value);
  } catch (error) {
    Promise.resolve(source).then(
      (unsent) => unsent.release(),
      () => {},
    );
    throw error;
  }
  return "then" in source
    ? source.then((checked) => declare(argument, checked, facts))
    : declare(argument, source, facts);
}

/** True for a result of `fileFromPath`. */
export function isHandle(value: object): value is FileHandle {
  return typeof Reflect.get(value, FILE_SOURCE) === "function";
}

function plainSource(argument: string, value: unknown): FileSource | Promise<FileSource> | undefined {
  if (typeof value === "function")
    return streamSource(
      () => value(),
      true,
      () => {},
    );
  if (typeof value !== "object" || value === null) return undefined;
  if (isHandle(value)) return value[FILE_SOURCE]();
  const bytes = bytesOf(value);
  if (bytes !== undefined) return bytesSource(bytes);
  if (isBlob(value)) return blobSource(value);
  return isStream(value) ? oneShotSource(argument, value) : undefined;
}

function oneShotSource(
  argument: string,
  stream: AsyncIterable<unknown> | ReadableStream<unknown>,
): FileSource {
  const failure: unknown = Reflect.get(stream, "errored");
  if (isError(failure))
    throw uploadError(`The stream in "${argument}" had already failed; nothing was sent.`, failure);
  // A Node stream must be neither ended nor destroyed.
  if ((isWebStream(stream) && stream.locked) || Reflect.get(stream, "readable") === false) {
    throw notAFile(argument, "a stream that was already read or closed");
  }
  ignoreErrors(stream);
  const source = streamSource(
    () => stream,
    false,
    () => discardStream(stream),
  );
  // The streams of `fs.createReadStream` know their file; its name determines the upload's name and type.
  const path: unknown = Reflect.get(stream, "path");
  return typeof path === "string" ? describe(source, { filename: path }) : source;
}

function propertiesOf(argument: string, value: object): FileProperties {
  const filename: unknown = Reflect.get(value, "filename") ?? undefined;
  const contentType: unknown = Reflect.get(value, "contentType") ?? undefined;
  const sizeBytes: unknown = Reflect.get(value, "sizeBytes") ?? undefined;
  if (filename !== undefined && typeof filename !== "string")
    throw invalidProperty(argument, "filename", "a string");
  if (!isUsableType(contentType))
    throw invalidProperty(argument, "contentType", "a media type such as audio/ogg");
  if (
    sizeBytes !== undefined &&
    (typeof sizeBytes !== "number" || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0)
  ) {
    throw invalidProperty(argument, "sizeBytes", "a whole number of bytes");
  }
  return { filename, contentType, sizeBytes };
}

function invalidProperty(argument: string, name: string, wanted: string): HeidiArgumentError {
  return new HeidiArgumentError(
    `${argument}.${name}`,
    `"${argument}.${name}" must be ${wanted}; nothing was sent.`,
  );
}

function declare(argument: string, source: FileSource, facts: FileProperties): FileSource {
  if (
    facts.sizeBytes !== undefined &&
    source.sizeBytes !== undefined &&
    facts.sizeBytes !== source.sizeBytes
  ) {
    throw new HeidiUploadError(
      `"${argument}" has ${source.sizeBytes} bytes, but \`sizeBytes\` is ${facts.sizeBytes}; nothing was sent. Omit \`sizeBytes\`.`,
    );
  }
  return describe(source, facts);
}

function invalidFile(argument: string, value: unknown): HeidiArgumentError {
  const hint = typeof value === "string" ? " A string is never used as a path or as content." : "";
  return notAFile(argument, kindOf(value), hint);
}
