/** A piece of a note, before it becomes Markdown or HTML. */
export type Block =
  | { readonly kind: "heading"; readonly text: string }
  | { readonly kind: "paragraph"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly string[] };

/** The markup of a text. */
export type ContentType = "MARKDOWN" | "HTML";

/** The blocks as one text, ending in a line break. */
export function renderBlocks(blocks: readonly Block[], contentType: ContentType): string {
  const render = contentType === "HTML" ? toHtml : toMarkdown;
  const separator = contentType === "HTML" ? "\n" : "\n\n";
  return `${blocks.map(render).join(separator)}\n`;
}

function toMarkdown(block: Block): string {
  switch (block.kind) {
    case "heading":
      return `## ${block.text}`;
    case "paragraph":
      return block.text;
    case "list":
      return block.items.map((item) => `- ${item}`).join("\n");
  }
}

function toHtml(block: Block): string {
  switch (block.kind) {
    case "heading":
      return `<h2>${escapeHtml(block.text)}</h2>`;
    case "paragraph":
      return `<p>${escapeHtml(block.text).replaceAll("\n", "<br>")}</p>`;
    case "list":
      return `<ul>${block.items.map((item) => `<li>${escapeHtml(item)}</li>`).join("")}</ul>`;
  }
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
