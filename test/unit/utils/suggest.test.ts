import { describe, expect, it } from "vitest";
import { didYouMean, suggestOrList } from "../../../src/utils/suggest.ts";

const NAMES = ["region", "email", "json", "api-key-file", "patient-id", "patient-file"];
const option = (name: string): string => `--${name}`;

describe("a suggestion", () => {
  it.each([
    ["regoin", "region"], // swapped neighbours are one edit
    ["emial", "email"],
    ["jsn", "json"],
    ["JSON", "json"],
    ["js", "json"],
    ["api-keyfle", "api-key-file"],
    ["api_key_file", "api-key-file"],
    ["reg", "region"],
    ["patient", "patient-id"],
    ["regionn", "region"],
  ])("for %s is %s", (word, meant) => {
    expect(didYouMean(word, NAMES, option)).toBe(` Did you mean --${meant}?`);
  });

  it.each([
    "frobnicate",
    "x",
    "j",
    "",
    "emxxl",
    "jxxn",
    "api-kxyzz-file",
    "emailregion",
    "patient-id".repeat(500),
  ])("is not made for %s, which is near to nothing", (word) => {
    expect(didYouMean(word, NAMES, option)).toBe("");
  });

  it("is not made without candidates", () => {
    expect(didYouMean("region", [])).toBe("");
    expect(suggestOrList("region", [], "The options are")).toBe("");
  });

  it("is the nearest of several", () => {
    expect(didYouMean("list", ["lists", "lost", "last-of-list"])).toBe(" Did you mean lists?");
    expect(didYouMean("sessions.crate", ["sessions.created", "sessions.create"])).toBe(
      " Did you mean sessions.create?",
    );
  });
});

describe("the choices", () => {
  it("are listed when none is near and they are few", () => {
    expect(suggestOrList("frobnicate", NAMES.slice(0, 3), "The options are", option)).toBe(
      " The options are --region, --email, --json.",
    );
    expect(suggestOrList("emial", NAMES, "The options are", option)).toBe(" Did you mean --email?");
  });

  it("are not listed when they are many", () => {
    const many = Array.from({ length: 13 }, (_, index) => `name-${index}`);
    expect(suggestOrList("frobnicate", many, "The names are")).toBe("");
    expect(suggestOrList("frobnicate", many.slice(1), "The names are")).toContain("name-12.");
  });
});
