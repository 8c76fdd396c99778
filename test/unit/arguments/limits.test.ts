import { Heidi, HeidiConfigurationError } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { BASE_URL, clinicianOn, refusalOf } from "./support.ts";

describe("a time limit", () => {
  const bad = [
    Number.NaN,
    -1,
    0,
    -0,
    2 ** 31,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    "1000",
    null,
    10n,
    {},
  ];
  const cases = bad.flatMap(
    (value) =>
      [
        ["timeoutMs", value],
        ["totalTimeoutMs", value],
      ] as const,
  );

  it.each(cases)("%s of %s is refused, for a call and for a client [G9]", async (name, value) => {
    const { clinician, sent } = clinicianOn();
    const options = { [name]: value } as object;
    const error = await refusalOf(() => clinician.templates.list(options));
    expect(error.argument).toBe(name);
    expect(error.message).toContain("2147483647");
    expect(sent).toEqual([]);
    expect(() => new Heidi({ apiKey: "key", baseUrl: BASE_URL, ...options })).toThrow(
      HeidiConfigurationError,
    );
    expect(() => Heidi.withToken("jwt", { baseUrl: BASE_URL, ...options })).toThrow(HeidiConfigurationError);
  });

  it.each([["timeoutMs"], ["totalTimeoutMs"]])(
    "%s may be the longest that a timer can hold [G9]",
    async (name) => {
      const { clinician, sent } = clinicianOn();
      await clinician.templates.list({ [name]: 2 ** 31 - 1 });
      await clinician.templates.list({ [name]: undefined });
      expect(sent).toHaveLength(2);
    },
  );
});

describe("other options of a call", () => {
  it.each([
    ["maxRetries", -1],
    ["maxRetries", 11],
    ["maxRetries", 1.5],
    ["maxRetries", "2"],
    ["maxRetries", Number.NaN],
    ["maxRetries", null],
    ["signal", {}],
    ["signal", "abort"],
    ["signal", null],
    ["onProgress", 1],
  ])("are refused when %s is %s [G9]", async (name, value) => {
    const { clinician, sent } = clinicianOn();
    const error = await refusalOf(() => clinician.templates.list({ [name]: value } as object));
    expect(error.argument).toBe(name);
    expect(sent).toEqual([]);
  });

  it.each([["fast"], [5], [true]])("are refused when they are %s [G9]", async (options) => {
    const { clinician, sent } = clinicianOn();
    expect((await refusalOf(() => clinician.templates.list(options as never))).argument).toBe("options");
    expect(sent).toEqual([]);
  });
});
