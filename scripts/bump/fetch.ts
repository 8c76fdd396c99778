import { readFileSync, statSync } from "node:fs";
import { stop } from "../spec/problem.ts";

/** No description of an API is larger; whatever is, is something else. */
const LIMIT_BYTES = 5 * 1024 * 1024;
const TIMEOUT_MS = 30_000;
const MAX_REDIRECTS = 3;
const REDIRECTS = [301, 302, 303, 307, 308];

/** The text of a description from a file or an https address; nothing is written. */
export async function readDescription(
  source: string,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<string> {
  const bytes = /^[a-z][a-z\d+.-]+:\/\//i.test(source) ? await download(source, fetch) : readLocal(source);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return stop(`${source}:1`, "not UTF-8 text: give it the YAML or JSON of an OpenAPI description");
  }
}

function readLocal(file: string): Uint8Array {
  try {
    if (statSync(file).size > LIMIT_BYTES) return tooLarge(file);
    return readFileSync(file);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    return stop(`${file}:1`, `cannot be read (${String(error.code)}): give it a file or an https address`);
  }
}

function tooLarge(source: string): never {
  return stop(`${source}:1`, `larger than ${LIMIT_BYTES} bytes: this is no description of an API`);
}

async function download(source: string, fetch: typeof globalThis.fetch): Promise<Uint8Array> {
  const { host } = checkAddress(source, source);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  let address = source;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const response = await request(address, source, signal, fetch);
    if (!REDIRECTS.includes(response.status)) {
      if (!response.ok) stop(`${source}:1`, `answered with status ${response.status}: check the address`);
      return await readBody(response, source, signal);
    }
    await response.body?.cancel();
    const next = new URL(response.headers.get("location") ?? "", address);
    if (checkAddress(next.href, source).host !== host)
      stop(`${source}:1`, `redirects to another host (${next.host}): give that address if you trust it`);
    address = next.href;
  }
  return stop(`${source}:1`, `redirects more than ${MAX_REDIRECTS} times: give the final address`);
}

function checkAddress(address: string, source: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== "https:") return stop(`${source}:1`, "not an https address: use https or a file");
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
  return stop(`${source}:1`, `could not be fetched (${why}): try again, or download it and give the file`);
}
