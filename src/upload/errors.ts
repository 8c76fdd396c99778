import { HeidiArgumentError, HeidiUploadError } from "../errors.ts";
import { isError } from "../utils/values.ts";

/** The valid kinds of a file argument, for messages. */
const ACCEPTED =
  "fileFromPath(path), a File or Blob, a Uint8Array or ArrayBuffer, a web or Node stream, an async iterable of bytes, " +
  "a function that returns a stream, or { data, filename, contentType, sizeBytes } around one of them";

export function notAFile(argument: string, found: string, hint = ""): HeidiArgumentError {
  return new HeidiArgumentError(
    argument,
    `"${argument}" must be a file, but it is ${found}; nothing was sent. Pass ${ACCEPTED}.${hint}`,
  );
}

/** Names a value's kind without showing the value. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "an array";
  const type = typeof value;
  return type === "object" ? "an object" : type === "undefined" ? "undefined" : `a ${type}`;
}

export function uploadError(message: string, cause?: unknown): HeidiUploadError {
  return new HeidiUploadError(message, { cause: redactPath(cause) });
}

/** Returns the code of a system error, such as `ENOENT`; empty when it has none. */
export function codeOf(error: unknown): string {
  const code: unknown = isError(error) ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : "";
}

/**
 * Redacts a system error of Node: its message and `path` name the file, and a file name can name a patient.
 * The useful properties (`code`, `syscall`, `errno`) are kept; an error without a path is returned unchanged.
 */
export function redactPath(cause: unknown): unknown {
  if (!isError(cause) || !("path" in cause || "dest" in cause)) return cause;
  const code = codeOf(cause) || "UNKNOWN";
  const syscall = String(Reflect.get(cause, "syscall") ?? "open");
  return Object.assign(new Error(`${code} in ${syscall}`), {
    code,
    syscall,
    errno: Reflect.get(cause, "errno"),
  });
}
