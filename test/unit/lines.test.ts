import { describe, expect, it } from "vitest";
import { breakLines } from "../../scripts/lines.ts";

describe("the lines of the built files", () => {
  it("are statements and class members, and nothing else is changed", () => {
    const code = "import{a}from'a';const b=`x;\\n;y`;class C{#d=1;e(){return b;}f(){}}export{C};";
    const broken = breakLines(code);
    expect(broken.split("\n")).toEqual([
      "import{a}from'a';",
      "const b=`x;\\n;y`;",
      "class C{",
      "#d=1;",
      "e(){return b;}",
      "f(){}}",
      "export{C};",
    ]);
    expect(broken.replaceAll("\n", "")).toBe(code);
  });

  it("stay as they are where they are lines already", () => {
    expect(breakLines("a();\nb();\n")).toBe("a();\nb();\n");
  });
});
