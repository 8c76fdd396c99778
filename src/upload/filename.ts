import { encodeText } from "../utils/utf8.ts";
import { extensionOf } from "./sniff.ts";

/** The limit of common file systems, which receivers store names under. */
const LONGEST_BYTES = 255;

// Controls, line and paragraph separators, and the marks that make "exe.gpj" read as "jpg.exe".
const UNSAFE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const LONE_SURROGATE = /\p{Cs}/gu;

/** Returns a name that is safe to send: no path, no controls, not too long; a default by the content type if it is empty. */
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
  if (encodeText(name).byteLength <= LONGEST_BYTES) return name;
  const extension = /\.[^.\s]{1,16}$/u.exec(name)?.[0] ?? "";
  let room = LONGEST_BYTES - encodeText(extension).byteLength;
  let stem = "";
  for (const character of name.slice(0, name.length - extension.length)) {
    room -= encodeText(character).byteLength;
    if (room < 0) break;
    stem += character;
  }
  return stem + extension;
}

/** A name or file name inside a quoted header parameter, as browsers encode it; other controls likewise. */
export function quoteParameter(value: string): string {
  const escaped = value.replace(/[\p{Cc}"]/gu, (character) => {
    return `%${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, "0")}`;
  });
  return `"${escaped}"`;
}
