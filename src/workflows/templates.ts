import type { TemplatesApi } from "../../generated/client.ts";
import type { Template } from "../../generated/types.ts";
import { HeidiArgumentError } from "../errors.ts";
import type { RequestOptions } from "../http/options.ts";
import { throwInvalidArgument } from "../utils/validate.ts";
import { getList, isText } from "../utils/values.ts";

/** A usable template: one with an id. */
export type NamedTemplate = Template & { readonly id: string };

/** The method that chooses a template. */
export interface TemplatesChoice {
  /**
   * Returns the clinician's template with this name. Case and spaces are ignored, unless several templates differ only in
   * them. It never guesses a template: it throws when no template has the name, or more than one has it.
   *
   * @param filter - `template_category`: only templates of this kind, for clinicians who have a note and a letter of one name.
   * @throws HeidiArgumentError when no template has the name, or several have; otherwise the errors of `list`.
   *
   * @example
   * const { id: template_id } = await clinician.templates.getByName("SOAP note");
   * const note = await clinician.consultNotes.generate(session_id, { ...body, template_id }).text();
   */
  getByName(
    name: string,
    filter?: Pick<Template, "template_category">,
    options?: RequestOptions,
  ): Promise<NamedTemplate>;
}

/** Returns the only template with that name; throws unless there is exactly one. */
export async function getByName(
  api: Pick<TemplatesApi, "list">,
  ...[name, filter, options]: Parameters<TemplatesChoice["getByName"]>
): Promise<NamedTemplate> {
  if (!isText(name)) throwInvalidArgument("name", "The argument `name` must be a non-empty string.");
  const category = filter?.template_category;
  const listed = (getList(await api.list(options), "data") ?? []) as readonly Template[];
  const usable = listed.filter(
    (one): one is NamedTemplate =>
      isText(one?.id) && (category === undefined || one.template_category === category),
  );
  const alike = usable.filter((one) => plain(one.name) === plain(name));
  const exact = alike.filter((one) => one.name === name);
  const [only, ...more] = exact.length > 0 ? exact : alike;
  if (only !== undefined && more.length === 0) return only;
  const count = only === undefined ? "none has" : `${1 + more.length} have`;
  throw new HeidiArgumentError(
    "name",
    `Of the clinician's ${usable.length} templates, ${count} the requested name. \`templates.list()\` returns them all.`,
  );
}

const plain = (name: unknown): string | undefined =>
  typeof name === "string" ? name.normalize("NFC").trim().replace(/\s+/g, " ").toLowerCase() : undefined;
