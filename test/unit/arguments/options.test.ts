import { inspect } from "node:util";
import { Heidi, HeidiConfigurationError, type HeidiOptions, isHeidiError } from "heidi-health-sdk";
import { afterEach, describe, expect, it, vi } from "vitest";
import { BASE_URL } from "./support.ts";

const SECRET = "canary-4711";
const jwt = { token: "the-jwt", expiration_time: "2099-01-01T00:00:00Z" };

afterEach(() => {
  vi.unstubAllEnvs();
});

function configurationError(make: () => unknown): HeidiConfigurationError {
  try {
    make();
  } catch (error) {
    if (!isHeidiError(error)) throw error;
    expect(error).toBeInstanceOf(HeidiConfigurationError);
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(SECRET);
    return error;
  }
  throw new Error("the options were accepted although they had to be refused");
}

/** The address and headers of the requests that a client makes for one call: the exchange, then the call. */
async function requestsOf(
  options: HeidiOptions,
): Promise<{ url: string; headers: Record<string, string> }[]> {
  const requests: { url: string; headers: Record<string, string> }[] = [];
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    requests.push({ url, headers: init.headers as Record<string, string> });
    return Promise.resolve(Response.json(new URL(url).pathname.endsWith("/jwt") ? jwt : {}));
  };
  const heidi = new Heidi({ ...options, fetch });
  await heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "1" }).sessions.get("7");
  await heidi.close();
  return requests;
}

describe("an API key", () => {
  it.each([
    ["LF", "\n"],
    ["CR LF", "\r\n"],
    ["blanks", "  "],
    ["a tab", "\t"],
  ])("of the environment that ends in %s, as from a file, is used without it [A37]", async (_, end) => {
    vi.stubEnv("HEIDI_API_KEY", `${SECRET}${end}`);
    const [exchange] = await requestsOf({ baseUrl: BASE_URL });
    expect(exchange?.headers["heidi-api-key"]).toBe(SECRET);
  });

  it.each([
    ["LF", "\n"],
    ["CR LF", "\r\n"],
    ["CR", "\r"],
  ])("of the options with %s at an end is refused, and not quoted [A37]", (_, end) => {
    for (const apiKey of [`${SECRET}${end}`, `${end}${SECRET}`]) {
      const error = configurationError(() => new Heidi({ apiKey, baseUrl: BASE_URL }));
      expect(error.message).toContain("line break");
    }
  });

  it.each([
    ["blanks", "  "],
    ["a tab", "\t"],
  ])("of the options that ends in %s is used without it [A37]", async (_, end) => {
    const [exchange] = await requestsOf({ apiKey: `${SECRET}${end}`, baseUrl: BASE_URL });
    expect(exchange?.headers["heidi-api-key"]).toBe(SECRET);
  });

  it.each([
    ["a line break", `${SECRET}\r\nx: 1`],
    ["a blank", `${SECRET} 1`],
    ["NUL", `${SECRET}\0`],
    ["a letter that is not ASCII", `${SECRET}ä`],
    ["a typographic dash", `${SECRET}–1`],
    ["a zero-width space", `${SECRET}\u200b1`],
    ["nothing but blanks", "  \n"],
    ["nothing", ""],
    ["a number", 4711],
    ["null", null],
    ["an object", { toString: () => SECRET }],
  ])("with %s is refused by the constructor, and not quoted [A37]", (_, apiKey) => {
    const error = configurationError(() => new Heidi({ apiKey: apiKey as string, baseUrl: BASE_URL }));
    expect(error.message).toContain("apiKey");
    if (typeof apiKey !== "string" || apiKey.includes("\0")) return; // no environment can hold that
    vi.stubEnv("HEIDI_API_KEY", apiKey || " ");
    expect(configurationError(() => new Heidi({ baseUrl: BASE_URL })).message).toContain("HEIDI_API_KEY");
  });

  it("that is not there is asked for by name [A37]", () => {
    vi.stubEnv("HEIDI_API_KEY", undefined);
    expect(configurationError(() => new Heidi({ baseUrl: BASE_URL })).message).toContain("HEIDI_API_KEY");
  });

  it("goes to the exchange alone, and the JWT to everything else [A38]", async () => {
    const [exchange, call, ...more] = await requestsOf({ apiKey: SECRET, baseUrl: BASE_URL });
    expect(more).toEqual([]);
    expect(new URL(exchange?.url ?? "").pathname).toMatch(/\/jwt$/);
    expect(exchange?.headers).toMatchObject({ "heidi-api-key": SECRET });
    expect(exchange?.headers).not.toHaveProperty("authorization");
    expect(call?.headers).toMatchObject({ authorization: "Bearer the-jwt" });
    expect(JSON.stringify(call)).not.toContain(SECRET);
  });
});

describe("a base URL", () => {
  const refused: [string, string][] = [
    ["without TLS", `http://${SECRET}.example`],
    ["without TLS, in a local network", "http://192.168.0.1"],
    ["without TLS, that begins like a loopback address", "http://127.0.0.1.example"],
    ["without TLS, that ends like a loopback name", "http://localhost.example"],
    ["without TLS, to any address", "http://0.0.0.0"],
    ["of an upper-case scheme without TLS", "HTTP://example.org"],
  ];

  it.each(refused)("%s is refused [A39]", (_, baseUrl) => {
    expect(configurationError(() => new Heidi({ apiKey: "key", baseUrl })).message).toContain("https://");
    vi.stubEnv("HEIDI_BASE_URL", baseUrl);
    expect(configurationError(() => new Heidi({ apiKey: "key" })).message).toContain("HEIDI_BASE_URL");
  });

  it.each([
    ["http://localhost:1"],
    ["http://127.0.0.1:1"],
    ["http://127.9.9.9"],
    ["http://[::1]:1"],
    ["HTTP://LOCALHOST"],
  ])("without TLS is fine on a loopback address, %s [A39]", (baseUrl) => {
    expect(() => new Heidi({ apiKey: "key", baseUrl })).not.toThrow();
  });

  it.each([
    ["a user name", `https://${SECRET}@api.example`],
    ["a password", `https://a:${SECRET}@api.example`],
    ["a query", `https://api.example/?key=${SECRET}`],
    ["a fragment", `https://api.example/#${SECRET}`],
    ["the scheme javascript:", `javascript:${SECRET}`],
    ["the scheme file:", `file:///${SECRET}`],
    ["the scheme ftp:", `ftp://${SECRET}.example`],
    ["the scheme data:", `data:,${SECRET}`],
    ["the scheme wss:", `wss://${SECRET}.example`],
    ["no scheme", `${SECRET}.example/api`],
    ["no host", "https://"],
    ["a broken IPv6 address", `https://[${SECRET}`],
    ["nothing", ""],
    ["a URL object", new URL(`https://${SECRET}.example`) as unknown as string],
    ["a number", 1 as unknown as string],
    ["null, which is not the same as leaving it out", null as unknown as string],
  ])("with %s is refused, and not quoted [A40]", (_, baseUrl) => {
    expect(configurationError(() => new Heidi({ apiKey: "key", baseUrl })).message).toContain("baseUrl");
  });

  it.each([
    ["https://api.example", "https://api.example"],
    ["https://api.example/", "https://api.example"],
    ["https://api.example///", "https://api.example"],
    ["https://api.example/api/v2/ml-scribe/open-api", "https://api.example/api/v2/ml-scribe/open-api"],
    ["https://api.example/api/v2//ml-scribe/open-api//", "https://api.example/api/v2/ml-scribe/open-api"],
    ["  https://api.example/a\n", "https://api.example/a"],
    ["https://API.example:443/a", "https://api.example/a"],
    ["https://api.example:8443/a", "https://api.example:8443/a"],
    ["https://[2001:db8::1]:8443/a", "https://[2001:db8::1]:8443/a"],
    ["https://api.example/a/../b", "https://api.example/b"],
  ])("%j is completed by paths without a second slash [A40]", async (baseUrl, start) => {
    const [, call] = await requestsOf({ apiKey: "key", baseUrl });
    expect(call?.url).toBe(`${start}/sessions/7`);
  });

  it("comes from the option, then the environment, then the region, then the spec [A40]", async () => {
    vi.stubEnv("HEIDI_BASE_URL", undefined);
    const urlOf = async (options: HeidiOptions): Promise<string> =>
      (await requestsOf({ apiKey: "key", ...options }))[1]?.url ?? "";
    const path = "/api/v2/ml-scribe/open-api/sessions/7";
    expect(await urlOf({})).toMatch(/^https:\/\/[a-z.]+\.heidihealth\.com\//);
    expect(await urlOf({ region: "uk" })).toBe(`https://uk.api.heidihealth.com${path}`);
    vi.stubEnv("HEIDI_REGION", "ca");
    expect(await urlOf({})).toBe(`https://ca.api.heidihealth.com${path}`);
    expect(await urlOf({ region: "uk" })).toBe(`https://uk.api.heidihealth.com${path}`);
    vi.stubEnv("HEIDI_BASE_URL", "https://env.example");
    expect(await urlOf({})).toBe("https://env.example/sessions/7");
    expect(await urlOf({ baseUrl: BASE_URL })).toBe(`${BASE_URL}/sessions/7`);
  });
});

describe("the region and the address, by option and environment", () => {
  const au = "https://au.api.heidihealth.com/api/v2/ml-scribe/open-api";
  type Given = Pick<HeidiOptions, "region" | "baseUrl">;
  // Where a request goes (a part of its address), or what the refusal names.
  it.each<[Given, HEIDI_REGION: string | undefined, HEIDI_BASE_URL: string | undefined, string, boolean?]>([
    [{}, undefined, undefined, "heidihealth.com/"],
    [{}, "au", undefined, "https://au.api."],
    [{}, "  ", undefined, "heidihealth.com/"],
    [{}, " au\n", undefined, "https://au.api."],
    [{}, "AU", undefined, "HEIDI_REGION must be one of au", true],
    [{}, "mars", undefined, "HEIDI_REGION must be one of au", true],
    [{}, undefined, "https://env.example", "https://env.example/"],
    [{}, "au", "https://env.example", "https://env.example/"],
    [{}, "mars", "https://env.example", "https://env.example/"],
    [{ region: "uk" }, undefined, undefined, "https://uk.api."],
    [{ region: "uk" }, "au", undefined, "https://uk.api."],
    [{ region: "uk" }, "mars", undefined, "https://uk.api."],
    [{ region: "au" }, undefined, "https://env.example", "Unset HEIDI_BASE_URL", true],
    [{ region: "uk" }, undefined, au, "Unset HEIDI_BASE_URL", true],
    [{ region: "au" }, undefined, au, "https://au.api."],
    [{ region: "au" }, "uk", `${au}/`, "https://au.api."],
    [{ baseUrl: BASE_URL }, undefined, undefined, BASE_URL],
    [{ baseUrl: BASE_URL }, "au", undefined, BASE_URL],
    [{ baseUrl: BASE_URL }, "mars", "https://env.example", BASE_URL],
    [{ baseUrl: BASE_URL, region: "au" }, undefined, "https://env.example", BASE_URL],
    [{ baseUrl: null as never }, "au", "https://env.example", "`baseUrl` must be a complete URL", true],
    [{ region: null as never }, "au", undefined, "`region` must be one of", true],
    [{ region: "mars" as never, baseUrl: BASE_URL }, undefined, undefined, "`region` must be one of", true],
  ])(
    "%j beside HEIDI_REGION=%j and HEIDI_BASE_URL=%j leads to %s [R19]",
    async (given, region, baseUrl, expected, refused) => {
      vi.stubEnv("HEIDI_REGION", region);
      vi.stubEnv("HEIDI_BASE_URL", baseUrl);
      const options = { apiKey: "key", ...given };
      if (refused) {
        const { message } = configurationError(() => new Heidi(options));
        expect(message).toContain(expected);
        expect(configurationError(() => Heidi.withToken("jwt", given)).message).toBe(message);
      } else {
        const [exchange, call] = await requestsOf(options);
        expect(exchange?.url).toContain(expected);
        expect(call?.url).toContain(expected);
      }
    },
  );

  it("is what diagnose() judges by, wherever the region came from [R19]", async () => {
    vi.stubEnv("HEIDI_REGION", "au");
    vi.stubEnv("HEIDI_BASE_URL", undefined);
    expect((await new Heidi({ apiKey: "key" }).diagnose()).deployment).toBe("au");
    vi.stubEnv("HEIDI_BASE_URL", "https://env.example");
    const { checks } = await new Heidi({ apiKey: "key" }).diagnose();
    expect(checks[0]).toMatchObject({ status: "warning", finding: expect.stringContaining("region au") });
  });
});

describe("options that are none", () => {
  it.each<[string, unknown]>([
    ["region", SECRET],
    ["region", "AU"],
    ["logLevel", SECRET],
    ["logger", null],
    ["logger", SECRET],
    ["fetch", SECRET],
    ["middleware", SECRET],
    ["middleware", [SECRET]],
    ["maxRetries", -1],
    ["maxRetries", 11],
    ["maxConnections", 0],
    ["maxConnections", 1.5],
    ["headers", SECRET],
    ["timeoutMs", SECRET],
    ["tokenStore", SECRET],
    ["tokenStore", {}],
  ])("are refused by the constructor: %s (%#) [A37]", (name, value) => {
    const options = { apiKey: "key", baseUrl: BASE_URL, [name]: value } as HeidiOptions;
    expect(configurationError(() => new Heidi(options)).message).toContain(name);
  });

  it.each([[null], ["key"], [1]])("are refused when they are %j [A37]", (options) => {
    configurationError(() => new Heidi(options as HeidiOptions));
  });

  it.each([[""], [" "], [`${SECRET}\r\n`], [`${SECRET} a`], [null], [1], [{}]])(
    "as a token, %j, are refused and not quoted [A24]",
    (token) => {
      configurationError(() => Heidi.withToken(token as string, { baseUrl: BASE_URL }));
    },
  );
});
