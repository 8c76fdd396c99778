import { runInNewContext } from "node:vm";
import { Heidi, HeidiConfigurationError, type Middleware } from "heidi-health-sdk";
import { Headers as UndiciHeaders } from "undici";
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
      expect(error.message).toBe(
        "A name in `headers` is not a valid header name. [docs/errors.md#heidiargumenterror]",
      );
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

describe("headers in another form than an object", () => {
  const values = { "X-One": "1", "x-two": "2" };
  // jsdom and undici have Headers of their own, as have polyfills, the oldest of which can only be walked through.
  class ForeignHeaders {
    readonly #values = Object.entries(values);
    forEach(use: (value: string, name: string) => void): void {
      for (const [name, value] of this.#values) use(value, name);
    }
  }
  async function* later(): AsyncGenerator<[string, string]> {
    yield ["x-one", "1"];
  }
  function* pairs(): Generator<[string, string]> {
    yield* Object.entries(values);
  }

  it.each<[string, () => unknown]>([
    ["Headers of undici", () => new UndiciHeaders(values)],
    ["an object of another realm", () => runInNewContext("({ 'X-One': '1', 'x-two': '2' })")],
    ["a Map of another realm", () => runInNewContext("new Map([['X-One', '1'], ['x-two', '2']])")],
    ["Headers that have forEach only", () => new ForeignHeaders()],
    ["a Map", () => new Map(Object.entries(values))],
    ["search parameters", () => new URLSearchParams(values)],
    ["pairs, one by one", () => pairs()],
    ["an object without a prototype", () => Object.assign(Object.create(null), values)],
    [
      "an object of a class with fields",
      () =>
        new (class {
          "X-One" = "1";
          "x-two" = "2";
        })(),
    ],
  ])("such as %s are sent, from a call and from a client [R27]", async (_, make) => {
    const { clinician, sent } = clinicianOn();
    await clinician.templates.list({ headers: make() as never });
    expect(sent[0]?.headers).toMatchObject({ "x-one": "1", "x-two": "2" });
    const other = clinicianOn(undefined, { headers: make() as never });
    await other.clinician.templates.list();
    expect(other.sent[0]?.headers).toMatchObject({ "x-one": "1", "x-two": "2" });
  });

  it.each<[string, () => unknown]>([
    ["an asynchronous iterator", () => later()],
    ["a WeakMap", () => new WeakMap()],
    [
      "an object of a class with getters",
      () =>
        new (class {
          get "x-one"(): string {
            return "1";
          }
        })(),
    ],
    ["a Set of names", () => new Set(["x-one"])],
    ["a Map of Maps", () => new Map([[new Map(), "1"]])],
    ["a date", () => new Date()],
    ["bytes", () => new Uint8Array(3)],
    ["a promise of Headers", () => Promise.resolve(new Headers(values))],
    ["a Map with a number", () => new Map([["x-one", 1]])],
    ["an authorization in a Map", () => new Map([["authorization", "1"]])],
  ])("such as %s are refused, and nothing is sent [R27]", async (_, make) => {
    const { clinician, sent } = clinicianOn();
    const error = await refusalOf(() => clinician.templates.list({ headers: make() as never }));
    expect(error.argument).toBe("headers");
    expect(sent).toEqual([]);
    expect(() => new Heidi({ apiKey: "key", baseUrl: BASE_URL, headers: make() as never })).toThrow(
      HeidiConfigurationError,
    );
  });

  it("keep what is said twice in a list, and null takes away what the client has [R27]", async () => {
    const { clinician, sent } = clinicianOn(undefined, {
      headers: new Map([
        ["x-own", "client"],
        ["x-other", "client"],
      ]),
    });
    const headers = new Map<string, string | null | undefined>([
      ["X-Twice", "1"],
      ["x-twice", "2"],
      ["x-own", null],
      ["x-other", undefined],
    ]);
    await clinician.templates.list({ headers });
    expect(sent[0]?.headers).toMatchObject({ "x-twice": "1, 2", "x-other": "client" });
    expect(Object.keys(sent[0]?.headers ?? {})).not.toContain("x-own");
  });

  it.each<[string, (headers: Readonly<Record<string, string>>) => unknown]>([
    ["a Headers object", (headers) => new Headers({ ...headers, "x-own": "1" })],
    ["a Map", (headers) => new Map([...Object.entries(headers), ["X-Own", "1"]])],
    [
      "an object with nothing at a name",
      (headers) => ({ ...headers, "x-own": "1", "x-none": undefined, "x-null": null }),
    ],
  ])("are passed on by a middleware as %s, with the token that was in them [R27]", async (_, change) => {
    const middleware: Middleware = (request, next) =>
      next({ ...request, headers: change(request.headers) as never });
    const { clinician, sent } = clinicianOn(undefined, { middleware: [middleware] });
    await clinician.templates.list();
    expect(sent[0]?.headers).toMatchObject({
      "x-own": "1",
      authorization: expect.stringMatching(/^Bearer /),
    });
    expect(Object.keys(sent[0]?.headers ?? {})).not.toContain("x-none");
  });

  it("are refused by name when a middleware passes on what is none [R27]", async () => {
    const middleware: Middleware = (request, next) => next({ ...request, headers: new WeakMap() as never });
    const { clinician, sent } = clinicianOn(undefined, { middleware: [middleware] });
    await expect(clinician.templates.list()).rejects.toMatchObject({
      name: "HeidiArgumentError",
      outcome: "not-sent",
      attempts: 1,
      message: expect.stringContaining("came from a middleware"),
    });
    expect(sent).toEqual([]);
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
