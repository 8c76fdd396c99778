import { readFileSync } from "node:fs";
import * as browser from "heidi-health-sdk/browser";
import * as server from "heidi-health-sdk/server";
import { describe, expect, it } from "vitest";
import { errorClasses } from "../../scripts/site/error-classes.ts";
import * as apiErrors from "../../src/api-errors.ts";
import * as errors from "../../src/errors.ts";
import { HeidiConnectionError, HeidiNotFoundError } from "../../src/index.ts";
import { withoutLink } from "../../src/utils/doc-link.ts";

const page = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
const parts = { status: 404, headers: new Headers(), type: undefined, detail: undefined, body: "" };
/** Arguments with which each class can be created: some take a name or a reason before the message. */
const given: Readonly<Record<string, readonly unknown[]>> = {
  HeidiArgumentError: ["name", "It failed."],
  HeidiStreamError: ["truncated", "It failed."],
  HeidiPollError: ["timeout", "It failed."],
  HeidiRecordingError: ["no-device", "It failed."],
  HeidiRequestBodyError: [400, "It failed."],
};

describe("the message of an error", () => {
  it.each(errorClasses().map(({ name }) => name))("ends with the section on %s", (name) => {
    const ofName: unknown = Reflect.get({ ...errors, ...apiErrors, ...browser, ...server }, name);
    if (typeof ofName !== "function") throw new Error(`${name} is not exported`);
    const error: unknown = Reflect.construct(ofName, given[name] ?? ["It failed.", parts]);
    const anchor = name.toLowerCase();
    expect(error).toMatchObject({ name, message: `It failed. [docs/errors.md#${anchor}]` });
    expect(page).toContain(`### \`${name}\`\n`);
    expect(String(error)).toBe(`${name}: It failed. [docs/errors.md#${anchor}]`);
  });

  it("of a caller's own class has the section of its base", () => {
    class OwnError extends HeidiConnectionError {}
    expect(new OwnError("It failed.").message).toBe("It failed. [docs/errors.md#heidiconnectionerror]");
  });

  it("has one section, also when it is made of another message", () => {
    const { message } = new HeidiNotFoundError("It failed.", parts);
    expect(new HeidiNotFoundError(message, parts).message).toBe(message);
    expect(withoutLink(new HeidiNotFoundError(message, parts))).toBe("It failed.");
  });
});
