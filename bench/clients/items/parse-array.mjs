// The limit of reading all items at once: the same parsing, with the items kept in one array.
import { itemClient } from "./data.mjs";

export function create(params) {
  return itemClient(params, ({ texts }, take) => {
    const items = [];
    for (const text of texts) items.push(JSON.parse(text));
    for (const item of items) take(item);
  });
}
