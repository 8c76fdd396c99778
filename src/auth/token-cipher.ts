import { decodeText, encodeText } from "../utils/utf8.ts";
import type { Identity } from "./access-token-provider.ts";

/** The host and API key to which entries of a shared store are bound, besides their user. */
export interface Scope {
  readonly baseUrl: string;
  readonly apiKey: string;
}

const VERSION = "heidi-token-v1";
const IV_BYTES = 12;
/** Longer than any encrypted token. A longer text is not decoded. */
const MAX_SEALED_LENGTH = 32_768;

/** JSON separates the parts regardless of their content, including lone surrogates. */
const encode = (...parts: readonly string[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(encodeText(JSON.stringify(parts)));

/**
 * Encrypts tokens for a store. The encryption key is derived from the API key and the host, and the entry's key is
 * authenticated: an entry of another user, host or API key cannot be decrypted, wherever it was copied.
 */
export class TokenCipher {
  readonly #subtle: SubtleCrypto;
  readonly #scope: Scope;
  #derived: CryptoKey | undefined;

  private constructor(subtle: SubtleCrypto, scope: Scope) {
    this.#subtle = subtle;
    this.#scope = scope;
  }

  /** Undefined if the runtime has no WebCrypto: browsers do not offer it to pages without https. */
  static for(scope: Scope): TokenCipher | undefined {
    const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
    return subtle === undefined ? undefined : new TokenCipher(subtle, scope);
  }

  /** No caller waits for another caller's derivation, which may have ended with its request. */
  async #cipherKey(): Promise<CryptoKey> {
    const key = this.#derived ?? (await deriveKey(this.#subtle, this.#scope));
    this.#derived = key;
    return key;
  }

  /** Returns the key of a user's entry: distinct for distinct users, hosts and API keys, and reveals nothing of them. */
  async keyFor({ email, thirdPartyInternalId }: Identity): Promise<string> {
    const { baseUrl, apiKey } = this.#scope;
    const digest = await this.#subtle.digest(
      "SHA-256",
      encode(VERSION, baseUrl, apiKey, email, thirdPartyInternalId),
    );
    return `${VERSION}:${toBase64(new Uint8Array(digest)).replace(/\+/g, "-").replace(/\//g, "_").replace("=", "")}`;
  }

  async encrypt(key: string, plain: string): Promise<string> {
    const iv = globalThis.crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const data = Uint8Array.from(encodeText(plain));
    const algorithm = { name: "AES-GCM", iv, additionalData: encode(key) };
    const sealed = new Uint8Array(await this.#subtle.encrypt(algorithm, await this.#cipherKey(), data));
    const whole = new Uint8Array(IV_BYTES + sealed.length);
    whole.set(iv);
    whole.set(sealed, IV_BYTES);
    return toBase64(whole);
  }

  /** Returns undefined for a text that was not encrypted under this key with the same API key and host. */
  async decrypt(key: string, value: unknown): Promise<string | undefined> {
    if (typeof value !== "string" || value.length > MAX_SEALED_LENGTH) return undefined;
    try {
      const whole = fromBase64(value);
      const algorithm = { name: "AES-GCM", iv: whole.slice(0, IV_BYTES), additionalData: encode(key) };
      const plain = await this.#subtle.decrypt(algorithm, await this.#cipherKey(), whole.slice(IV_BYTES));
      return decodeText(new Uint8Array(plain));
    } catch {
      return undefined;
    }
  }
}

async function deriveKey(subtle: SubtleCrypto, { baseUrl, apiKey }: Scope): Promise<CryptoKey> {
  const material = await subtle.importKey("raw", encode(apiKey), "HKDF", false, ["deriveKey"]);
  const algorithm = { name: "HKDF", hash: "SHA-256", salt: encode(VERSION), info: encode(baseUrl) };
  return subtle.deriveKey(algorithm, material, { name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
