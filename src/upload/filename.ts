import { encodeText } from "../utils/utf8.ts";
import { extensionOf } from "./sniff.ts";

/** The maximum length of a file name in common file systems, because receivers may store the file. */
const MAX_NAME_BYTES = 255;

// Control characters, line and paragraph separators, and bidirectional marks, which can display "exe.gpj" as "jpg.exe".
const UNSAFE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const LONE_SURROGATE = /\p{Cs}/gu;

/** Returns a name that is safe to send: without path and control characters, not too long; for an empty name, a default by the content type. */
export function safeFilename(given: string | undefined, contentType: string, audio: boolean): string {
  const base = (given ?? "").split(/[/\\]/).at(-1) ?? "";
  const clean = base.replace(UNSAFE, "").replace(LONE_SURROGATE, "\ufffd").trim();
  if (clean === "" || clean === "." || clean === "..") return defaultFilename(contentType, audio);
  return shorten(clean);
}

function defaultFilename(contentType: string, audio: boolean): string {
  const stem = audio ? "audio" : "file";
  const extension = extensionOf(contentType);
  return extension === undefined ? stem : `${stem}.${extension}`;
}

/** Shortens the middle of a name between characters, and keeps the extension. */
function shorten(name: string): string {
  if (encodeText(name).byteLength <= MAX_NAME_BYTES) return name;
  const extension = /\.[^.\s]{1,16}$/u.exec(name)?.[0] ?? "";
  let room = MAX_NAME_BYTES - encodeText(extension).byteLength;
  let stem = "";
  for (const character of name.slice(0, name.length - extension.length)) {
    room -= encodeText(character).byteLength;
    if (room < 0) break;
    stem += character;
  }
  return stem + extension;
}

/** Returns a name or file name as a quoted header parameter, encoded as in browsers, including all control characters. */
export function quoteParameter(value: string): string {
  const escaped = value.replace(/[\p{Cc}"]/gu, (character) => {
    return `%${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, "0")}`;
  });
  return `"${escaped}"`;
}
