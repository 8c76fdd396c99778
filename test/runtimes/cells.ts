import { fromNpm, installed } from "./programs.ts";

/** What a scenario has to know of the place where it runs. */
export interface Traits {
  /** A browser's page or worker: it has a token and no key, and the platform tells little. */
  readonly page: boolean;
  /** A request's body can be passed on. */
  readonly serves: boolean;
  /** The platform says why a connection was not made. */
  readonly tellsRefusal: boolean;
  /** An answer can be read while it arrives. */
  readonly streams: boolean;
  /** Its streams can be streams of bytes. */
  readonly byteStreams: boolean;
  /** A stream whose size is given is sent with its length. */
  readonly sizesStreams: boolean;
  /** Every stream is sent with its length, for the platform cannot send one without. */
  readonly collects: boolean;
  /** Whether its AbortSignal keeps the reason that it was aborted with. */
  readonly reasons: boolean;
  /** The client is given the platform's fetch as its option. */
  readonly fetchOption: boolean;
  /** Forms of files that the platform has of its own. */
  readonly native: readonly string[];
}

/** Where in a browser: a page, a worker of it, or a service worker. */
export type Place = "page" | "worker" | "service-worker";

/** What starts a cell: each kind has its own way. `command` is undefined where the program is missing. */
export type Start =
  | { readonly kind: "program"; readonly args: readonly string[]; readonly script?: "react-native" }
  | { readonly kind: "workerd" }
  | { readonly kind: "browser"; readonly browser: BrowserName; readonly place: Place }
  | { readonly kind: "next"; readonly version: NextVersion; readonly route: string };

export type BrowserName = "chromium" | "firefox" | "webkitgtk";
/** The newest one, and the oldest that many still have. */
export type NextVersion = "next" | "next14";

/** One environment of the matrix. */
export interface Cell {
  readonly name: string;
  /** The program that it needs; without it the cell is skipped by that name. */
  readonly needs: string;
  readonly command: string | undefined;
  /** In the selection that `.ci/run` takes; the others are for `npm run test:runtimes`. */
  readonly short: boolean;
  readonly traits: Traits;
  readonly start: Start;
}

const nodeFiles = [
  "a Buffer",
  "a Node stream",
  "`createReadStream`",
  "`fileFromPath`",
  "`openAsBlob`",
  "a File of `openAsBlob`",
  "a slice of `openAsBlob`",
];
const bunFiles = [
  "`Bun.file`",
  "`Bun.file().stream()`",
  "a File of `Bun.file`",
  "a Blob of `Bun.file`",
  "a slice of `Bun.file`",
];

const server: Traits = {
  page: false,
  serves: true,
  tellsRefusal: true,
  streams: true,
  byteStreams: true,
  sizesStreams: true,
  collects: false,
  reasons: true,
  fetchOption: false,
  native: nodeFiles,
};
/** A server that sends by its platform's fetch, which gives no stream a length. */
const fetching: Traits = { ...server, sizesStreams: false };
const page: Traits = {
  ...server,
  page: true,
  serves: false,
  tellsRefusal: false,
  collects: true,
  native: [],
};
const worker: Traits = { ...fetching, tellsRefusal: false, native: [] };

function program(
  name: string,
  command: string | undefined,
  short: boolean,
  traits: Partial<Traits> = {},
  args: readonly string[] = [],
): Cell {
  return {
    name,
    needs: name,
    command,
    short,
    traits: { ...server, ...traits },
    start: { kind: "program", args },
  };
}

function browser(name: string, kind: BrowserName, command: string | undefined, short: boolean): Cell[] {
  const places: Place[] = ["page", "worker", "service-worker"];
  return places.map((place) => ({
    name: `${name}, in a ${place.replace("-", " ")}`,
    needs: kind,
    command,
    short: short && place === "page",
    traits: { ...page, byteStreams: kind !== "webkitgtk" },
    start: { kind: "browser", browser: kind, place },
  }));
}

function next(
  name: string,
  version: NextVersion,
  route: string,
  short: boolean,
  traits: Partial<Traits> = {},
): Cell {
  const command = fromNpm(version, "next/dist/bin/next") && process.execPath;
  // Next's own fetch stands between, in both of its runtimes.
  const start = { kind: "next", version, route } as const;
  return {
    name,
    needs: "next",
    command,
    short,
    traits: { ...fetching, serves: false, native: [], ...traits },
    start,
  };
}

const denoArgs = ["run", "--allow-net", "--allow-env", "--allow-read", "--allow-write", "--allow-sys"];
const webKitFolders = ["4.1", "6.0", "4.0"].map(
  (version) => `/usr/lib/x86_64-linux-gnu/webkit${version === "6.0" ? "" : "2"}gtk-${version}/MiniBrowser`,
);

/** The matrix. */
export const cells: readonly Cell[] = [
  program("Node", process.execPath, true),
  program("Node, with its fetch as the option", process.execPath, true, {
    sizesStreams: false,
    fetchOption: true,
  }),
  {
    ...program("Node, with a fetch of React Native's shape", process.execPath, true, {
      // Nothing arrives before all of it, and what cannot be streamed is gathered.
      streams: false,
      collects: true,
      reasons: false,
      fetchOption: true,
    }),
    start: { kind: "program", args: [], script: "react-native" },
  },
  program("Node 22", fromNpm("node22", "node22/bin/node"), false),
  program("Node 24", fromNpm("node24", "node24/bin/node"), false),
  program("Node 26", fromNpm("node26", "node26/bin/node"), false),
  program(
    "Bun",
    fromNpm("bun", "bun/bin/bun"),
    true,
    { sizesStreams: false, native: [...nodeFiles, ...bunFiles] },
    ["run"],
  ),
  program(
    "Deno",
    fromNpm("deno", "deno/deno"),
    true,
    { sizesStreams: false, native: [...nodeFiles, "`Deno.open().readable`"] },
    [...denoArgs, "--node-modules-dir=manual"],
  ),
  {
    name: "workerd",
    needs: "workerd",
    command: fromNpm("workerd", "workerd/bin/workerd"),
    short: true,
    traits: worker,
    start: { kind: "workerd" },
  },
  ...browser("Chromium", "chromium", installed("chromium", "chromium-browser", "google-chrome"), true),
  ...browser("Firefox", "firefox", installed("firefox-esr", "firefox"), true),
  ...browser("WebKitGTK", "webkitgtk", installed("xvfb-run") && installed(...webKitFolders), false),
  ...(["next", "next14"] as const).flatMap((version) => {
    const title = version === "next" ? "Next" : "Next 14";
    const isNewest = version === "next";
    const node = { sizesStreams: true };
    const fetchOption = { fetchOption: true };
    return [
      next(`${title}, a server component`, version, "server", isNewest, node),
      next(
        `${title}, a server component with its fetch as the option`,
        version,
        "server",
        false,
        fetchOption,
      ),
      next(`${title}, an edge page`, version, "edge", isNewest),
      next(`${title}, an edge route`, version, "route", false, { serves: true }),
    ];
  }),
];
