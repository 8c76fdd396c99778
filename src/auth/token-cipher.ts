import { decodeText, encodeText } from "../utils/utf8.ts";
import type { Identity } from "./access-token-provider.ts";

/** What entries of a shared store are bound to besides their user. */
export interface Scope {
  readonly baseUrl: string;
  readonly apiKey: string;
}

const VERSION = "heidi-token-v1";
const IV_BYTES = 12;
/** More than any sealed token takes. Longer garbage is not even decoded. */
const MAX_SEALED_LENGTH = 32_768;

/** JSON keeps the parts apart whatever they contain, lone surrogates included. */
const encode = (...parts: readonly string[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(encodeText(JSON.stringify(parts)));

/**
 * Hides tokens in a store. The encryption key comes from the API key and the host, and an entry's own key is part of
 * what is authenticated: an entry of another user, host or API key cannot be opened, wherever it was copied to.
 */
export class TokenCipher {
  readonly #subtle: SubtleCrypto;
  readonly #scope: Scope;
  #derived: CryptoKey | undefined;

  private constructor(subtle: SubtleCrypto, scope: Scope) {
    this.#subtle = subtle;
    this.#scope = scope;
  }

  /** Undefined where the runtime has no WebCrypto: browsers keep it from pages without https. */
  static for(scope: Scope): TokenCipher | undefined {
    const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
    return subtle === undefined ? undefined : new TokenCipher(subtle, scope);
  }

  /** Nobody waits for another's derivation, which may have ended with its request. */
  async #cipherKey(): Promise<CryptoKey> {
    const key = this.#derived ?? (await deriveKey(this.#subtle, this.#scope));
    this.#derived = key;
    return key;
  }

  /** The name of a user's entry: distinct for distinct users, hosts and API keys, and tells nothing of them. */
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

  /** Undefined for anything that was not closed under this key with the same API key and host. */
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
