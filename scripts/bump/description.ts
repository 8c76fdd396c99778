import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { replaceFiles } from "../emit/files.ts";
import { emitLock } from "../emit/lock.ts";
import { bundledFile } from "../spec/effective.ts";
import { SpecError, stop } from "../spec/problem.ts";
import { parseSource, type Source } from "../spec/source.ts";
import { createSpec } from "../spec/spec.ts";
import { validate } from "../spec/validate.ts";
import { readOverlays } from "./rebase.ts";
import { lint } from "./redocly.ts";

/** Larger than any API description. */
const LIMIT_BYTES = 5 * 1024 * 1024;
const TIMEOUT_MS = 30_000;
const MAX_REDIRECTS = 3;
const REDIRECTS = [301, 302, 303, 307, 308];

/** Returns the text of a description from a file or an https URL; writes nothing. */
export async function readDescription(
  source: string,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<string> {
  const bytes = /^[a-z][a-z\d+.-]+:\/\//i.test(source) ? await download(source, fetch) : readLocal(source);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return stop(`${source}:1`, "not UTF-8 text: pass an OpenAPI description as YAML or JSON");
  }
}

function readLocal(file: string): Uint8Array {
  try {
    if (statSync(file).size > LIMIT_BYTES) return tooLarge(file);
    return readFileSync(file);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    return stop(`${file}:1`, `cannot be read (${String(error.code)}): pass a file or an https URL`);
  }
}

function tooLarge(source: string): never {
  return stop(`${source}:1`, `larger than ${LIMIT_BYTES} bytes: this is not an API description`);
}

async function download(source: string, fetch: typeof globalThis.fetch): Promise<Uint8Array> {
  const { host } = checkAddress(source, source);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  let address = source;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const response = await request(address, source, signal, fetch);
    if (!REDIRECTS.includes(response.status)) {
      if (!response.ok) stop(`${source}:1`, `answered with status ${response.status}: check the URL`);
      return await readBody(response, source, signal);
    }
    await response.body?.cancel();
    const next = new URL(response.headers.get("location") ?? "", address);
    if (checkAddress(next.href, source).host !== host)
      stop(`${source}:1`, `redirects to another host (${next.host}): pass that URL if you trust it`);
    address = next.href;
  }
  return stop(`${source}:1`, `redirects more than ${MAX_REDIRECTS} times: pass the final URL`);
}

function checkAddress(address: string, source: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== "https:") return stop(`${source}:1`, "not an https URL: use https or a file");
  return url;
}

async function request(
  address: string,
  source: string,
  signal: AbortSignal,
  fetch: typeof globalThis.fetch,
): Promise<Response> {
  try {
    return await fetch(address, { redirect: "manual", signal });
  } catch (error) {
    return unreachable(source, error);
  }
}

async function readBody(response: Response, source: string, signal: AbortSignal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      signal.throwIfAborted();
      size += chunk.byteLength;
      // Leaving the loop closes the connection.
      if (size > LIMIT_BYTES) break;
      chunks.push(chunk);
    }
  } catch (error) {
    return unreachable(source, error);
  }
  return size > LIMIT_BYTES ? tooLarge(source) : Buffer.concat(chunks);
}

function unreachable(source: string, error: unknown): never {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = cause instanceof Error ? cause.message.split("\n", 1)[0] : String(cause);
  return stop(`${source}:1`, `could not be fetched (${why}): try again, or download it and pass the file`);
}

/** Parses and validates an OpenAPI 3.1 description, without the lint of {@link checkForm}. */
export function readSound(name: string, text: string): Source {
  if (text.includes("\0")) stop(`${name}:1`, "not text: pass an OpenAPI description as YAML or JSON");
  const source = parseSource(name, text);
  validate(createSpec(source));
  return source;
}

/** Lints the description in a child process, so that other work can continue; throws with its problems. */
export async function checkForm(name: string, text: string): Promise<void> {
  const problems = await lint(name, text);
  if (problems.length > 0) throw new SpecError(problems);
}

/** Parses a description and runs every check that needs no overlay. */
export async function checkDescription(name: string, text: string): Promise<Source> {
  const source = readSound(name, text);
  await checkForm(name, text);
  return source;
}

const LOCK = "openapi/spec.lock.json";

/** Writes the description `text` into `openapi/` unchanged, with its lock; returns the names of the written files. */
export async function pull(root: string, name: string, text: string): Promise<string[]> {
  const { value } = await checkDescription(name, text);
  const folder = mkdtempSync(join(tmpdir(), "pull-"));
  try {
    mkdirSync(join(folder, "openapi/overlays"), { recursive: true });
    for (const overlay of readOverlays(root)) writeFileSync(join(folder, overlay.name), overlay.text);
    writeFileSync(join(folder, bundledFile), text);
    return replaceFiles(
      root,
      new Map([
        [bundledFile, text],
        [LOCK, emitLock(folder, value)],
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
