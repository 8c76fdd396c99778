import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkPage, fillPage } from "../../scripts/errors-page.ts";
import { CAUSES, causeOf, PROXY_CAUSES } from "../../src/http/error-messages.ts";
import { classifyFault as classify } from "../../src/http/outcome.ts";
import { isPermanentCode } from "../../src/http/permanent-codes.ts";

const page = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");

const classifyFault = (error: unknown, sent = true): ReturnType<typeof classify> =>
  classify(error, sent, isPermanentCode);

describe("docs/errors.md", () => {
  it("has the causes and remedies of the messages, word for word [R16]", () => {
    expect(checkPage(false)).toBeUndefined();
    for (const { why, remedy } of [...CAUSES, ...Object.values(PROXY_CAUSES)]) {
      expect(page).toContain(`| ${why} | ${remedy} |`);
    }
  });

  it("would be noticed when it is out of date", () => {
    const stale = page.replace("does not speak TLS", "speaks TLS");
    expect(stale).not.toBe(page);
    expect(fillPage(stale)).toBe(page);
  });

  it("explains every code that is not repeated, by a cause of its own [R16]", () => {
    const source = ["outcome", "permanent-codes"]
      .map((name) => readFileSync(new URL(`../../src/http/${name}.ts`, import.meta.url), "utf8"))
      .join("\n");
    const codes = [...source.matchAll(/^ {2}"([A-Z0-9_]+)",$/gm)].map(([, code = ""]) => code);
    expect(codes.length).toBeGreaterThan(40);
    for (const code of codes) expect([code, causeOf({ code })?.why]).toEqual([code, expect.any(String)]);
  });

  it("sends nobody to the certificate or the clock for a fault that is neither [R16]", () => {
    for (const code of [
      "ERR_INVALID_URL",
      "UND_ERR_INVALID_ARG",
      "ERR_SSL_WRONG_VERSION_NUMBER",
      "ERR_OSSL_X509_KEY_VALUES_MISMATCH",
      "ECONNREFUSED",
    ]) {
      const cause = causeOf(classifyFault(Object.assign(new Error("x"), { code })));
      expect(`${cause?.why} ${cause?.remedy}`).not.toMatch(/clock|certificate was not/);
    }
  });
});
