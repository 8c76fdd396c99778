import { type Template, templates } from "../fixtures/templates.ts";
import { type Handlers, json } from "../handler-context.ts";

/** Template discovery. */
export const templateHandlers: Handlers = {
  listTemplates: () => json({ data: templates.map(view) }),
};

function view(template: Template): Record<string, unknown> {
  const headings = template.sections.map((section) => section.heading);
  return {
    id: template.id,
    name: template.name,
    structure_template: { sections: headings.map((heading) => ({ heading })) },
    template_category: template.category,
    template_html: headings.map((heading) => `<h2>${heading}</h2><p></p>`).join(""),
    author_name: "Heidi sandbox",
  };
}
