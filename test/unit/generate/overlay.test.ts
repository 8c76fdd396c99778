import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../scripts/spec/json.ts";
import { applyOverlay, select, UnsupportedPathError } from "../../../scripts/spec/overlay.ts";
import { parseSource } from "../../../scripts/spec/source.ts";
import { createSpec } from "../../../scripts/spec/spec.ts";
import { problemsOf } from "./specs.ts";

const overlay = (actions: string) =>
  parseSource("10-fix.overlay.yaml", `overlay: 1.0.0\nactions:\n${actions}`);

const document = (): JsonObject => ({
  paths: {
    "/a": { get: { tags: ["A"] }, post: { tags: ["A"] } },
    "/b": { get: { tags: ["B"], summary: "B" } },
  },
  list: [{ name: "ids" }, { name: "size" }],
  target: { $ref: "#/old", description: "kept by nobody" },
});

function applied(actions: string): JsonObject {
  const result = document();
  applyOverlay(result, overlay(actions));
  return result;
}

const action = (target: string, change: string, description = "Because it is so.") =>
  `  - target: ${target}\n    description: ${description}\n    ${change}\n`;

describe("an overlay", () => {
  it("merges objects, joins lists and replaces values, at every place that the target selects", () => {
    const result = applied(action("$.paths.*.get", "update: { tags: [New], x: { y: 1 } }"));
    expect(result["paths"]).toEqual({
      "/a": { get: { tags: ["A", "New"], x: { y: 1 } }, post: { tags: ["A"] } },
      "/b": { get: { tags: ["B", "New"], summary: "B", x: { y: 1 } } },
    });
  });

  it("appends to a list that is the target, and removes entries without moving the others", () => {
    expect(applied(action("$.list", "update: { name: new }"))["list"]).toEqual([
      { name: "ids" },
      { name: "size" },
      { name: "new" },
    ]);
    expect(applied(action("$.list[?@.name == 'ids']", "remove: true"))["list"]).toEqual([{ name: "size" }]);
    expect(applied(action("$.list[*]", "remove: true"))["list"]).toEqual([]);
  });

  it("replaces what a reference takes the place of", () => {
    expect(applied(action("$.target", "update: { $ref: '#/new' }"))["target"]).toEqual({ $ref: "#/new" });
  });

  it("sees what earlier actions did", () => {
    const result = applied(
      action("$.target", "update: { deep: { er: 1 } }") + action("$.target.deep", "update: { er: 2 }"),
    );
    expect(result["target"]).toMatchObject({ deep: { er: 2 } });
  });

  it.each([
    [
      "matches nothing",
      action("$.paths['/c'].get", "update: { x: 1 }"),
      /action 1 \("Because it is so\."\) matches nothing at \$\.paths\['\/c'\]\.get/,
    ],
    [
      "changes nothing",
      action("$.paths['/b'].get", "update: { summary: B }"),
      /changes nothing: .*delete the action/,
    ],
    ["gives no reason", "  - target: $.paths\n    update: { x: 1 }\n", /action 1 has no `description`/],
    ["gives an empty reason", action("$.paths", "update: { x: 1 }", "''"), /action 1 has no `description`/],
    ["has no target", "  - description: Why not\n    update: { x: 1 }\n", /no `target`/],
    ["neither updates nor removes", action("$.paths", "x: 1"), /either `update` or `remove: true`/],
    [
      "targets a plain value",
      action("$.paths['/b'].get.summary", "update: { x: 1 }"),
      /must target objects or arrays/,
    ],
    [
      "uses JSONPath that is not supported",
      action("$..get", "update: { x: 1 }"),
      /has the target \$\.\.get: this JSONPath is not supported in an overlay: use/,
    ],
    [
      "has a target that is no JSONPath",
      action("$.paths[", "update: { x: 1 }"),
      /has the target \$\.paths\[: this is not JSONPath \(RFC 9535\): Expected /,
    ],
  ])("stops the build when an action %s, with file, line and the action's number", (_, actions, message) => {
    const problems = problemsOf(() => applyOverlay(document(), overlay(actions)));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^10-fix\.overlay\.yaml:3: action 1\b/);
    expect(problems[0]).toMatch(message);
  });

  it("names the second action by its own number and line", () => {
    const two = action("$.target", "update: { x: 1 }") + action("$.nowhere", "remove: true");
    expect(problemsOf(() => applyOverlay(document(), overlay(two)))[0]).toMatch(
      /^10-fix\.overlay\.yaml:6: action 2 /,
    );
  });

  it("stops when the file is no overlay or has no actions", () => {
    const load = (text: string) =>
      problemsOf(() => applyOverlay(document(), parseSource("x.overlay.yaml", text)));
    expect(load("overlay: 2.0.0\nactions: []")[0]).toMatch(
      /x\.overlay\.yaml:1: not an Overlay 1\.0 document/,
    );
    expect(load("overlay: 1.0.0\nactions: []")[0]).toMatch(/has no actions/);
  });

  it("is where a problem is reported that it brought in", () => {
    const source = parseSource("api.yaml", "paths:\n  /a:\n    get: { summary: A }\n");
    const spec = createSpec(source, [overlay(action("$.paths['/a'].get", "update: { x-new: { deep: 1 } }"))]);
    expect(spec.locate(["paths", "/a", "get", "summary"])).toBe("api.yaml:3");
    expect(spec.locate(["paths", "/a", "get", "x-new", "deep"])).toBe("10-fix.overlay.yaml:3");
  });
});

describe("an overlay that fills gaps", () => {
  const gaps = (actions: string) =>
    parseSource("50-gaps.overlay.yaml", `overlay: 1.0.0\nx-sdk-fill-gaps: true\nactions:\n${actions}`);

  it("adds what its target lacks, and keeps what it has", () => {
    const result = document();
    applyOverlay(result, gaps(action("$.paths.*.get", "update: { summary: Ours, x-more: 1 }")));
    expect(result["paths"]).toMatchObject({
      "/a": { get: { summary: "Ours", "x-more": 1 } },
      "/b": { get: { summary: "B", "x-more": 1 } },
    });
  });

  it("still appends to a list, and removes", () => {
    const result = document();
    applyOverlay(
      result,
      gaps(action("$.list", "update: { name: new }") + action("$.target", "remove: true")),
    );
    expect(result["list"]).toHaveLength(3);
    expect(result).not.toHaveProperty("target");
  });

  it("stops the build when nothing is left to fill", () => {
    const problems = problemsOf(() =>
      applyOverlay(document(), gaps(action("$.paths['/b'].get", "update: { summary: Ours }"))),
    );
    expect(problems).toEqual([
      '50-gaps.overlay.yaml:4: action 1 ("Because it is so.") changes nothing: upstream has its own text here; delete the action',
    ]);
  });
});

describe("a target", () => {
  it.each([
    ["$", [[]]],
    ["$.paths['/a'].get", [["paths", "/a", "get"]]],
    ['$.paths["/b"].*', [["paths", "/b", "get"]]],
    ["$.list[1]", [["list", 1]]],
    ["$.list[?(@.name=='size')]", [["list", 1]]],
    ["$.list[7]", []],
    ["$['paths']['it\\'s']", []],
  ])("%s selects its places", (path, places) => {
    expect(select(document(), path)).toEqual(places);
  });

  it.each(["paths", "$.a[1:2]", "$.a[?@.b > 1]", "$.a[?@.b]", "$.a[0,0]", "$.a[", "$.a b"])(
    "%s is refused, never guessed",
    (path) => {
      expect(() => select(document(), path)).toThrow(UnsupportedPathError);
    },
  );
});
