import type { HeidiUser, Template } from "../index.ts";
import { suggestSimilar } from "../utils/suggest.ts";
import { CommandError } from "./command.ts";
import type { Status, Terminal } from "./terminal.ts";

type Category = "CONSULT_NOTE_TEMPLATE" | "DOCUMENT_TEMPLATE";

/** Chooses among the clinician's templates, which are asked for once, and only when a name has to be looked up. */
export interface TemplateChoice {
  /** The id of the template with this id or name; without one, of the first template of its kind. */
  idOf(text: string | undefined, category: Category): Promise<string>;
}

/** Ids as Heidi makes them; a name looks otherwise. */
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
      const { id, name = "without a name" } = firstOf(await all(), category);
      status.note(`template: ${name}, the first of the list; --template chooses another`);
      return id;
    },
  };
}

function firstOf(templates: readonly Template[], category: Category): Template & { readonly id: string } {
  const first = templates.find(({ template_category }) => template_category === category) ?? templates[0];
  if (first?.id !== undefined) return { ...first, id: first.id };
  throw new CommandError("The clinician has no template: make one in Heidi first.");
}

function named(templates: readonly Template[], text: string): string {
  const wanted = text.trim().toLowerCase();
  const found = templates.filter(({ id, name }) => id === text || name?.trim().toLowerCase() === wanted);
  if (found.length > 1) {
    throw new CommandError(
      "Several templates have this name: give an id. heidi consult --templates lists them.",
    );
  }
  const id = found[0]?.id;
  if (id !== undefined) return id;
  const nearest = suggestSimilar(
    text,
    templates.flatMap(({ name }) => name ?? []),
  );
  const meant = nearest === undefined ? "" : ` Did you mean "${nearest}"?`;
  throw new CommandError(`No template has this id or name.${meant} heidi consult --templates lists them.`);
}

/** The clinician's templates, one a line: id, kind and name. */
export async function listTemplates(clinician: HeidiUser, terminal: Terminal, json: boolean): Promise<void> {
  const { data = [] } = await clinician.templates.list({ signal: terminal.interrupted });
  if (json) return terminal.print(JSON.stringify(data, null, 2));
  for (const { id = "", name = "", template_category } of data) {
    const kind = template_category === "DOCUMENT_TEMPLATE" ? "document" : "note";
    terminal.print(`${id}  ${kind.padEnd(8)}  ${name}`);
  }
}
