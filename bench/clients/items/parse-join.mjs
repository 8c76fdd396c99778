// The limit of reading a text at once: the same parsing, and the text of all items joined. Memory for the text is most of it.
import { itemClient } from "./data.mjs";

export function create(params) {
  return itemClient(params, ({ texts }, take) => {
    let data = "";
    for (const text of texts) data += JSON.parse(text).data;
    take({ data });
  });
}
