import type { HeidiUser, Template } from "../index.ts";
import { didYouMean } from "../utils/suggest.ts";
import { CommandError } from "./command.ts";
import type { Status, Terminal } from "./terminal.ts";

type Category = "CONSULT_NOTE_TEMPLATE" | "DOCUMENT_TEMPLATE";

/** Chooses among the clinician's templates. The list is fetched at most once, and only when it is needed. */
export interface TemplateChoice {
  /** Returns the id of the template with this id or name; without `text`, of the first template of the category. */
  idOf(text: string | undefined, category: Category): Promise<string>;
}

/** Matches the ids that Heidi assigns, and no usual template name. */
const ID = /^(?:[0-9a-f]{24}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{6,})$/i;

export function createTemplateChoice(
  clinician: HeidiUser,
  signal: AbortSignal,
  status: Status,
): TemplateChoice {
  let list: Promise<readonly Template[]> | undefined;
  const all = (): Promise<readonly Template[]> => {
    list ??= clinician.templates.list({ signal }).then(({ data }) => data ?? []);
    return list;
  };
  return {
    idOf: async (text, category) => {
      if (text !== undefined && ID.test(text)) return text;
      if (text !== undefined) return named(await all(), text);
      const { id, name = "unnamed" } = firstOf(await all(), category);
      status.note(`template: ${name}, the first of the list; --template chooses another`);
      return id;
    },
  };
}

function firstOf(templates: readonly Template[], category: Category): Template & { readonly id: string } {
  const first = templates.find(({ template_category }) => template_category === category) ?? templates[0];
  if (first?.id !== undefined) return { ...first, id: first.id };
  throw new CommandError("The clinician has no template: create one in Heidi first.");
}

function named(templates: readonly Template[], text: string): string {
  const wanted = text.trim().toLowerCase();
  const found = templates.filter(({ id, name }) => id === text || name?.trim().toLowerCase() === wanted);
  if (found.length > 1) {
    throw new CommandError(
      "Several templates have this name: pass an id. heidi consult --templates lists them.",
    );
  }
  const id = found[0]?.id;
  if (id !== undefined) return id;
  const names = templates.flatMap(({ name }) => name ?? []);
  const suggestion = didYouMean(text.trim(), names, (name) => `"${name}"`);
  throw new CommandError(
    `No template has this id or name.${suggestion} heidi consult --templates lists them.`,
  );
}

/** Prints the clinician's templates, one per line: id, kind and name. */
export async function listTemplates(clinician: HeidiUser, terminal: Terminal, json: boolean): Promise<void> {
  const { data = [] } = await clinician.templates.list({ signal: terminal.interrupted });
  if (json) return terminal.print(JSON.stringify(data, null, 2));
  for (const { id = "", name = "", template_category } of data) {
    const kind = template_category === "DOCUMENT_TEMPLATE" ? "document" : "note";
    terminal.print(`${id}  ${kind.padEnd(8)}  ${name}`);
  }
}
