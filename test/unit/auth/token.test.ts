import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { parseExchange } from "../../../src/auth/access-token.ts";
import { Token } from "../../../src/auth/token.ts";
import { createTokenCache } from "../../../src/auth/token-cache.ts";
import { HeidiDecodeError } from "../../../src/errors.ts";
import { ANNA, failure, fakeApi, fakeClock, SCOPE } from "./support.ts";

const GOOD = { token: "header.payload.signature", expiration_time: "2024-08-01T01:00:00.000Z" };
const SECRET = "CANARY";

function caught(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("the answer of the token exchange", () => {
  it("is read as it is specified", () => {
    const { token, expiresAtMs } = parseExchange(GOOD);
    expect(token.value).toBe(GOOD.token);
    expect(token.expirationTime).toBe(GOOD.expiration_time);
    expect(expiresAtMs).toBe(Date.UTC(2024, 7, 1, 1));
  });

  it.each([
    ["missing", undefined],
    ["null", null],
    ["a number", 5],
    ["an object", { value: SECRET }],
    ["empty", ""],
    ["blank", "   "],
    ["with a line break at its end", `${SECRET}\n`],
    ["with CR LF inside", `${SECRET}\r\nHost: evil.example`],
    ["with a NUL", `${SECRET}\0`],
    ["with a leading space", ` ${SECRET}`],
    ["with an inner space", `Bearer ${SECRET}`],
    ["outside of Latin-1", `${SECRET}\u{1f600}`],
    ["outside of ASCII", `${SECRET}é`],
    ["too long to be sent", SECRET.repeat(1_000_000)],
  ])("is refused when the token is %s, without quoting it [A24]", (_, token) => {
    const error = caught(() => parseExchange({ ...GOOD, token }));
    expect(error).toBeInstanceOf(HeidiDecodeError);
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(SECRET);
    expect(error).toMatchObject({ operation: "getJwt", outcome: "not-sent" });
  });

  it.each([
    ["a page instead of JSON", `<html>${SECRET}</html>`],
    ["nothing", undefined],
    ["an empty text", ""],
    ["null", null],
    ["an array", [GOOD]],
    ["wrapped in something", { data: { ...GOOD, token: SECRET } }],
    ["without a time", { token: SECRET }],
    ["with a time that is none", { token: SECRET, expiration_time: SECRET }],
    ["with a token only inherited", Object.create({ ...GOOD, token: SECRET })],
    [
      "with a prototype as JSON",
      JSON.parse(`{"__proto__":{"token":"${SECRET}","expiration_time":"2099-01-01"}}`),
    ],
  ])("is refused when it is %s, without a word of it [A25]", (_, body) => {
    const error = caught(() => parseExchange(body));
    expect(error).toBeInstanceOf(HeidiDecodeError);
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(SECRET);
    expect(Reflect.get({}, "token")).toBeUndefined();
  });

  it.each([
    { token: GOOD.token, expiration_time: "soon" },
    { token: "", expiration_time: GOOD.expiration_time },
    { token: GOOD.token, expiration_time: null },
  ])("is not cached when it cannot be used: the next call asks again [A23][A24]", async (body) => {
    const clock = fakeClock();
    const api = fakeApi(clock);
    api.answer = (plain) => (api.asked.length === 1 ? { ...plain, body } : plain);
    const source = createTokenCache({ exchange: api.exchange, scope: SCOPE, clock }).forUser(ANNA);
    expect(await failure(source.get())).toBeInstanceOf(HeidiDecodeError);
    expect((await source.get()).value).toBe("jwt.ehr-1.2");
  });
});

describe("a token", () => {
  it("shows its value to nobody who prints it", () => {
    const token = new Token(SECRET, "2024-08-01T00:00:00Z");
    expect(inspect(token, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(SECRET);
    expect(JSON.stringify({ token })).not.toContain(SECRET);
  });
});
