import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMultipart } from "../../../src/upload/multipart.ts";
import type { OpenOptions, RequestBody } from "../../../src/upload/types.ts";
import type { Rules } from "../../../src/utils/validate.ts";

export const AUDIO: Rules = { file: { required: true, type: "file" } };
export const DOCUMENT: Rules = { file: { type: "file" }, unstructured: { type: "boolean" } };

export function audio(file: unknown): Promise<RequestBody> {
  return createMultipart({ file }, AUDIO, { audio: true });
}

export function iterate(body: RequestBody, options?: OpenOptions): AsyncIterator<Uint8Array> {
  const content = body.open(options);
  if (typeof content === "string" || content instanceof Uint8Array) throw new Error("expected an iterable");
  return content[Symbol.asyncIterator]();
}

/** All bytes of one attempt; each chunk is copied before the next is asked for, as a socket would. */
export async function collect(body: RequestBody, options?: OpenOptions): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  const iterator = iterate(body, options);
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
    chunks.push(Buffer.from(next.value));
  return Buffer.concat(chunks);
}

export interface ParsedPart {
  readonly name: string;
  readonly filename: string | undefined;
  readonly contentType: string | undefined;
  readonly content: Buffer;
}

/** A parser that forgives nothing: every byte has to be where RFC 7578 and RFC 2046 want it. */
export function parseStrictly(body: Buffer, contentType: string): ParsedPart[] {
  const boundary = /^multipart\/form-data; boundary=([0-9A-Za-z-]{20,70})$/.exec(contentType)?.[1];
  if (boundary === undefined) throw new Error("bad content type");
  const delimiter = `--${boundary}`;
  const end = `${delimiter}--\r\n`;
  const text = body.toString("latin1");
  if (!text.startsWith(`${delimiter}\r\n`) || !text.endsWith(`\r\n${end}`)) throw new Error("bad frame");
  const inner = text.slice(`${delimiter}\r\n`.length, text.length - `\r\n${end}`.length);
  return inner.split(`\r\n${delimiter}\r\n`).map((part) => {
    const split = part.indexOf("\r\n\r\n");
    const [disposition = "", type, ...rest] = part.slice(0, split).split("\r\n");
    const match =
      /^Content-Disposition: form-data; name="([^"\r\n\0]*)"(?:; filename="([^"\r\n\0]*)")?$/.exec(
        disposition,
      );
    if (split < 0 || match === null || rest.length > 0) throw new Error("bad part");
    if (type !== undefined && !type.startsWith("Content-Type: ")) throw new Error("bad type line");
    return {
      name: utf8(match[1] ?? ""),
      filename: match[2] === undefined ? undefined : utf8(match[2]),
      contentType: type?.slice("Content-Type: ".length),
      content: Buffer.from(part.slice(split + 4), "latin1"),
    };
  });
}

function utf8(latin1: string): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(latin1, "latin1"));
}

export async function parse(body: RequestBody): Promise<ParsedPart[]> {
  const bytes = await collect(body);
  if (body.sizeBytes !== undefined && body.sizeBytes !== bytes.byteLength)
    throw new Error("wrong announced length");
  return parseStrictly(bytes, body.contentType);
}

export async function partOf(body: RequestBody): Promise<ParsedPart> {
  const [part] = await parse(body);
  if (part === undefined) throw new Error("no part");
  return part;
}

export async function failure(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("expected a rejection");
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A directory that is gone when the test file is done. */
export function createScratch(): { path(name: string): string; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), "heidi-upload-"));
  return {
    path: (name) => join(directory, name),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** How many descriptors of this process are open; undefined where /proc does not tell. */
export function openDescriptors(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return undefined;
  }
}
