/** A user's bearer token. JSON and inspection do not show its value. */
export class Token {
  readonly #value: string;
  /** The expiration in ISO 8601; empty for a caller's JWT without one. */
  readonly expirationTime: string;

  constructor(value: string, expirationTime: string) {
    this.#value = value;
    this.expirationTime = expirationTime;
  }

  /** The JWT: a secret, never log it. */
  get value(): string {
    return this.#value;
  }
}

// With hidden fields and getters requested, Node's inspect would call `value`.
Object.defineProperty(Token.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: Token): string {
    return `Token { expirationTime: '${this.expirationTime}' }`;
  },
});

/** Servers accept about 16 KB of headers in total; a longer token could never be sent. */
const MAX_TOKEN_LENGTH = 12_288;

/** True for a value that can be sent unchanged in `Authorization: Bearer …`: visible ASCII without blanks or line breaks. */
export function isSendableToken(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_TOKEN_LENGTH && /^[!-~]+$/.test(value);
}
