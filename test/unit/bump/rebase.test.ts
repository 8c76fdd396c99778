import { describe, expect, it } from "vitest";
import { cutActions, findMoves, followMoves, rebaseOverlays } from "../../../scripts/bump/rebase.ts";
import { parseSource } from "../../../scripts/spec/source.ts";
import { trySpec } from "../../../scripts/spec/spec.ts";
import { BASE, edited } from "./compared.ts";

const OVERLAY = `overlay: 1.0.0
info: { title: Patches, version: 1.0.0 }
actions:

  # Names
  - target: $.paths['/plans'].get
    description: >-
      It reads better
      this way.
    update:
      x-sdk-time: slow

  # Those of one plan
  - target: $.paths['/plans/{plan_id}'].get
    description: It is slow.
    update:
      x-sdk-time: slow
  - target: $.paths['/plans/{plan_id}'].*.responses
    description: It can be missing.
    update:
      '404': { description: Missing. }
`;
const overlay = { name: "patches.overlay.yaml", text: OVERLAY };
const parse = (text: string) => parseSource("spec.yaml", text);

describe("an overlay after its operation has gone", () => {
  it("is reported action by action, and the other actions have been applied", () => {
    const without = parse(BASE.slice(0, BASE.indexOf("  /plans/{plan_id}:")));
    const { spec, unused } = trySpec(without, [parseSource(overlay.name, overlay.text)]);
    expect(unused.map(({ index, reason, why }) => [index, reason, why])).toEqual([
      [1, "gone", "It is slow."],
      [2, "gone", "It can be missing."],
    ]);
    expect(spec.document).toMatchObject({ paths: { "/plans": { get: { "x-sdk-time": "slow" } } } });
  });

  it("loses those actions and nothing else", () => {
    const [cut] = cutActions(
      [overlay],
      [1, 2].map((index) => ({ overlay: overlay.name, index })),
    );
    expect(cut?.text).toBe(OVERLAY.slice(0, OVERLAY.indexOf("  - target: $.paths['/plans/{plan_id}'].get")));
    const [first] = cutActions([overlay], [{ overlay: overlay.name, index: 0 }]);
    expect(first?.text).toContain(
      "  # Names\n\n  # Those of one plan\n  - target: $.paths['/plans/{plan_id}'].get",
    );
  });
});

describe("an overlay after its operation has moved", () => {
  const moved = edited([["/plans/{plan_id}:", "/plan/{plan_id}:"]]);

  it("follows it, wildcards too when nothing is left there", () => {
    const [text] = followMoves([overlay], findMoves(parse(BASE).value, parse(moved).value));
    expect(text?.text).toBe(OVERLAY.replaceAll("/plans/{plan_id}'", "/plan/{plan_id}'"));
  });

  it("follows another method, and its wildcards stay", () => {
    const put = edited([["/plans/{plan_id}:\n    get:", "/plans/{plan_id}:\n    put:"]]);
    const [text] = followMoves([overlay], findMoves(parse(BASE).value, parse(put).value));
    expect(text?.text).toBe(OVERLAY.replace("/plans/{plan_id}'].get", "/plans/{plan_id}'].put"));
  });

  it("stays as it is when nothing has moved", () => {
    expect(findMoves(parse(BASE).value, parse(BASE).value)).toEqual([]);
    expect(followMoves([overlay], [])).toEqual([overlay]);
  });
});

describe("an overlay whose fix has arrived upstream", () => {
  it("says which one", () => {
    const { unused } = trySpec(
      parse(edited([["operationId: getPlan", "operationId: getPlan\n      x-sdk-time: slow"]])),
      [parseSource(overlay.name, overlay.text)],
    );
    expect(unused.map(({ reason, problem }) => [reason, problem])).toEqual([
      [
        "arrived",
        'patches.overlay.yaml:14: action 2 ("It is slow.") changes nothing: upstream already includes this change; delete the action',
      ],
    ]);
  });
});

describe("an overlay whose gap upstream has filled", () => {
  const gaps = {
    name: "gaps.overlay.yaml",
    text: OVERLAY.slice(0, OVERLAY.indexOf("\n  # Those"))
      .replace("actions:", "x-sdk-fill-gaps: true\nactions:")
      .replace("x-sdk-time: slow", "description: Returns the plans.")
      .concat(
        "  - target: $.paths['/plans/{plan_id}'].get\n    description: A plan.\n    update: { description: Ours. }\n",
      ),
  };

  it("gives way to the text of upstream, and loses the action", () => {
    const after = parse(
      edited([["operationId: getPlan", "operationId: getPlan\n      description: Theirs."]]),
    );
    const { spec, overlays, notes } = rebaseOverlays(parse(BASE), after, [gaps]);
    expect(spec.document).toMatchObject({
      paths: {
        "/plans": { get: { description: "Returns the plans." } },
        "/plans/{plan_id}": { get: { description: "Theirs." } },
      },
    });
    expect(notes).toEqual([
      "removed an overlay action, because $.paths['/plans/{plan_id}'].get has a text of its own (\"A plan.\")",
    ]);
    expect(overlays[0]?.text).toBe(gaps.text.slice(0, gaps.text.lastIndexOf("  - target")));
  });
});
