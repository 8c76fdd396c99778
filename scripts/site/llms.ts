/** `llms.txt` and `llms-full.txt`, from the pages and the recorded public surface. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSurface, surfaceFile } from "../bump/surface.ts";
import { pages, type SitePage } from "./pages.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

const INTRODUCTION = `# heidi-health-sdk

> A TypeScript SDK for the Heidi Health API, the ambient AI medical scribe: record a consult and get its transcript, note, documents and clinical codes. For Node 20.19 and newer, browsers, Deno, Bun and Workers. It is not an official product of Heidi Health.

- Import \`Heidi\` from \`heidi-health-sdk\`; \`new Heidi()\` reads HEIDI_API_KEY, \`heidi.forUser({ email, thirdPartyInternalId })\` returns the client of one clinician, which has the operations in groups such as \`sessions\`, \`transcription\` and \`consultNotes\`.
- Bodies, queries and results keep the API's snake_case names. Ids are strings.
- Never put an API key into a browser or an app: use \`Heidi.withToken()\` there, with a token from \`tokenHandler()\` of \`heidi-health-sdk/server\`.
- Every error is a \`HeidiError\`; \`error.outcome\` says whether the server may have acted. Repeat a create only after \`not-sent\` or \`rejected\`.
- Test against \`createSandbox()\` of \`heidi-health-sdk/sandbox\`; it needs no key and no network.
`;

/** The pages that are in the package. */
const packaged: readonly SitePage[] = pages.filter(({ summary }) => summary !== undefined);

function index(): string {
  const groups = [...new Set(packaged.map(({ group }) => group))];
  const sections = groups.map((group) => {
    const lines = packaged
      .filter((page) => page.group === group)
      .map(({ title, path, summary }) => `- [${title}](${path}): ${summary}`);
    return `## ${group}\n\n${lines.join("\n")}\n`;
  });
  const whole =
    "## Everything in one file\n\n- [llms-full.txt](llms-full.txt): these pages, and the signature of every public name.\n";
  return [INTRODUCTION, ...sections, whole].join("\n");
}

/** The signatures of all public names, grouped by entry. */
function reference(): string {
  const sections = Object.entries(parseSurface(read(surfaceFile))).map(([entry, names]) => {
    const blocks = Object.entries(names).map(([name, lines]) =>
      [name, ...lines.map((line) => `  ${line}`)].join("\n"),
    );
    return `## ${entry}\n\n\`\`\`text\n${blocks.join("\n")}\n\`\`\`\n`;
  });
  return ["# Public names and their signatures\n", ...sections].join("\n");
}

function full(): string {
  const texts = [
    "README.md",
    ...packaged.map(({ path }) => path).filter((path) => path !== "CHANGELOG.md"),
  ].map((path) => `<!-- ${path} -->\n\n${read(path).trim()}\n`);
  return [INTRODUCTION, ...texts, reference()].join("\n");
}

/** Writes the two files into a folder. */
export function writeLlmsFiles(folder: string): void {
  writeFileSync(join(folder, "llms.txt"), index());
  writeFileSync(join(folder, "llms-full.txt"), full());
}
