import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { createProgram } from "../../../scripts/bump/program.ts";
import {
  entries,
  parseSurface,
  readSurface,
  type Surface,
  surfaceFile,
  unannounced,
} from "../../../scripts/bump/surface.ts";
import { projectRoot } from "../../../scripts/spec/effective.ts";

const read = (file: string): string => readFileSync(join(projectRoot, file), "utf8");
const changesets = (): string[] =>
  readdirSync(join(projectRoot, ".changeset"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => read(`.changeset/${name}`));

function surfaceWith(edits: Record<string, (text: string) => string> = {}): Surface {
  const files = new Map(Object.entries(edits).map(([file, edit]) => [file, edit(read(file))]));
  return readSurface(createProgram(projectRoot, files, Object.values(entries)), projectRoot);
}

describe("the public surface", () => {
  let now: Surface;
  beforeAll(() => {
    now = surfaceWith();
  });

  it("has lost nothing that no changeset names; else name it in one, or run `npm run surface` if it was never released", () => {
    expect(unannounced(parseSurface(read(surfaceFile)), now, changesets())).toEqual([]);
  });

  it("is of all entries, with the signatures of what they export", () => {
    expect(Object.keys(now)).toEqual([
      "heidi-health-sdk",
      "heidi-health-sdk/node",
      "heidi-health-sdk/browser",
      "heidi-health-sdk/sandbox",
      "heidi-health-sdk/server",
      "heidi-health-sdk/opentelemetry",
    ]);
    expect(now["heidi-health-sdk"]?.["Jwt"]).toEqual(["expiration_time: string", "token: string", "type"]);
    expect(now["heidi-health-sdk"]?.["TemplatesApi"]).toContain(
      "list(options?: RequestOptions): ApiPromise<ListTemplatesResponse>",
    );
    expect(now["heidi-health-sdk"]?.["isHeidiError"]?.[0]).toMatch(/^function\(\w+: unknown\): /);
    expect(Object.values(now).flatMap(Object.values).flat().join("\n")).not.toMatch(/#|: \?$/m);
  });

  it("is not kept when an export or a member goes, and is again when a changeset names it", () => {
    const less = surfaceWith({
      "src/index.ts": (text) => text.replace("  Jwt,\n", ""),
      "generated/client.ts": (text) =>
        text.replace("  list(options?: RequestOptions): ApiPromise<ListTemplatesResponse>;\n", ""),
    });
    expect(unannounced(now, less, [])).toEqual([
      "heidi-health-sdk: Jwt was removed",
      "heidi-health-sdk: TemplatesApi no longer has `list(options?: RequestOptions): ApiPromise<ListTemplatesResponse>`",
    ]);
    expect(unannounced(now, less, ["Remove type `Jwt`", "Remove `list` from `TemplatesApi`"])).toEqual([]);
  });

  it("may grow", () => {
    const more = surfaceWith({ "src/node.ts": (text) => `${text}export const more: string = "";\n` });
    expect(unannounced(now, more, [])).toEqual([]);
    expect(more["heidi-health-sdk/node"]?.["more"]).toEqual(["const: string"]);
  });
});
