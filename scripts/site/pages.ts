/** A page of the documentation that is written by hand. */
export interface SitePage {
  /** The path from the project's root. */
  readonly path: string;
  /** The title in the navigation. */
  readonly title: string;
  /** The group in the navigation. */
  readonly group: "Start" | "Guides" | "Operation" | "Examples" | "Project";
  /** The content in one sentence, for `llms.txt`; pages without it are not in the package. */
  readonly summary?: string;
}

/** All pages besides README.md, which is the first page of the site, in the order of the navigation. */
export const pages: readonly SitePage[] = [
  {
    path: "docs/getting-started.md",
    title: "Getting started",
    group: "Start",
    summary: "Install the package, try it without a key, and make the first calls.",
  },
  {
    path: "docs/authentication.md",
    title: "Authentication and regions",
    group: "Start",
    summary: "API key, users and tokens, regions and addresses, the two request formats.",
  },
  {
    path: "docs/recipes.md",
    title: "Recipes",
    group: "Start",
    summary: "One sample for each common task; the tests run each one.",
  },
  {
    path: "docs/uploads.md",
    title: "Uploads",
    group: "Guides",
    summary: "The forms of a file, its media type, progress, repeats and limits.",
  },
  {
    path: "docs/streams.md",
    title: "Streams",
    group: "Guides",
    summary: "Notes and answers as they arrive: ways to read them, failures, truncation.",
  },
  {
    path: "docs/waits.md",
    title: "Waits",
    group: "Guides",
    summary: "Wait for a transcript, document, note or codes; save a wait and resume it.",
  },
  {
    path: "docs/recording.md",
    title: "Live recording",
    group: "Guides",
    summary: "Send a consult while it takes place, from a server or a desktop program.",
  },
  {
    path: "docs/recording-in-a-browser.md",
    title: "Recording in a browser",
    group: "Guides",
    summary: "The microphone of a browser, with a store that survives a reload.",
  },
  {
    path: "docs/consult.md",
    title: "The whole consult",
    group: "Guides",
    summary: "The whole flow in one call, which survives a crash at any point.",
  },
  {
    path: "docs/servers.md",
    title: "Web applications",
    group: "Guides",
    summary: "Tokens, streams, errors, uploads and CORS in a server for browsers.",
  },
  {
    path: "docs/test-your-integration.md",
    title: "Testing",
    group: "Guides",
    summary: "The sandbox: a local Heidi server with fault injection, for your tests.",
  },
  {
    path: "docs/errors.md",
    title: "Errors and outcomes",
    group: "Operation",
    summary: "Symptom, cause and remedy of each error, and the error classes.",
  },
  {
    path: "SECURITY.md",
    title: "Security",
    group: "Operation",
    summary: "The guarantees for secrets and patients' data, how each is tested, and the limits.",
  },
  {
    path: "docs/observability.md",
    title: "Observability",
    group: "Operation",
    summary: "Spans and metrics with OpenTelemetry, without patients' data.",
  },
  {
    path: "docs/platforms.md",
    title: "Desktop, mobile, widget",
    group: "Operation",
    summary: "Electron, React Native, and a token for Heidi's widget.",
  },
  {
    path: "docs/bundling.md",
    title: "Runtimes and bundlers",
    group: "Operation",
    summary: "Bundlers, pages, service workers and React Native.",
  },
  {
    path: "docs/cli.md",
    title: "Command line",
    group: "Operation",
    summary: "The command `heidi`: doctor, consult, ask, transcript, token, sandbox, mcp, completion.",
  },
  {
    path: "docs/scale.md",
    title: "Scale",
    group: "Operation",
    summary: "Capacity of a fleet of processes: sockets, tokens, memory.",
  },
  { path: "bench/README.md", title: "Performance", group: "Operation" },
  {
    path: "examples/web-app/README.md",
    title: "A web application",
    group: "Examples",
    summary: "An Express server and a page that records a consult and shows its note.",
  },
  { path: "examples/fleet/README.md", title: "A fleet of workers", group: "Examples" },
  { path: "examples/contract-ci/README.md", title: "A contract test", group: "Examples" },
  {
    path: "CHANGELOG.md",
    title: "Changelog",
    group: "Project",
    summary: "The changes of each version.",
  },
  { path: "CONTRIBUTING.md", title: "Contributing", group: "Project" },
  { path: "test/failures.md", title: "Failures and their tests", group: "Project" },
];
