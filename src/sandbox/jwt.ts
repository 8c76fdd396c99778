import type { Identity } from "./state.ts";

/** What a token of the sandbox says. */
export interface Claims extends Identity {
  /** Which API key it was issued for, as a hash. */
  readonly tenant: string;
  readonly jti: string;
  /** Seconds since 1970; fractions are allowed (RFC 7519, NumericDate). */
  readonly iat: number;
  readonly exp: number;
}

/** Why a token is refused. */
export type TokenFault = "malformed" | "bad-signature" | "expired" | "other-tenant";

const encoder = new TextEncoder();
const HMAC = { name: "HMAC", hash: "SHA-256" } as const;

/** Signs and checks tokens with HMAC-SHA256. */
export class TokenSigner {
  readonly #tenant: Promise<string>;
  readonly #key: Promise<CryptoKey>;

  /** The key depends on the seed alone, so that a well-signed token of another tenant can be told from a forged one. */
  constructor(apiKey: string, seed: number) {
    this.#tenant = digest(`tenant ${apiKey}`);
    this.#key = digest(`heidi sandbox ${seed}`).then((secret) =>
      crypto.subtle.importKey("raw", encoder.encode(secret), HMAC, false, ["sign", "verify"]),
    );
  }

  async sign(identity: Identity, jti: string, issuedAtMs: number, expiresAtMs: number): Promise<string> {
    const claims: Claims = {
      ...identity,
      tenant: await this.#tenant,
      jti,
      iat: issuedAtMs / 1000,
      exp: expiresAtMs / 1000,
    };
    const signed = `${encodeJson({ alg: "HS256", typ: "JWT" })}.${encodeJson(claims)}`;
    const signature = await crypto.subtle.sign("HMAC", await this.#key, encoder.encode(signed));
    return `${signed}.${encodeBytes(new Uint8Array(signature))}`;
  }

  async verify(token: string, nowMs: number): Promise<Claims | TokenFault> {
    const [head, payload, signature, ...more] = token.split(".");
    if (head === undefined || payload === undefined || signature === undefined || more.length > 0)
      return "malformed";
    const signatureBytes = decodeBytes(signature);
    const header = decodeJson(head);
    const claims = decodeJson(payload);
    if (signatureBytes === undefined || header?.["alg"] !== "HS256" || !isClaims(claims)) return "malformed";
    const signed = encoder.encode(`${head}.${payload}`);
    if (!(await crypto.subtle.verify("HMAC", await this.#key, signatureBytes, signed)))
      return "bad-signature";
    if (claims.tenant !== (await this.#tenant)) return "other-tenant";
    return nowMs >= Math.round(claims.exp * 1000) ? "expired" : claims;
  }
}

async function digest(text: string): Promise<string> {
  return encodeBytes(new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text))));
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
  return encodeBytes(encoder.encode(JSON.stringify(value)));
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
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
