import fc from "fast-check";
import { HeidiArgumentError } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { BASE_URL, clinicianOn, invoke, refusalOf, table } from "./support.ts";

const NASTY = [
  "",
  " ",
  ".",
  "..",
  "%2e%2e",
  "%2E.",
  ".%2e",
  "..;",
  "..;/a",
  "../x",
  "a/b",
  "a\\b",
  "..\\x",
  "?",
  "#",
  "?a=b",
  "a#b",
  "\u0000",
  "\r\n",
  "a\r\nHost: evil",
  "．．",
  "//evil.example",
  "@evil.example",
  ":443",
  "%",
  "%2f",
  "%00",
  "{session_id}",
  "a".repeat(10_000),
  "a b",
  "ä",
  "😀",
  "\ud800",
  "\u0085",
  "\u2028",
  "~user",
  "*",
  "'",
  ";a=b",
]; // prettier-ignore
const anyId = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc
    .array(fc.constantFrom(...NASTY.filter((id) => id.length < 100)), { maxLength: 4 })
    .map((ids) => ids.join("")),
  fc
    .array(fc.constantFrom(".", "/", "%", "2", "e", "f", ";", "\\", "a"), { maxLength: 8 })
    .map((c) => c.join("")),
);

const basePath = new URL(BASE_URL).pathname;

describe("an id in a path", () => {
  const withPath = table.filter(({ pathParameters }) => pathParameters.length > 0);

  it.each(withPath.map((operation) => [operation.id, operation] as const))(
    "of %s is one segment of it, whatever it is, or refused before a request [G1]",
    async (_, operation) => {
      await fc.assert(
        fc.asyncProperty(anyId, async (id) => {
          const { clinician, sent } = clinicianOn(() => Response.json({}));
          try {
            await invoke(clinician, operation, [id]);
          } catch (error) {
            expect(error).toBeInstanceOf(HeidiArgumentError);
            expect(sent).toEqual([]);
            return;
          }
          const [request] = sent;
          if (!request) throw new Error("nothing was sent");
          const url = new URL(request.url);
          expect(url.href).toBe(request.url); // nothing in it is resolved or rewritten on the way
          expect(url.origin + url.hash).toBe(new URL(BASE_URL).origin);
          expect([...url.searchParams.keys()].every((name) => name in (operation.query ?? {}))).toBe(true);
          const segments = url.pathname.slice(basePath.length).split("/");
          const template = operation.path.split("/");
          expect(segments).toHaveLength(template.length);
          segments.forEach((segment, index) => {
            const name = template[index] ?? "";
            expect(decodeURIComponent(segment)).toBe(name.startsWith("{") ? id : name);
          });
        }),
        { numRuns: 150 },
      );
    },
  );

  it.each([
    ["nothing", ""],
    ["blanks", " \t"],
    ["a dot", "."],
    ["two dots", ".."],
    ["encoded dots", "%2e%2E"],
    ["dots with a parameter", "..;a"],
    ["NUL", "a\0"],
    ["a line break", "a\r\nb"],
    ["a lone surrogate", "a\udc00"],
    ["10,000 characters", "x".repeat(10_000)],
    ["a number", 17],
    ["null", null],
    ["undefined", undefined],
    ["an object with toString", { toString: () => "id" }],
    ["an array", ["id"]],
  ])("is refused by name when it is %s, and not quoted [G1]", async (_, id) => {
    const { clinician, sent } = clinicianOn();
    const error = await refusalOf(() => clinician.sessions.get(id as string));
    expect(error.argument).toBe("session_id");
    expect(error.operation).toBe("getSession");
    expect(error.message).toMatch(/^The argument `session_id` must/);
    if (typeof id === "string" && id.length > 3) expect(error.message).not.toContain(id);
    expect(sent).toEqual([]);
  });

  it("that a class makes by toString is refused even where TypeScript was silenced [G1]", async () => {
    const { clinician, sent } = clinicianOn();
    const boxed: unknown = new String("id");
    await refusalOf(() => clinician.transcription.get(boxed as string));
    expect(sent).toEqual([]);
  });
});

describe("a path of one's own", () => {
  const anyPath = fc.oneof(
    fc.array(anyId, { maxLength: 3 }).map((parts) => `/${parts.join("/")}`),
    fc
      .array(anyId, { maxLength: 3 })
      .map((parts) => `/${parts.map((part) => encodeURIComponent(part.replace(/\p{Cs}/gu, "x"))).join("/")}`),
    anyId,
  );

  it("stays below the base URL as it was written, or is refused [G1]", async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(anyPath, async (path) => {
        const { clinician, sent } = clinicianOn();
        try {
          await clinician.request("GET", path);
        } catch (error) {
          expect(error).toBeInstanceOf(HeidiArgumentError);
          expect(sent).toEqual([]);
          return;
        }
        accepted += 1;
        expect(new URL(sent[0]?.url ?? "").href).toBe(`${BASE_URL}${path}`);
      }),
      { numRuns: 1_000 },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});
