// The limit of reading a whole text: the same parsing, then the joined text of all items. Most of the cost is memory for the text.
import { itemClient } from "./data.mjs";

export function create(params) {
  return itemClient(params, ({ texts }, take) => {
    let data = "";
    for (const text of texts) data += JSON.parse(text).data;
    take({ data });
  });
}
