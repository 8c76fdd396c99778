import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  Application,
  Converter,
  type DocumentReflection,
  JSX,
  Logger,
  LogLevel,
  type Models,
  StructureRouter,
  type TypeDocOptions,
} from "typedoc";
import { entries } from "../bump/surface.ts";
import { brokenLinks, externalResources } from "./links.ts";
import { writeLlmsFiles } from "./llms.ts";
import { nameSchemaTypes } from "./named-types.ts";
import { pages } from "./pages.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The path of each document without its extension, which is its address in the site. */
const paths = new WeakMap<object, string>();

/** Gives a page of the documentation the address of its file, so that `docs/errors.md` and `docs/errors.html` correspond. */
class PageRouter extends StructureRouter {
  protected override getIdealBaseName(reflection: Models.Reflection): string {
    return paths.get(reflection) ?? super.getIdealBaseName(reflection);
  }
}

/** What this module uses of a token of markdown-it. */
interface MarkdownToken {
  type: string;
  content: string;
  children: MarkdownToken[] | null;
}
type MarkdownTokenClass = new (type: string, tag: string, nesting: number) => MarkdownToken;
interface MarkdownParser {
  readonly core: {
    readonly ruler: {
      push(
        name: string,
        rule: (state: { readonly tokens: MarkdownToken[]; readonly Token: MarkdownTokenClass }) => void,
      ): void;
    };
  };
}

/** Keeps the code in a heading for its anchor and the table of contents, where TypeDoc counts text only. */
function keepCodeInHeadings(parser: MarkdownParser): void {
  parser.core.ruler.push("code_in_headings", ({ tokens, Token }) => {
    const make = (type: string, content: string): MarkdownToken =>
      Object.assign(new Token(type, "", 0), { content });
    tokens.forEach((token, index) => {
      if (tokens[index - 1]?.type !== "heading_open" || token.children === null) return;
      token.children = token.children.flatMap((child) =>
        child.type === "code_inline"
          ? [make("html_inline", "<code>"), make("text", child.content), make("html_inline", "</code>")]
          : [child],
      );
    });
  });
}

const options = (out: string): TypeDocOptions => ({
  name: "heidi-health-sdk",
  tsconfig: join(root, "scripts/site/tsconfig.docs.json"),
  // The compiler's errors are those of `npm run typecheck`.
  skipErrorChecking: true,
  basePath: root,
  entryPoints: Object.values(entries).map((file) => join(root, file)),
  readme: join(root, "README.md"),
  projectDocuments: pages.map(({ path }) => join(root, path)),
  out,
  router: "pages",
  customCss: join(root, "scripts/site/style.css"),
  favicon: join(root, "scripts/site/icon.svg"),
  excludePrivate: true,
  excludeInternal: true,
  excludeExternals: true,
  // The repository has no fixed address, so the pages link to no line of it.
  disableSources: true,
  disableGit: true,
  githubPages: true,
  headings: { readme: false, document: false },
  navigation: {
    includeGroups: true,
    includeCategories: false,
    includeFolders: false,
    compactFolders: false,
    excludeReferences: true,
  },
  groupOrder: [
    "Start",
    "Guides",
    "Operation",
    "Examples",
    "Project",
    "Modules",
    "Functions",
    "Classes",
    "Interfaces",
    "*",
  ],
  sort: ["documents-first", "kind", "instance-first", "alphabetical-ignoring-documents"],
  sortEntryPoints: false,
  locales: {
    en: { kind_module: "Entry", kind_plural_module: "API reference", theme_on_this_page: "On this page" },
  },
  includeHierarchySummary: false,
  searchInComments: true,
  searchInDocuments: true,
  highlightLanguages: [
    "bash",
    "console",
    "css",
    "html",
    "http",
    "javascript",
    "json",
    "jsonc",
    "nginx",
    "sh",
    "sql",
    "ts",
    "tsx",
    "typescript",
    "yaml",
  ],
  ignoredHighlightLanguages: ["text"],
  markdownItLoader: keepCodeInHeadings,
  // Internal types of signatures need no page of their own; a link or path that leads nowhere is a warning.
  validation: {
    notExported: false,
    invalidLink: true,
    invalidPath: true,
    rewrittenLink: true,
    unusedMergeModuleWith: true,
  },
});

/** Opens these groups of the navigation for a reader who has neither opened nor closed them. */
const OPEN_GROUPS = `<script>try {
  for (const group of ["Start", "Guides", "Operation", "API reference"])
    if (localStorage.getItem("tsd-accordion-" + group) === null) localStorage.setItem("tsd-accordion-" + group, "true");
} catch {}</script>`;

/** Collects warnings and errors. */
class ProblemLog extends Logger {
  readonly #problems: string[];

  constructor(problems: string[]) {
    super();
    this.#problems = problems;
  }

  override log(message: string, level: LogLevel): void {
    if (level >= LogLevel.Warn) this.#problems.push(message);
  }
}

/**
 * Writes the site: the pages, the reference from the comments of the sources, and `llms.txt`. Returns the problems, one line
 * each; a warning of TypeDoc, a broken link and a resource of another host are problems.
 */
export async function buildSite(out: string): Promise<readonly string[]> {
  const app = await Application.bootstrap(options(out));
  const problems: string[] = [];
  app.logger = new ProblemLog(problems);
  app.renderer.defineRouter("pages", PageRouter);
  app.renderer.hooks.on("head.begin", () => JSX.createElement(JSX.Raw, { html: OPEN_GROUPS }));
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context: unknown, document: DocumentReflection) => {
    const page = pages.find(({ path }) => path === `${document.name}.md`);
    if (page === undefined) throw new Error(`${document.name} is not in the list of pages`);
    paths.set(document, document.name);
    document.name = page.title;
    document.frontmatter["group"] = page.group;
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    nameSchemaTypes(context);
    const { project } = context;
    Object.keys(entries).forEach((entry, index) => {
      const module = project.children?.[index];
      if (module !== undefined) module.name = entry;
    });
  });
  const project = await app.convert();
  if (project === undefined) return [...problems, "The sources could not be converted."];
  app.validate(project);
  await app.generateDocs(project, out);
  // The pages as Markdown too, at the places to which llms.txt links.
  for (const path of ["README.md", ...pages.map((page) => page.path)]) {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    copyFileSync(join(root, path), join(out, path));
  }
  writeLlmsFiles(out);
  return [
    ...problems,
    ...brokenLinks(out).map((link) => `broken link in ${link}`),
    ...externalResources(out),
  ];
}
