import { Heidi, HeidiConfigurationError } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { BASE_URL, clinicianOn, refusalOf } from "./support.ts";

const SECRET = "canary-4711";

describe("a header of one's own", () => {
  const bad: [string, unknown][] = [
    ["a line break", `${SECRET}\r\nx-evil: 1`],
    ["a carriage return", `${SECRET}\r`],
    ["NUL", `${SECRET}\0`],
    ["more than Latin-1", `${SECRET}😀`],
    ["a number", 1],
    ["a symbol", Symbol(SECRET)],
    ["an object with toString", { toString: () => SECRET }],
    ["a function", () => SECRET],
    ["an array", [SECRET]],
  ];

  it.each(bad)("is refused by name when its value is %s, and not quoted [G5]", async (_, value) => {
    const headers = { "X-Trace": value } as Record<string, string>;
    const { clinician, sent } = clinicianOn();
    const error = await refusalOf(() => clinician.templates.list({ headers }));
    expect(error.message).toContain("`x-trace`");
    expect(error.message).not.toContain(SECRET);
    expect(sent).toEqual([]);
    expect(() => new Heidi({ apiKey: "key", baseUrl: BASE_URL, headers })).toThrow(HeidiConfigurationError);
  });

  it.each([[""], ["a b"], ["a:b"], ["a\r\nb"], ["ä"], [`${SECRET} `]])(
    "is refused when its name is %j, and not quoted [G5]",
    async (name) => {
      const { clinician, sent } = clinicianOn();
      const error = await refusalOf(() => clinician.templates.list({ headers: { [name]: "1" } }));
      expect(error.message).toBe("A name in `headers` is not a valid header name.");
      expect(sent).toEqual([]);
    },
  );

  it.each([
    ["a string", "x: 1"],
    ["a list", [["x", "1"]]],
    ["null", null],
    ["a number", 1],
  ])("cannot be given as %s [G5]", async (_, headers) => {
    const { clinician } = clinicianOn();
    expect((await refusalOf(() => clinician.templates.list({ headers: headers as never }))).argument).toBe(
      "headers",
    );
  });

  it("reaches the server; the call's one wins over the client's, and null takes it away [G6]", async () => {
    const { clinician, sent } = clinicianOn(undefined, { headers: { "X-One": "client", "x-two": "client" } });
    await clinician.templates.list({ headers: { "x-ONE": "call", "X-Two": null, "x-three": undefined } });
    await clinician.templates.list({ headers: new Headers({ "x-one": "object" }) as never });
    expect(sent[0]?.headers).toMatchObject({ "x-one": "call" });
    expect(Object.keys(sent[0]?.headers ?? {})).not.toContain("x-two");
    expect(Object.keys(sent[0]?.headers ?? {})).not.toContain("x-three");
    expect(sent[1]?.headers).toMatchObject({ "x-one": "object", "x-two": "client" });
  });
});

describe("a header that says who asks, where, or how long the body is", () => {
  const names = [
    ["Authorization"],
    ["Heidi-Api-Key"],
    ["Host"],
    ["Content-Length"],
    ["Content-Type"],
    ["Transfer-Encoding"],
    ["Connection"],
    ["Expect"],
    ["Upgrade"],
    ["TE"],
    ["Trailer"],
    ["Keep-Alive"],
    ["Accept-Encoding"],
  ] as const;

  it.each(names)(
    "%s cannot be overridden, removed or left empty, in a call or in a client [G6]",
    async (name) => {
      const { clinician, sent } = clinicianOn();
      for (const value of [SECRET, "", null]) {
        for (const spelling of [name, name.toLowerCase(), name.toUpperCase()]) {
          const headers = { [spelling]: value };
          const error = await refusalOf(() => clinician.templates.list({ headers }));
          expect(error.message).toContain("cannot be overridden");
          expect(error.message).not.toContain(SECRET);
          expect(() => Heidi.withToken("jwt", { baseUrl: BASE_URL, headers })).toThrow(
            HeidiConfigurationError,
          );
        }
      }
      expect(sent).toEqual([]);
    },
  );
});
