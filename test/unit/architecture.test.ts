import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import { readModules, type SourceImport, type SourceModule } from "../modules.ts";

const modules = [...readModules("src"), ...readModules("generated")];
const scripts = readModules("scripts");
const byPath = new Map(modules.map((module) => [module.path, module]));

/**
 * From the top down. A file may import values and types from its own group and from every group below it, never from
 * another group on its level. A new file in `src/` belongs to one of these, or is a decision to be made here.
 */
const LEVELS: readonly (readonly { readonly group: string; readonly files: RegExp }[])[] = [
  // A user of the entries like any other.
  [{ group: "cli", files: /^src\/cli\// }],
  [
    { group: "entries", files: /^src\/(index|node|browser|server|opentelemetry)\.ts$/ },
    { group: "sandbox", files: /^src\/sandbox\// },
  ],
  [
    // Handlers of requests to the user's own server.
    { group: "server", files: /^src\/server\// },
    // Spans and metrics, on the telemetry interface of the base.
    { group: "opentelemetry", files: /^src\/opentelemetry\// },
  ],
  [{ group: "client", files: /^src\/(client|options)\.ts$/ }],
  // Recipes over the generated methods, hence above them.
  [{ group: "workflows", files: /^src\/workflows\// }],
  [{ group: "generated", files: /^generated\// }],
  [{ group: "http", files: /^src\/http\// }],
  [
    { group: "auth", files: /^src\/auth\// },
    { group: "upload", files: /^src\/upload\// },
    { group: "stream", files: /^src\/stream\// },
  ],
  [
    {
      group: "base",
      files: /^src\/(utils\/.*|(errors|api-errors|link-required|log|platform|telemetry|version)\.ts$)/,
    },
  ],
];

/** The only files that may know Node and undici. */
const NODE_FILES =
  /^src\/(node\.ts|http\/(undici(-[a-z]+)*|node-[a-z]+)(\.d)?\.ts|upload\/path-file\.ts|workflows\/recording\/directory-store\.ts|server\/node-handler\.ts|sandbox\/.*|cli\/.*)$/;

/** What the names of package.json `imports` stand for where nothing is known of the runtime. */
const NEUTRAL: Readonly<Record<string, string>> = {
  "#http-client": "src/http/fetch-client.ts",
  "#platform": "src/sandbox/platform-none.ts",
};

/** The development dependencies that the build includes in the sandbox's files. */
const BUNDLED = /^(?:@noble\/hashes\/|@cfworker\/json-schema$)/;

/** The optional peer dependency of one entry. */
const PEER = "@opentelemetry/api";

/** The optional peer dependency of one command. */
const MCP_PEER = "@modelcontextprotocol/sdk";

interface Place {
  readonly group: string;
  readonly level: number;
}

function placeOf(path: string): Place | undefined {
  for (const [level, groups] of LEVELS.entries()) {
    const found = groups.find(({ files }) => files.test(path));
    if (found) return { group: found.group, level };
  }
  return undefined;
}

function isAllowed(from: string, { target, typeOnly }: SourceImport): boolean {
  const [user, used] = [placeOf(from), placeOf(target)];
  if (!user || !used) return false;
  if (user.group === used.group) return true;
  if (from.startsWith("generated/")) return typeOnly;
  return used.level > user.level;
}

/** Returns the nodes of a circle of edges in order, the first one again at the end; undefined where there is none. */
function circleIn(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return undefined;
    for (const next of edges.get(node) ?? []) {
      const circle = visit(next, [...path, node]);
      if (circle) return circle;
    }
    done.add(node);
    return undefined;
  };
  for (const node of edges.keys()) {
    const circle = visit(node, []);
    if (circle) return circle;
  }
  return undefined;
}

/** The imports between files, types included. */
const fileEdges = (files: readonly SourceModule[]): Map<string, Set<string>> =>
  new Map(files.map(({ path, imports }) => [path, new Set(imports.map(({ target }) => target))]));

/** The imports between folders, types included. A folder and one inside of it are one design: their files are compared. */
function folderEdges(files: readonly SourceModule[]): Map<string, Set<string>> {
  const edges = new Map<string, Set<string>>();
  for (const { path, imports } of files) {
    const from = posix.dirname(path);
    const used = edges.get(from) ?? new Set();
    edges.set(from, used);
    for (const { target } of imports) {
      const to = posix.dirname(target);
      if (!isOurs(target) || from === to || isInside(from, to) || isInside(to, from)) continue;
      used.add(to);
    }
  }
  return edges;
}

const isOurs = (target: string): boolean => /^(src|generated|scripts)\//.test(target);
const isInside = (folder: string, parent: string): boolean => folder.startsWith(`${parent}/`);

function violations(find: (module: SourceModule) => readonly string[]): string[] {
  return modules.flatMap((module) => find(module).map((what) => `${module.path}: ${what}`));
}

/** All that is loaded with a file, dynamic imports included, types left out. */
function graphOf(entry: string): Set<string> {
  const seen = new Set<string>();
  const queue = [entry];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const values = (byPath.get(path)?.imports ?? []).filter((item) => !item.typeOnly);
    queue.push(...values.map(({ target }) => NEUTRAL[target] ?? target));
  }
  return seen;
}

const isNode = (target: string): boolean => /^(node:|undici(\/|$))/.test(target);
const isLocal = (target: string): boolean => /^(src|generated)\//.test(target);

describe("the architecture", () => {
  it("gives every source file a place", () => {
    expect(modules.length).toBeGreaterThan(0);
    expect(modules.filter(({ path }) => !placeOf(path)).map(({ path }) => path)).toEqual([]);
  });

  it("lets imports run one way only", () => {
    const wrong = violations(({ path, imports }) =>
      imports
        .filter((item) => isLocal(item.target) && !isAllowed(path, item))
        .map(({ target, typeOnly }) => `${typeOnly ? "type " : ""}import of ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it("has no circle of files, types included", () => {
    expect(circleIn(fileEdges([...modules, ...scripts]))?.join(" -> ")).toBeUndefined();
  });

  it("has no circle of folders, types included", () => {
    expect(circleIn(folderEdges([...modules, ...scripts]))?.join(" -> ")).toBeUndefined();
  });

  it("would notice a circle", () => {
    const edges = new Map([
      ["a", new Set(["b"])],
      ["b", new Set(["c", "d"])],
      ["c", new Set<string>()],
      ["d", new Set(["b"])],
    ]);
    expect(circleIn(edges)).toEqual(["b", "d", "b"]);
  });

  it.each([
    ["src/stream/line-decoder.ts", "src/http/send.ts", false, false],
    ["src/stream/line-decoder.ts", "src/upload/file.ts", false, false],
    ["src/http/send.ts", "src/client.ts", true, false],
    ["src/errors.ts", "src/log.ts", false, true],
    ["src/upload/multipart.ts", "src/http/http-client.ts", false, false],
    ["src/upload/multipart.ts", "src/http/http-client.ts", true, false],
    ["src/http/http-client.ts", "src/upload/types.ts", true, true],
    ["generated/client.ts", "src/http/send.ts", false, false],
    ["src/index.ts", "src/sandbox/index.ts", false, false],
    ["src/sandbox/router.ts", "generated/operations.ts", false, true],
  ])("judges an import from %s of %s (types only: %s) as %s", (from, target, typeOnly, allowed) => {
    expect(isAllowed(from, { target, typeOnly })).toBe(allowed);
  });

  it("resolves every relative import to a file", () => {
    const missing = violations(({ imports }) =>
      imports.filter(({ target }) => isLocal(target) && !byPath.has(target)).map(({ target }) => target),
    );
    expect(missing).toEqual([]);
  });

  it("keeps Node and undici in the few files that are for Node", () => {
    const wrong = violations(({ path, imports }) =>
      NODE_FILES.test(path) ? [] : imports.map(({ target }) => target).filter(isNode),
    );
    expect(wrong).toEqual([]);
  });

  it("keeps openapi-fetch in the transport", () => {
    const wrong = violations(({ path, imports }) =>
      path.startsWith("src/http/")
        ? []
        : imports.map(({ target }) => target).filter((target) => target.startsWith("openapi-fetch")),
    );
    expect(wrong).toEqual([]);
  });

  it("depends on two packages, and bundles into the sandbox alone the few that it needs", () => {
    // package.json is inlined by the build: its version.
    const allowed = new Set(["openapi-fetch", ...Object.keys(NEUTRAL), "package.json"]);
    const wrong = violations(({ path, imports }) =>
      imports
        .map(({ target }) => target)
        .filter((target) => !isLocal(target) && !isNode(target) && !allowed.has(target))
        .filter((target) => !path.startsWith("src/sandbox/") || !BUNDLED.test(target))
        .filter((target) => !path.startsWith("src/opentelemetry/") || target !== PEER)
        .filter((target) => !path.startsWith("src/cli/mcp/") || !target.startsWith(`${MCP_PEER}/`)),
    );
    expect(wrong).toEqual([]);
  });

  it("keeps Node out of all that browsers and workers load with the core", () => {
    const graph = graphOf("src/index.ts");
    expect(graph).toContain("src/http/fetch-client.ts");
    expect([...graph].filter(isNode)).toEqual([]);
  });

  it("keeps Node and the client out of the entry for browsers", () => {
    const graph = [...graphOf("src/browser.ts")];
    expect(graph).toContain("src/workflows/capture/indexed-db-store.ts");
    expect(graph.filter((path) => isNode(path) || /^src\/(client|http|auth|sandbox)\b/.test(path))).toEqual(
      [],
    );
  });

  it("keeps Node out of the sandbox where there is none", () => {
    const graph = graphOf("src/sandbox/index.ts");
    expect(graph).toContain("src/sandbox/platform-none.ts");
    expect([...graph].filter(isNode)).toEqual([]);
  });

  it("keeps Node out of the handlers for a server, and the client out of what they load", () => {
    const graph = [...graphOf("src/server.ts")];
    expect(graph).toContain("src/server/token-handler.ts");
    expect(graph.filter((path) => isNode(path) || path === "src/client.ts")).toEqual([]);
    const core = [...graphOf("src/index.ts")];
    expect(core.filter((path) => path.startsWith("src/server"))).toEqual([]);
  });

  it("keeps Node and the client out of the entry for OpenTelemetry, and its peer out of all others", () => {
    const graph = [...graphOf("src/opentelemetry.ts")];
    expect(graph).toContain(PEER);
    expect(graph.filter((path) => isNode(path) || /^src\/(client|http|auth|workflows)\b/.test(path))).toEqual(
      [],
    );
    const others = ["index", "node", "browser", "server", "sandbox/index"].flatMap((entry) => [
      ...graphOf(`src/${entry}.ts`),
    ]);
    expect(others.filter((path) => path === PEER || path.startsWith("src/opentelemetry"))).toEqual([]);
  });

  it("loads the peer of `heidi mcp` in one file, and zod nowhere", () => {
    const users = modules.flatMap(({ path, imports }) =>
      imports
        .filter(({ target, typeOnly }) => !typeOnly && /^(@modelcontextprotocol|zod)(\/|$)/.test(target))
        .map(() => path),
    );
    expect(new Set(users)).toEqual(new Set(["src/cli/mcp/peer.ts"]));
  });

  it("keeps the sandbox and its schemas out of the core", () => {
    const graph = [...graphOf("src/index.ts"), ...graphOf("src/node.ts"), ...graphOf("src/browser.ts")];
    const sandbox = graph.filter(
      (path) => path.startsWith("src/sandbox/") || path === "generated/schemas.ts",
    );
    expect(sandbox).toEqual([]);
  });
});
