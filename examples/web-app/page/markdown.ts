/**
 * Shows the Markdown of a note: headings, lists and paragraphs. It creates elements and sets text, never HTML: what a model
 * wrote must not become part of the page's markup. Use a Markdown library with a sanitizer for more.
 */
export function renderMarkdown(target: HTMLElement, markdown: string): void {
  const blocks: HTMLElement[] = [];
  let list: HTMLUListElement | undefined;
  for (const line of markdown.split("\n")) {
    const [, marks = "", heading] = /^(#{1,4})\s+(.*)$/.exec(line) ?? [];
    const [, item] = /^\s*[-*•]\s+(.*)$/.exec(line) ?? [];
    if (item !== undefined) {
      if (list === undefined) {
        list = document.createElement("ul");
        blocks.push(list);
      }
      list.append(create("li", item));
      continue;
    }
    list = undefined;
    if (heading !== undefined) blocks.push(create(`h${Math.min(6, marks.length + 2)}`, heading));
    else if (line.trim() !== "") blocks.push(create("p", line));
  }
  target.replaceChildren(...blocks);
}

function create(name: string, text: string): HTMLElement {
  const created = document.createElement(name);
  created.textContent = text.replaceAll("**", "");
  return created;
}
