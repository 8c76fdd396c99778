import { brotliCompressSync, gzipSync } from "node:zlib";
import type { Data } from "./script.ts";

const MIB = 1024 * 1024;

/** The bytes that a description stands for. */
export function bytesOf(data: Data): Buffer {
  if (typeof data === "string") return Buffer.from(data, "utf8");
  if ("base64" in data) return Buffer.from(data.base64, "base64");
  if ("repeat" in data) return Buffer.from(data.repeat.repeat(data.times), "utf8");
  if ("gzip" in data) return gzipSync(bytesOf(data.gzip));
  if ("brotli" in data) return brotliCompressSync(bytesOf(data.brotli));
  return gzipBomb(data.gzipBombBytes);
}

// A gzip file may have many members, so one compressed mebibyte serves for any size.
function gzipBomb(unpackedBytes: number): Buffer {
  const member = gzipSync(Buffer.alloc(MIB, "x"));
  const members = Array.from({ length: Math.ceil(unpackedBytes / MIB) }, () => member);
  return Buffer.concat([gzipSync('{"a":"'), ...members, gzipSync('"}')]);
}
