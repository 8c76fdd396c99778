/** A user's bearer token. Its value is kept out of JSON and of inspection. */
export class Token {
  readonly #value: string;
  /** When it expires, ISO 8601; empty for a given JWT that does not say. */
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

// Asked for hidden fields and getters, Node's inspect would call `value`.
Object.defineProperty(Token.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: Token): string {
    return `Token { expirationTime: '${this.expirationTime}' }`;
  },
});

/** Servers take about 16 KB of headers in all; a longer token could never be sent. */
const MAX_TOKEN_LENGTH = 12_288;

/** True for what can be sent as it is in `Authorization: Bearer …`: visible ASCII without blanks or line breaks. */
export function isSendableToken(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_TOKEN_LENGTH && /^[!-~]+$/.test(value);
}
