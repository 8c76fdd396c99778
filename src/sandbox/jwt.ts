import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { decodeText, encodeText } from "../utils/utf8.ts";
import type { Identity } from "./state.ts";

/** The claims of a sandbox token. */
export interface Claims extends Identity {
  /** The hash of the API key that it was issued for. */
  readonly tenant: string;
  readonly jti: string;
  /** Seconds since 1970; fractions are allowed (RFC 7519, NumericDate). */
  readonly iat: number;
  readonly exp: number;
}

/** The reason why a token is rejected. */
export type TokenFault = "malformed" | "bad-signature" | "expired" | "other-tenant";

/**
 * Signs and checks tokens with HMAC-SHA256. It does not use WebCrypto, and therefore not `jose`: pages without TLS and
 * Jest's jsdom lack WebCrypto, and `jose` compares times in whole seconds, so that a short-lived token would outlive its end.
 */
export class TokenSigner {
  readonly #tenant: string;
  readonly #key: Uint8Array;

  /** The key depends on the seed alone, so that a valid token of another tenant differs from a forged one. */
  constructor(apiKey: string, seed: number) {
    this.#tenant = encodeBytes(sha256(encodeText(`tenant ${apiKey}`)));
    this.#key = encodeText(encodeBytes(sha256(encodeText(`heidi sandbox ${seed}`))));
  }

  sign(identity: Identity, jti: string, issuedAtMs: number, expiresAtMs: number): string {
    const claims: Claims = {
      ...identity,
      tenant: this.#tenant,
      jti,
      iat: issuedAtMs / 1000,
      exp: expiresAtMs / 1000,
    };
    const signed = `${encodeJson({ alg: "HS256", typ: "JWT" })}.${encodeJson(claims)}`;
    return `${signed}.${this.#signatureOf(signed)}`;
  }

  verify(token: string, nowMs: number): Claims | TokenFault {
    const [head, payload, signature, ...more] = token.split(".");
    if (head === undefined || payload === undefined || signature === undefined || more.length > 0)
      return "malformed";
    const header = decodeJson(head);
    const claims = decodeJson(payload);
    if (decodeBytes(signature) === undefined || header?.["alg"] !== "HS256" || !isClaims(claims))
      return "malformed";
    if (signature !== this.#signatureOf(`${head}.${payload}`)) return "bad-signature";
    if (claims.tenant !== this.#tenant) return "other-tenant";
    return nowMs >= Math.round(claims.exp * 1000) ? "expired" : claims;
  }

  #signatureOf(text: string): string {
    return encodeBytes(hmac(sha256, this.#key, encodeText(text)));
  }
}

function isClaims(value: Record<string, unknown> | undefined): value is Record<string, unknown> & Claims {
  return (
    value !== undefined &&
    typeof value["email"] === "string" &&
    typeof value["third_party_internal_id"] === "string" &&
    typeof value["tenant"] === "string" &&
    typeof value["exp"] === "number"
  );
}

function encodeJson(value: unknown): string {
  return encodeBytes(encodeText(JSON.stringify(value)));
}

function encodeBytes(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

function decodeBytes(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]+$/.test(text)) return undefined;
  try {
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) =>
      char.charCodeAt(0),
    );
  } catch {
    return undefined;
  }
}

function decodeJson(text: string): Record<string, unknown> | undefined {
  const bytes = decodeBytes(text);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(decodeText(bytes));
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
